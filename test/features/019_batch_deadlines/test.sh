# A batch tier fills the troughs and meets its 24 h: interactive work takes the whole cluster 16 hours a day, batch jobs of an
# hour come all day. Earliest deadline first meets every deadline; first come first served makes the interactive work wait.
awk 'BEGIN { print "submit_s,gpus,duration_s,deadline_s";
  for (d = 0; d < 5; d++) { print (24 * d + 8) * 3600 ",32," 16 * 3600 "," 17 * 3600;
    for (h = 0; h < 24; h++) print (24 * d + h) * 3600 ",8,3540,86400" } }' >jobs.csv
value() { tr -d ' ,"' <stdout | awk -F: -v k="$1" '$1 == k { print $2 }'; }
run replay jobs jobs.csv --nodes 4 --policy deadline --format json
near "$(value deadlines)" 125 0
near "$(value deadlines_met)" 125 0
# Half as many batch hours again as the troughs hold: some deadlines are missed, and counted.
awk 'NR == 1 { print; next } { print } $0 ~ /,8,/ { print; print }' FS=, jobs.csv >more.csv
run replay jobs more.csv --nodes 4 --policy deadline --format json
holds 'met < all' "met=$(value deadlines_met)" "all=$(value deadlines)"
# The same in a plan: chat needs most of 100 accelerators by day and few by night; 24 h of patience let 30 accelerators' worth of
# batch work live in the troughs, and every deadline is met. Without patience the peak hours would miss it.
cat >plan.json <<'X'
{ "workloads": [{ "id": "chat", "tokens_per_day": "5500 tokens/s", "shape": { "hourly": [0.2,0.2,0.2,0.2,0.2,0.2,0.5,1,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1,0.6,0.4] } },
                { "id": "embed", "kind": "accelerator_hours", "tier": 2, "deadline": "1 day", "units_per_second": 30, "rates": [{ "chip": "h100_sxm", "units_per_second": 1, "replica": 1 }] }] }
X
run run "$root/test/features/base.json" -f plan.json --out batch
near "$(year batch 2026 hours_below_target workload=embed)" 0 0
near "$(year batch 2026 slo_attainment workload=embed)" 1 1e-9
run run "$root/test/features/base.json" -f plan.json --set workloads.embed.units_per_second=0.001 --out alone
near "$(year batch 2026 tokens_served workload=chat)" "$(year alone 2026 tokens_served workload=chat)" 1e-9
near "$(awk -v b="$(year batch 2026 utilisation)" -v a="$(year alone 2026 utilisation)" 'BEGIN { print b - a }')" 0.3 0.005
# Half as much again as the troughs hold is too much, and the misses are counted.
run run "$root/test/features/base.json" -f plan.json --set workloads.embed.units_per_second=70 --out more
holds 'hours > 0' "hours=$(year more 2026 hours_below_target workload=embed)"
# Jobs of a queue: a holds 64 until hour 100; then embedding (submitted first, due after 20 days) and moderation (due after 1 week)
# each want 64 for 100 h. By deadline moderation goes first and both are in time; first come, first served it is late.
cat >plan.json <<'X'
{ "workloads": [{ "id": "a", "jobs": [{ "at": "2026-01-01", "accelerators": 64, "duration": "100 h" }] },
                { "id": "embedding", "kind": "jobs", "queue": "q", "deadline": "20 days", "jobs": [{ "at": "2026-01-01", "hour": 1, "accelerators": 64, "duration": "100 h" }] },
                { "id": "moderation", "kind": "jobs", "queue": "q", "deadline": "10 days", "jobs": [{ "at": "2026-01-01", "hour": 2, "accelerators": 64, "duration": "100 h" }] }] }
X
run run "$root/test/features/cluster.json" -f plan.json --set policies.queues.q.policy='"deadline"' --out edf
near "$(year edf 2026 queue_wait_p50 workload=moderation)" 98 1e-6
near "$(year edf 2026 queue_wait_p50 workload=embedding)" 199 1e-6
near "$(year edf 2026 job_deadlines_met)" 1 0
run run "$root/test/features/cluster.json" -f plan.json --out fifo
near "$(year fifo 2026 job_deadlines_met workload=moderation)" 0 0
near "$(year fifo 2026 job_deadlines_met)" 0.5 0
# Elastic: 32 accelerators for 100 h grow to 64 when the other 32 fall free at hour 20: 20 h at 32, then 80 h of work at speed 1.8.
cat >elastic.json <<'X'
{ "workloads": [{ "id": "a", "elastic": { "least": 0.5, "most": 2, "growth_efficiency": 0.8 }, "jobs": [{ "at": "2026-01-01", "accelerators": 32, "duration": "100 h" }] },
                { "id": "b", "kind": "jobs", "queue": "q", "jobs": [{ "at": "2026-01-01", "accelerators": 32, "duration": "20 h" }] }],
  "policies": { "queues": [{ "id": "q", "policy": "elastic", "placement": "fgd" }] } }
X
run run "$root/test/features/cluster.json" -f elastic.json --out elastic
near "$(year elastic 2026 job_hours workload=a)" "$(awk 'BEGIN { print 20 * 32 + 80 / 1.8 * 64 }')" 0.01%
expect_exit=2 run run "$root/test/features/cluster.json" -f elastic.json --set policies.queues.q.policy='"fifo"' --out none
grep -q 'policy fifo never changes a size' stderr || fail "$(cat stderr)"
for placement in packed neighbours spread bestfit dotprod gpupacking fgd; do
  run run "$root/test/features/cluster.json" -f plan.json --set policies.queues.q.placement="\"$placement\"" --out "$placement"
  near "$(year $placement 2026 jobs_completed)" 3 0
done
expect_exit=2 run run "$root/test/features/cluster.json" -f plan.json --set policies.queues.q.group=4 --out none
