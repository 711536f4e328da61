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

# The same option, code and words on every verb that answers from models. Rows of a table:
header=id,source,year,model,arch,layers,hidden,heads,kv_heads,ffn_hidden,gated_mlp,vocab,seq_len,accelerator_id,num_accelerators,gpus_per_node,tp,pp,micro_batch,global_batch_seqs,precision,metric
row() { echo "$1,a test,2025,llama3-70b,dense,80,8192,64,8,28672,1,128256,8192,$2,64,8,8,1,1,128,bf16,tokens_per_s_per_gpu"; }
{ echo $header; row known h100_sxm; } >known.csv
{ echo $header; row known h100_sxm; row unknown thead_ppu; } >rows.csv
run predict training known.csv --strict -o out.csv
run predict training rows.csv -o out.csv
expect_exit=4 run predict training rows.csv --strict -o out.csv
grep -q '^headroom: outside the validated range: row unknown: the model.s answer is "' stderr || fail "$(cat stderr)"
[[ $(grep -c "outside the validated range" stderr) == 1 && $(wc -l <out.csv) == 3 ]] || fail "$(cat stderr)"
# one service by itself, on a model's passes and on times that the SPEC gives:
cat >spec.json <<'J'
{ "model": "llama-3.1-70b", "chip": "h100_sxm", "plan": { "tp": 4 }, "requests_per_second": 1, "duration": "2 min" }
J
run serve spec.json
expect_exit=4 run serve spec.json --strict
grep -q '^headroom: outside the validated range: llama-3.1-70b on h100_sxm: the model.s answer is "extrapolated"' stderr || fail "$(cat stderr)"
echo '{ "times": { "pass": "10 ms" }, "requests_per_second": 1, "duration": "2 min" }' >times.json
run serve times.json --strict
# points of a sweep, at once and when its parts are merged:
cat >sweep.json <<'J'
{ "name": "grades", "base": "far.json", "keep": ["tokens_served"], "axes": [{ "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["4000 tokens/s", "5000 tokens/s"] }] }
J
run sweep sweep.json --out points
expect_exit=4 run sweep sweep.json --out points --resume --strict
[[ $(grep -c '^headroom: outside the validated range: p00000[01]: chat/n.* on h100_sxm: the rate is "extrapolated"' stderr) == 2 ]] || fail "$(cat stderr)"
[[ $(grep -c 'the rate is' points/points.csv) == 2 ]] || fail "$(cat points/points.csv)"
