# A chip known from its datasheet alone is read, checked and labelled; what it leaves out stays unknown.
cat >own.json <<'JSON'
{"id": "mine", "origin": "cn", "bf16": "148 TFLOPS", "fp8": "296 TFLOPS",  // own silicon
 "memory": {"value": "96 GB", "source": "datasheet r3", "as_of": "2026-02", "status": "reported"}, "memory_bandwidth": "4 TB/s"}
JSON
run catalog chips own.json
grep -q "memory  .*96 GB .*reported .*2026-02 .*\[datasheet r3\]" stdout || fail "the datasheet's evidence is lost"
grep -q "bf16  .*148 TFLOP/s .*assumed .*\[no source\]" stdout || fail "a bare number must be an assumption without source"
grep -q "tdp  *unknown" stdout || fail "what is not stated must be unknown"
# Slips are refused with their place, or pointed out.
echo '{"id": "mine", "origin": "cn", "memroy": "96 GB", "bf16": "148 TB"}' >bad.json
expect_exit=2 run catalog chips bad.json
grep -q '/memroy: unknown key; did you mean "memory"?' stderr || fail "misspelt key: $(cat stderr)"
grep -q '/bf16: "148 TB" is an amount of data; expected a rate of operations' stderr || fail "wrong unit: $(cat stderr)"
sed 's|4 TB/s|4 Tb/s|' own.json >bits.json
run catalog chips bits.json
grep -q "memory_ratio .*bits for bytes" stdout || fail "bits for bytes were not noticed"
# In a plan the chip carries load and its result rows say what they rest on; without a power the plan asks for one.
own='{"chips": [{"id": "mine", "origin": "cn", "memory": "96 GB", "memory_bandwidth": "4 TB/s", "all_in_power": "1 kW"}], "fleet": {"old": {"chip": "mine"}}}'
echo "$own" >own_overlay.json
sed 's|"chip": "h200_sxm", "prefill": "100 tokens/s"|"chip": "mine", "grade": "datasheet", "prefill": "100 tokens/s"|' "$root/test/features/base.json" >plan.json
run run plan.json -f own_overlay.json --out result
grade=$(cell result/yearly.csv grade metric=tokens_served site=all chip=all workload=all)
[[ $grade == datasheet ]] || fail "the row of an own chip says $grade"
sed 's|, "all_in_power": "1 kW"||' own_overlay.json >no_power.json
expect_exit=2 run run plan.json -f no_power.json --out nothing
grep -q "chips.mine.all_in_power is not public and has no value in the catalogue; supply it in the scenario" stderr || fail "$(cat stderr)"
