# The grade of a sum is its share of value by grade: half of the load on a measured rate, half on an assumed one.
sed -e 's/"architecture": "m", "rates"/"architecture": "m", "share": 0.5, "rates"/' "$root/test/features/base.json" |
  sed -e 's|"replica": 1 }\] }\] }|"replica": 1 }] }, { "architecture": "n", "share": 0.5, "rates": [{ "chip": "h100_sxm", "prefill": "100 tokens/s", "decode": "100 tokens/s", "grade": "measured", "source": "a test", "as_of": "2026", "status": "measured" }] }] }|' >plan.json
run run plan.json --out result
grade=$(cell result/yearly.csv grade metric=tokens_served site=all chip=all workload=all)
[[ $grade == "measured:0.50;assumed:0.50" ]] || fail "grade $grade"
