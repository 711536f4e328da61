# The grade of a sum is its share of value by grade: half of the load on a measured rate, half on an assumed one.
sed -e 's/"architecture": "m", "rates"/"architecture": "m", "share": 0.5, "rates"/' "$root/test/features/base.json" |
  sed -e 's|"replica": 1 }\] }\] }|"replica": 1 }] }, { "architecture": "n", "share": 0.5, "rates": [{ "chip": "h100_sxm", "prefill": "100 tokens/s", "decode": "100 tokens/s", "grade": "measured", "source": "a test", "as_of": "2026", "status": "measured" }] }] }|' >plan.json
run run plan.json --out result
grade=$(cell result/yearly.csv grade metric=tokens_served site=all chip=all workload=all)
[[ $grade == "measured:0.50;assumed:0.50" ]] || fail "grade $grade"

# --strict: a result that rests on something extrapolated exits with 4 and names it; a measured rate and a planner's own word pass.
run run plan.json --strict --out result
sed 's/"grade": "measured"/"grade": "extrapolated"/' plan.json >far.json
run run far.json --out far
expect_exit=4 run run far.json --strict --out far --quiet
grep -q '^headroom: outside the validated range: chat/n.* on h100_sxm: the rate is "extrapolated"' stderr || fail "$(cat stderr)"
[[ $(wc -l <stderr) == 1 ]] || fail "$(cat stderr)"
[[ -s far/yearly.csv ]] || fail "the results must be there all the same"
# a chip that does no work leaves the result alone
sed 's|{ "chip": "h200_sxm", |&"grade": "extrapolated", |' "$root/test/features/base.json" >idle.json
run run idle.json --strict --out idle
# a model's answer beyond what was measured, for each chip that it is asked about
expect_exit=4 run run "$root/test/features/service.json" --strict --out model --quiet
for chip in h100_sxm h200_sxm; do
  grep -q "^headroom: outside the validated range: chat.* on $chip: the model's answer is \"extrapolated\" (tp " stderr || fail "$(cat stderr)"
done
run run "$root/test/features/service.json" --set workloads.chat.performance_model=table --strict --out table --quiet
