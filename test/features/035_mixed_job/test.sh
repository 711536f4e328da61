# One training job across vendors: 64 H100 and 64 H20 share the work in proportion to their speed, at an efficiency with its
# grade; it is compared with its faster half alone. Peaks: 989 and 148 TFLOP/s.
cat >plan.json <<'X'
{ "fleet": [{ "id": "second", "chip": "h20_96", "count": 64, "site": "dc", "in_service": "2025-01-01" }],
  "workloads": [{ "id": "pretrain", "kind": "training", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }, { "chip": "h20_96", "mfu": 0.6 }],
    "runs": [{ "id": "r", "start": "2026-02-01", "accelerators": 40, "chips": ["h100_sxm"], "ideal_duration": "60 days" }] }] }
X
mixed() { run run "$root/test/features/base.json" -f plan.json --set "workloads.pretrain.runs.r.mixed_with={\"chip\":\"h20_96\",\"accelerators\":64,\"efficiency\":$1,\"grade\":\"assumed\"}" --out "at_$1"; }
days() { awk -v w="$(cell "$1/yearly.csv" value period_start=2026-01-01 metric=training_finish site=all chip=all workload=pretrain replication=central)" 'BEGIN { print w * 7 - 31 }'; }
run run "$root/test/features/base.json" -f plan.json --out alone
near "$(days alone)" 60 0.001
h100=$(awk 'BEGIN { print 40 * 0.4 * 989.4 }') h20=$(awk 'BEGIN { print 64 * 0.6 * 148 }')
mixed 0.9
near "$(days at_0.9)" "$(awk -v a="$h100" -v b="$h20" 'BEGIN { print 60 * a / ((a + b) * 0.9) }')" 0.2
mixed 0.7
# Below the break-even of a / (a + b) = 0.736 the faster half alone is done sooner.
holds 'slow > alone && alone > fast' "slow=$(days at_0.7)" "alone=$(days alone)" "fast=$(days at_0.9)"
jq -e '[.audit[] | .ok] | all' at_0.9/manifest.json >/dev/null || fail "audit"
grep -q ',mixed_job,,h20_96,pretrain,r,.*of the speed of h100_sxm alone,efficiency 0.9 (assumed); break-even 0.73' at_0.9/events.csv || fail "$(cat at_0.9/events.csv)"
