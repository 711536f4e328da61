# The same scenario and seed give the same bytes, with one thread and with two, in the central world and in drawn ones.
cp "$root/test/features/base.json" plan.json
cat > drawn.json <<'X'
{ "processes": [{ "id": "demand", "kind": "demand_error", "target": "chat", "sd": 0.3, "reversion_per_year": 1 }] }
X
for i in 1 2 3; do run run plan.json -f drawn.json --replications 6 --jobs $((i < 3 ? 1 : 2)) --out "r$i"; done
diff -r r1 r2 || fail "two runs differ"
diff -r r1 r3 || fail "one and two threads differ"
run run plan.json -f drawn.json --replications 6 --seed 7 --out r4
cmp -s r1/yearly.csv r4/yearly.csv && fail "another seed gives the same worlds"
near "$(replication=1 year r1 2026 tokens_demanded)" "$(replication=1 year r2 2026 tokens_demanded)" 0
# Where the scenario lies and how its path is written leaves no trace.
run run "$PWD/plan.json" -f "$PWD/drawn.json" --replications 6 --out r5
diff -r r1 r5 || fail "an absolute path changes the result"
mkdir elsewhere && cp plan.json drawn.json elsewhere/
run run elsewhere/plan.json -f elsewhere/drawn.json --replications 6 --out r6
diff -r r1 r6 || fail "the scenario's folder changes the result"
jq -e '[.inputs[].path] == ["plan.json", "drawn.json"]' r6/manifest.json >/dev/null || fail "inputs: $(jq -c .inputs r6/manifest.json)"
