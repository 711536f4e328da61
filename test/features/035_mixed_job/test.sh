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
h100=$(awk 'BEGIN { print 40 * 0.4 * 989 }') h20=$(awk 'BEGIN { print 64 * 0.6 * 148 }')
mixed 0.9
near "$(days at_0.9)" "$(awk -v a="$h100" -v b="$h20" 'BEGIN { print 60 * a / ((a + b) * 0.9) }')" 0.2
mixed 0.7
# Below the break-even of a / (a + b) = 0.736 the faster half alone is done sooner.
holds 'slow > alone && alone > fast' "slow=$(days at_0.7)" "alone=$(days alone)" "fast=$(days at_0.9)"
jq -e '[.audit[] | .ok] | all' at_0.9/manifest.json >/dev/null || fail "audit"
grep -q ',mixed_job,,h20_96,pretrain,r,.*of the speed of h100_sxm alone,efficiency 0.9 (assumed); break-even 0.73' at_0.9/events.csv || fail "$(cat at_0.9/events.csv)"
# A stream of jobs that may stand on either chip: 8 jobs of 32 for 100 h on H100, of which H20 does 0.4 as much (an assumption, and
# the rows say so). Two run on H100 and two on H20 at once; the next two find H100 free at hour 100 and the last two at 200.
cat >stream.json <<'X'
{ "fleet": [{ "id": "second", "chip": "h20_96", "count": 64, "site": "dc", "in_service": "2025-01-01" }],
  "workloads": [{ "id": "a", "rates": [{ "chip": "h100_sxm", "units_per_second": 1, "grade": "measured" }, { "chip": "h20_96", "units_per_second": 0.4 }],
                  "jobs": [{ "at": "2026-01-01", "accelerators": 32, "duration": "100 h", "count": 8 }] }],
  "policies": { "queues": [{ "id": "q", "also": [{ "site": "dc", "chip": "h20_96", "accelerators": 64 }] }] } }
X
run run "$root/test/features/cluster.json" -f stream.json --out both
near "$(year both 2026 jobs_completed)" 8 0
near "$(year both 2026 job_hours)" "$(awk 'BEGIN { print 32 * (6 * 100 + 2 * 250) }')" 1e-6
near "$(year both 2026 queue_wait_p95 workload=a)" 200 1e-6
grade=$(cell both/yearly.csv grade period_start=2026-01-01 metric=job_hours site=all chip=all workload=a replication=central)
[[ $grade == 'measured:0.55;assumed:0.45' ]] || fail "grade $grade"            # 600 of 1,100 job hours
run run "$root/test/features/cluster.json" -f stream.json --set 'workloads.a.chips=["h100_sxm"]' --out one
near "$(year one 2026 queue_wait_p95 workload=a)" 300 1e-6
expect_exit=2 run run "$root/test/features/cluster.json" -f stream.json --set 'workloads.a.rates=[{"chip":"h200_sxm","units_per_second":1}]' --out none
grep -q 'rates/0/chip: queue q has no h200_sxm' stderr || fail "$(cat stderr)"
# A training run in that queue takes the chip that it prefers, or the other if that is held; one that two chips share takes both.
cat >run.json <<'X'
{ "fleet": [{ "id": "second", "chip": "h20_96", "count": 64, "site": "dc", "in_service": "2025-01-01" }],
  "workloads": [{ "id": "pretrain", "kind": "training", "queue": "q", "tier": 2, "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }, { "chip": "h20_96", "mfu": 0.6 }],
    "runs": [{ "id": "first", "start": "2026-01-01", "accelerators": 64, "chips": ["h100_sxm", "h20_96"], "ideal_duration": "10 days" }] }],
  "policies": { "queues": [{ "id": "q", "policy": "easy", "also": [{ "site": "dc", "chip": "h20_96", "accelerators": 64 }] }] } }
X
run run "$root/test/features/cluster.json" -f run.json --out prefers
near "$(cell prefers/yearly.csv value period_start=2026-01-01 metric=training_finish site=all chip=all workload=pretrain replication=central)" \
  "$(awk 'BEGIN { print 10 * 0.4 * 989 / (0.6 * 148) / 7 }')" 0.001            # job a holds H100 for 100 h, so it runs on H20
grep -q '2026-01-01,run_started,dc,h20_96,pretrain,first,64' prefers/events.csv || fail "$(cat prefers/events.csv)"
mixed='workloads.pretrain.runs=[{"id":"m","start":"2026-01-01","accelerators":32,"chips":["h100_sxm"],"ideal_duration":"10 days","mixed_with":{"chip":"h20_96","accelerators":64,"efficiency":0.9,"grade":"assumed"}}]'
run run "$root/test/features/cluster.json" -f run.json --set "$mixed" --set policies.queues.q.policy='"fifo"' --out pair
near "$(cell pair/yearly.csv value period_start=2026-01-01 metric=training_finish site=all chip=all workload=pretrain replication=central)" \
  "$(awk 'BEGIN { a = 32 * 0.4 * 989; b = 64 * 0.6 * 148; print (100 / 24 + 10 * a / ((a + b) * 0.9)) / 7 }')" 0.001
grep -q ',mixed_job,,h20_96,pretrain,m,' pair/events.csv || fail "$(cat pair/events.csv)"
for result in both prefers pair; do jq -e '[.audit[] | .ok] | all' $result/manifest.json >/dev/null || fail "audit of $result"; done
