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
expect_exit=2 run validate plan.json --set 'expect=["enrgy <= 1 MWh", "energy <= 1 EUR", "energy >= 0"]'
grep -q '/expect/0: expectation "enrgy <= 1 MWh": no metric "enrgy"; did you mean "energy"?' stdout && grep -q '^plan.json: 2 errors' stdout || fail "$(cat stdout)"
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

# The same gate for CI: annotations at the lines of the scenario, the job's summary, JUnit, Markdown.
cat >over.json <<'X'
{
  "expect": [
    "cash_out <= 1 USD",
    "tokens_served > 0",
    "mfu >= 0"
  ]
}
X
export GITHUB_STEP_SUMMARY=$PWD/summary.md GITHUB_WORKSPACE=$PWD
echo "what stood there" >summary.md
expect_exit=3 run run "$PWD/plan.json" -f "$PWD/over.json" --out gated --format github --junit junit.xml
[[ $(grep -c '^::error ' stdout) == 2 ]] || fail "$(grep '^::' stdout)"
grep -q '^::error file=over.json,line=3,col=5,title=expectation not met::cash_out <= 1 USD: ' stdout || fail "$(grep '^::' stdout)"
grep -q '^::error file=over.json,line=5,col=5,title=expectation not met::mfu >= 0: no data' stdout || fail "$(grep '^::' stdout)"
head -3 stdout | cut -d' ' -f1 | tr -d '\n' | grep -qx '✗✓✗' || fail "no ticks at the top: $(head -3 stdout)"
[[ $(head -1 summary.md) == "what stood there" ]] || fail "the job's summary was overwritten"
grep -q '^### ❌ base: 1 of 3 expectations met' summary.md || fail "$(cat summary.md)"
python3 - <<'X' || fail "JUnit: $(cat junit.xml)"
import xml.etree.ElementTree as tree
root = tree.parse("junit.xml").getroot()
suite = root.find("testsuite")
cases = suite.findall("testcase")
assert root.tag == "testsuites" and suite.get("name") == "base"
assert [suite.get(k) for k in ("tests", "failures", "errors", "skipped")] == ["3", "2", "0", "0"]
assert [c.get("name") for c in cases] == ["cash_out <= 1 USD", "tokens_served > 0", "mfu >= 0"]
assert [len(c.findall("failure")) for c in cases] == [1, 0, 1]
assert "no data" in cases[2].find("failure").get("message")
X
expect_exit=3 run run plan.json -f over.json --out gated --format markdown
grep -q '^| ✗ | cash\\_out \\<= 1 USD | ' stdout || fail "$(cat stdout)"
expect_exit=2 run run plan.json --format githib
grep -q 'did you mean "github"' stderr || fail "$(cat stderr)"
expect_exit=2 run run plan.json --out late --junit nowhere/junit.xml
[[ ! -e late ]] || fail "simulated although the JUnit file has no folder"

# A sweep's gate: a test case for each point.
cat >grid.json <<'X'
{ "name": "grid", "base": "plan.json", "axes": [{ "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["5000 tokens/s", "50000 tokens/s"] }],
  "keep": ["slo_attainment(workload=chat)"], "expect": ["slo_attainment(workload=chat) >= 99 %"] }
X
expect_exit=3 run sweep grid.json --out grid --format github --junit points.xml
grep -q '^✓ p000000  load=5000 tokens/s: ok$' stdout || fail "$(cat stdout)"
grep -q '^✗ p000001  load=50000 tokens/s: missed: slo_attainment(workload=chat) >= 99 %: ' stdout || fail "$(cat stdout)"
grep -q '^::error title=expectation not met::p000001  load=50000 tokens/s: ' stdout || fail "$(cat stdout)"
grep -q '^### ❌ grid: 1 of 2 expectations met' summary.md || fail "$(cat summary.md)"
grep -q '<testsuite name="grid" tests="2" failures="1" errors="0"' points.xml || fail "$(cat points.xml)"
