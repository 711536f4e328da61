# A dry run of a declared sweep counts its points, lists the first and the last, says how long it will take and writes nothing; points are crossed, filtered or drawn.
cp "$root/test/features/base.json" base.json
plan() {  # plan KEYS: the rest of the plan
  cat > plan.json <<X
{ "name": "grid", "base": "base.json", "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "5000 tokens/s", "9000 tokens/s"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 5, "whole": true } }],
  "keep": ["tokens_served", "slo_attainment(workload=chat)", "cash_out"]$1 }
X
}
plan ''
run sweep plan.json --dry-run
grep -q '^grid: 15 points on 2 axes' stdout || fail "$(cat stdout)"
grep -q 'p000000  load=2000 tokens/s  old=20' stdout || fail "$(cat stdout)"
grep -q 'p000014  load=9000 tokens/s  old=100' stdout || fail "$(cat stdout)"
grep -Eq '^estimated time: [0-9.]+ (s|min|h) with 1 thread \([0-9.]+ (s|min|h) a point\)$' stdout || fail "$(cat stdout)"

plan ', "leave_out": ["load > '\''5000 tokens/s'\'' and old <= 60", "old = 100"]'
run sweep plan.json --dry-run
grep -q '^grid: 9 points on 2 axes' stdout && grep -q '^6 of 15 points are left out' stdout && grep -q 'p000008  load=9000 tokens/s  old=80' stdout || fail "$(cat stdout)"
plan ', "leave_out": ["laod = 1"]'
expect_exit=2 run sweep plan.json --dry-run
grep -q 'plan.json:4:[0-9]*: /leave_out/0: .*there is no axis "laod"; did you mean "load"' stderr || fail "$(cat stderr)"

plan ', "design": "sobol", "points": 15, "seed": 3'
run sweep plan.json --dry-run
cp stdout first
run sweep plan.json --dry-run
diff <(grep '^  p' first) <(grep '^  p' stdout) || fail "the same seed gives other points"
for design in random sobol; do
  plan ', "design": "'$design'", "points": 15, "seed": 4'
  run sweep plan.json --out $design
  for load in 2000 5000 9000; do [[ $(rows $design/points.csv "status=ok" | grep -c "load\|,$load tokens/s,") -ge 2 ]] || fail "$design never drew $load"; done
done
# a metric that does not exist, and a path that leads nowhere, are found before anything runs, at their line
plan ''
sed -i 's/"cash_out"/"cash_oot"/' plan.json
expect_exit=2 run sweep plan.json --dry-run
grep -q 'plan.json:4:.*cash_out' stderr || fail "$(cat stderr)"
plan ''
sed -i 's/fleet.old.count/fleet.old.cuont/' plan.json
expect_exit=2 run sweep plan.json --out none
grep -q 'plan.json:3:27: /axes/old/set: .*did you mean "count"' stderr || fail "$(cat stderr)"
[[ -z $(ls -d none* grid* results 2>/dev/null) ]] || fail "the dry run left something"
