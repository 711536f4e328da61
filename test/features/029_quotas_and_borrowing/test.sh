# Two tenants own 32 accelerators each. While b is away a borrows its half; when b comes, its half is returned at once.
cat >plan.json <<'X'
{ "workloads": [{ "id": "a", "quota": 32, "may_borrow": 32, "jobs": [{ "at": "2026-01-01", "accelerators": 8, "duration": "1000 h", "count": 8 }] },
                { "id": "b", "kind": "jobs", "queue": "q", "quota": 32, "lends": 32, "jobs": [{ "at": "2026-01-05", "hour": 4, "accelerators": 8, "duration": "10 h", "count": 4 }] }],
  "policies": { "queues": [{ "id": "q", "policy": "quota" }] } }
X
run run "$root/test/features/cluster.json" -f plan.json --out result
near "$(year result 2026 queue_wait_p95 workload=a)" 0 1e-6       # all eight run from the first hour, four on borrowed accelerators
near "$(year result 2026 queue_wait_p95 workload=b)" 0 1e-6
near "$(year result 2026 jobs_evicted workload=a)" 4 0
near "$(year result 2026 jobs_completed workload=a)" 8 0          # and what was returned is borrowed again when b is done
near "$(year result 2026 job_hours workload=b)" 320 1e-6
# If b lends nothing, a keeps to its own half.
run run "$root/test/features/cluster.json" -f plan.json --set workloads.b.lends=0 --out alone
near "$(year alone 2026 jobs_evicted workload=a)" 0 0
holds 'wait > 900' "wait=$(year alone 2026 queue_wait_p95 workload=a)"
# Fair shares: with three times the weight b gets three of four accelerators while both have work for all of them.
cat >fair.json <<'X'
{ "workloads": [{ "id": "a", "jobs": [{ "at": "2026-01-01", "accelerators": 8, "duration": "5 h", "count": 4000 }] },
                { "id": "b", "kind": "jobs", "queue": "q", "weight": 3, "jobs": [{ "at": "2026-01-01", "accelerators": 8, "duration": "5 h", "count": 4000 }] }],
  "policies": { "queues": [{ "id": "q", "policy": "fairshare" }] } }
X
run run "$root/test/features/cluster.json" -f fair.json --out fair
near "$(year fair 2026 job_hours workload=b)" "$(awk 'BEGIN { print 64 * 90 * 24 * 0.75 }')" 1%
