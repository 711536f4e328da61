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
