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

# Two budgets: summary lines, no data, and two results compared as a gate.
plan="$here/../052_budget_is_a_limit/plan.json"
run run "$plan" --set 'expect=["accelerators_delivered >= 400 in every year", "cash_out <= 200e6 CNY in every year"]' --out holds
grep -q '^✓ accelerators_delivered >= 400 in every year' stdout || fail "no tick in the summary"
expect_exit=3 run run "$plan" --set 'expect=["accelerators_delivered >= 401 in every year"]' --out fails
grep -q '^✗ accelerators_delivered >= 401 in every year: lowest 400 in 2027' stdout || fail "no cross that says where"
[[ -s fails/yearly.csv ]] || fail "a missed threshold must still leave the results"
expect_exit=3 run run "$plan" --set 'expect=["training_goodput >= 0"]' --out nothing
grep -q '^✗ training_goodput >= 0: no data' stdout || fail "an expectation without data passed"
expect_exit=2 run run "$plan" --set 'expect=["accelerators_deliverd >= 1"]' --out misspelt
grep -q 'did you mean "accelerators_delivered"' stderr || fail "no suggestion"
[[ ! -e misspelt ]] || fail "a misspelt expectation was simulated"

# Two results as a gate: the change against the main plan.
run run "$plan" --set 'budgets.2026:chips.amount=60.9e6 CNY' --out less
run compare holds less --fail-if 'cash_out > 1 %'
grep -q '^accelerators_delivered *2026 *880 *560 *-320 *-36.36 %' stdout || fail "the comparison does not show the change"
expect_exit=3 run compare holds less --fail-if 'accelerators_delivered < -1 %' --format markdown
grep -q '✗ not accelerators_delivered < -1 %: changed by -36.36 % in 2026-01-01 to 2027-01-01' stderr || fail "no cross that says where"
expect_exit=3 run compare holds less --fail-if 'training_goodput < 0'
expect_exit=2 run compare holds nowhere
