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
