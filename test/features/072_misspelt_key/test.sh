# A misspelt key fails with its line and the nearest key; nothing is simulated.
run new --out plan.json
run validate plan.json
sed -i 's/"racking_per_week"/"racking_per_weak"/' plan.json
line=$(grep -n racking_per_weak plan.json | cut -d: -f1)
column=$(awk '/racking_per_weak/ { print index($0, "\"racking_per_weak") }' plan.json)
wanted="plan.json:$line:$column: /sites/0/racking_per_weak: unknown key \"racking_per_weak\"; did you mean \"racking_per_week\"?"

expect_exit=2 run validate plan.json
grep -qxF "$wanted" stdout || fail "validate says: $(cat stdout)"
expect_exit=2 run run plan.json --out result
grep -qF "$wanted" stderr || fail "run says: $(cat stderr)"
[[ ! -e result ]] || fail "run left a result"
expect_exit=2 run validate plan.json --format github
grep -qF "::error file=plan.json,line=$line,col=$column," stdout || fail "github says: $(cat stdout)"

# The same faults for other programs: JSON, SARIF with the rules of code scanning, JUnit; each with every scenario that was named.
run new --out good.json
mkdir -p "my plans" && cp plan.json "my plans/ü.json"
for format in json sarif junit; do
  expect_exit=2 run validate plan.json good.json "my plans/ü.json" --set fx.USD=x --format $format
  cp stdout report.$format
  run validate good.json --format $format
  cp stdout clean.$format
done
python3 - "$line" "$column" <<'X' || fail "a report is not what its readers expect"
import json, sys, xml.etree.ElementTree as tree
line, column = int(sys.argv[1]), int(sys.argv[2])
report = json.load(open("report.json"))
assert report["format_version"] == 1
assert [(s["path"], s["valid"], len(s["issues"])) for s in report["scenarios"]] == [("plan.json", False, 3), ("good.json", False, 1), ("my plans/ü.json", False, 3)]
key = report["scenarios"][0]["issues"][2]
assert (key["level"], key["file"], key["line"], key["column"], key["nearest"]) == ("error", "plan.json", line, column, "racking_per_week")

log = json.load(open("report.sarif"))
assert log["version"] == "2.1.0" and len(log["runs"]) == 1
run = log["runs"][0]
driver = run["tool"]["driver"]
rules = {r["id"]: r for r in driver["rules"]}
for rule in rules.values():
    assert all(rule[k]["text"] for k in ("shortDescription", "fullDescription", "help"))
assert len(run["results"]) == 7
for result in run["results"]:
    assert result["ruleId"] in rules and result["level"] in ("error", "warning", "note") and result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert " " not in place["artifactLocation"]["uri"] and place["artifactLocation"]["uri"].isascii()
    assert place["region"]["startLine"] >= 1 and place["region"]["startColumn"] >= 1
assert run["results"][2]["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "plan.json"}, "region": {"startLine": line, "startColumn": column}}
assert run["results"][4]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20plans/%C3%BC.json"
assert json.load(open("clean.sarif"))["runs"][0]["results"] == []

suite = tree.parse("report.junit").getroot().find("testsuite")
assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "3", "0")
assert [c.get("name") for c in suite] == ["plan.json", "good.json", "my plans/ü.json"]
assert "racking_per_weak" in suite[0].find("failure").text and "\n" in suite[0].find("failure").text
assert tree.parse("clean.junit").getroot().find("testsuite").get("failures") == "0"
X
# In a checkout GitHub is told the path from its root.
mkdir -p checkout/sub && cp plan.json checkout/sub/
GITHUB_WORKSPACE=$PWD/checkout expect_exit=2 run validate "$PWD/checkout/sub/plan.json" --format github
grep -q "^::error file=sub/plan.json,line=$line,col=$column," stdout || fail "github says: $(cat stdout)"
