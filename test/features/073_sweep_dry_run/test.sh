# A dry run of a declared sweep counts its points and lists the first and the last, and runs nothing.
cat > plan.json <<X
{ "name": "grid", "base": "base.json", "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "5000 tokens/s", "9000 tokens/s"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 5 } }],
  "keep": ["tokens_served", "slo_attainment(workload=chat)", "cash_out"] }
X
cp "$root/test/features/base.json" base.json
run sweep plan.json --dry-run
grep -q '^grid: 15 points on 2 axes' stdout || fail "$(cat stdout)"
grep -q 'p000000  load=2000 tokens/s  old=20' stdout || fail "$(cat stdout)"
grep -q 'p000014  load=9000 tokens/s  old=100' stdout || fail "$(cat stdout)"
[[ -z $(ls -d *.parts results 2>/dev/null) ]] || fail "the dry run left something"
