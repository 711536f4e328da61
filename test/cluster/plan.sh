# Sourced by the tests of this folder: a sweep of 24 points that lasts long enough to be killed, and its result from one run in ./one.
cat > plan.json <<X
{ "name": "Grid_1", "base": "base.json", "replications": ${replications:-0}, "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "5000 tokens/s", "9000 tokens/s"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 90, "count": 8, "whole": true } }],
  "keep": ["tokens_served", "slo_attainment(workload=chat)", "cash_out"] }
X
cp "$root/test/features/base.json" base.json
run sweep plan.json --out one --jobs 2
skip() { echo "not run: $*" >&2; exit 77; }
export HEADROOM=$headroom
