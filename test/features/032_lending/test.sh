# Night surplus of a service is lent to jobs and returned in the morning: the service is served as without them.
cat >plan.json <<'X'
{ "workloads": [{ "id": "chat", "tokens_per_day": "6000 tokens/s", "shape": { "hourly": [0.2,0.2,0.2,0.2,0.2,0.2,0.5,1,1.4,1.4,1.4,1.4,1.4,1.4,1.4,1.4,1.4,1.4,1.4,1.4,1.4,1,0.6,0.4] } },
                { "id": "science", "kind": "jobs", "queue": "q", "restart": "10 min", "jobs": [{ "at": "2026-01-01", "accelerators": 8, "duration": "200 h", "count": 500 }] }],
  "policies": { "lending_recall": "10 min", "queues": [{ "id": "q", "site": "dc", "chip": "h100_sxm", "accelerators": 96 }] } }
X
run run "$root/test/features/base.json" -f plan.json --out lent
run run "$root/test/features/base.json" -f plan.json --set 'workloads.science.jobs=[{"at":"2026-12-31","duration":"1 h"}]' --out kept
near "$(year lent 2026 tokens_served workload=chat)" "$(year kept 2026 tokens_served workload=chat)" 1e-9
near "$(year lent 2026 slo_attainment workload=chat)" "$(year kept 2026 slo_attainment workload=chat)" 1e-9
# By night (20 % of 6,000 tokens/s divided by the mean factor) four fifths and more stand idle; what jobs hold is what utilisation gains.
holds 'hours > 100000' "hours=$(year lent 2026 job_hours workload=science)"
near "$(awk -v l="$(year lent 2026 utilisation)" -v k="$(year kept 2026 utilisation)" 'BEGIN { print (l - k) * 100 * 8760 }')" "$(year lent 2026 job_hours workload=science)" 0.1%
holds 'recalls > 1000' "recalls=$(year lent 2026 jobs_evicted workload=science)"     # several nodes on each of 365 mornings
holds 'lost > 0 && lost < hours / 5' "lost=$(year lent 2026 job_lost_hours workload=science)" "hours=$(year lent 2026 job_hours workload=science)"
jq -e '[.audit[] | .ok] | all' lent/manifest.json >/dev/null || fail "audit"
# What is reserved is never the services'. Chat needs 50 of 100 accelerators until March and 90 then. Without a reserve jobs of 48 are
# sent away in March; reserved they stay, and chat gets 52 accelerators instead of 90. Nobody uses a reserve beyond them: it idles.
cat >plan.json <<'X'
{ "workloads": [{ "id": "chat", "tokens_per_day": { "points": [["2026-01-01", "5000 tokens/s"], ["2026-03-01", "9000 tokens/s"]], "interpolation": "step", "after": "hold" } },
                { "id": "science", "kind": "jobs", "queue": "q", "jobs": [{ "at": "2026-01-01", "accelerators": 8, "duration": "8760 h", "count": 6 }] }],
  "policies": { "queues": [{ "id": "q", "site": "dc", "chip": "h100_sxm", "accelerators": 96 }] } }
X
run run "$root/test/features/base.json" -f plan.json --out open
near "$(year open 2026 slo_attainment workload=chat)" 1 1e-9
near "$(year open 2026 jobs_evicted)" 5 0                     # room for one node is left of 100 - 90
run run "$root/test/features/base.json" -f plan.json --set policies.queues.q.reserved=48 --out reserved
near "$(year reserved 2026 jobs_evicted)" 0 0
near "$(year reserved 2026 job_hours)" $((48 * 8760)) 1e-6
near "$(year reserved 2026 tokens_served workload=chat)" "$(awk 'BEGIN { print (59 * 5000 + 306 * 5200) * 86400 }')" 0.01%
run run "$root/test/features/base.json" -f plan.json --set policies.queues.q.reserved=96 --out idle
near "$(year idle 2026 tokens_served workload=chat)" "$(awk 'BEGIN { print 365 * 400 * 86400 }')" 0.01%
# A training run of 48 in the queue is not sent away either, until it ends: 90 days from 15 January, so that March to 14 April is short.
cat >run.json <<'X'
{ "workloads": [{ "id": "chat", "tokens_per_day": { "points": [["2026-01-01", "5000 tokens/s"], ["2026-03-01", "9000 tokens/s"]], "interpolation": "step", "after": "hold" } },
                { "id": "pretrain", "kind": "training", "queue": "q", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }], "runs": [{ "id": "r", "start": "2026-01-15", "accelerators": 48, "chips": ["h100_sxm"], "ideal_duration": "90 days" }] }],
  "policies": { "queues": [{ "id": "q", "site": "dc", "chip": "h100_sxm", "accelerators": 96 }] } }
X
run run "$root/test/features/base.json" -f run.json --out held
near "$(year held 2026 jobs_evicted)" 0 0
near "$(year held 2026 training_goodput)" 1 1e-9
near "$(year held 2026 tokens_served workload=chat)" "$(awk 'BEGIN { print (59 * 5000 + 46 * 5200 + 260 * 9000) * 86400 }')" 0.2%
jq -e '[.audit[] | .ok] | all' held/manifest.json >/dev/null || fail "audit"
expect_exit=2 run run "$root/test/features/base.json" -f run.json --set policies.queues.q.reserved=100 --out none
grep -q 'reserved: 100 of 96 accelerators in nodes of 8' stderr || fail "$(cat stderr)"
