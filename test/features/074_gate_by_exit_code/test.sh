# A false assertion exits with 3, a true one with 0, one that cannot be meant with 2 before anything is simulated.
cp "$root/test/features/base.json" plan.json
run run plan.json --set 'expect=["slo_attainment(workload=chat) >= 99 % in every month"]' --out good
grep -q '^✓ slo_attainment' stdout || fail "$(head -3 stdout)"
expect_exit=3 run run plan.json --set 'expect=["energy <= 1 MWh", "tokens_served > 0"]' --out bad
grep -q '^✗ energy' stdout || fail "$(head -3 stdout)"
jq -e '.expect | map(.ok) == [false, true]' bad/manifest.json >/dev/null || fail "$(jq .expect bad/manifest.json)"
expect_exit=2 run run plan.json --set 'expect=["enrgy <= 1 MWh"]' --out typo
grep -q 'energy' stderr || fail "$(cat stderr)"
[[ ! -e typo ]] || fail "a result in spite of the typo"
# no data is a failure, never a pass
expect_exit=3 run run plan.json --set 'expect=["mfu >= 0"]' --out nodata
