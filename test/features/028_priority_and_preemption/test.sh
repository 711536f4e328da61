# Tier 1 evicts tier 3, and the work since its checkpoint is counted as lost: 25 s run, checkpoints each 10 s, 8 accelerators.
cat >jobs.csv <<'CSV'
submit_s,gpus,duration_s,priority,checkpoint_s
0,8,100,1,10
25,4,10,3,
CSV
value() { tr -d ' ,"' <stdout | awk -F: -v k="$1" '$1 == k { print $2 }'; }
run replay jobs jobs.csv --nodes 1 --policy priority --format json
near "$(value preemptions)" 1 0
near "$(value lost_gpu_s)" 40 0
near "$(value restart_gpu_s)" 240 0      # 30 s for a job of up to a node
near "$(value useful_gpu_s)" 840 0
near "$(value allocated_gpu_s)" 1120 0   # the parts sum to the whole
near "$(value last_end_s)" 145 0         # back at 35, 30 s restart, 80 s left
run replay jobs jobs.csv --nodes 1 --policy fifo --format json
near "$(value preemptions)" 0 0
near "$(value lost_gpu_s)" 0 0
# The same in a plan: tier 1 comes at hour 25 for 10 h; tier 3 has checkpoints each 10 h, needs 1 h to restart, and ends at 116.
cat >plan.json <<'X'
{ "workloads": [{ "id": "a", "tier": 3, "checkpoint_interval": "10 h", "restart": "1 h", "saves_when_evicted": false, "jobs": [{ "at": "2026-01-01", "accelerators": 64, "duration": "100 h" }] },
                { "id": "urgent", "kind": "jobs", "queue": "q", "tier": 1, "jobs": [{ "at": "2026-01-02", "hour": 1, "accelerators": 64, "duration": "10 h" }] }],
  "policies": { "queues": [{ "id": "q", "policy": "priority" }] } }
X
run run "$root/test/features/cluster.json" -f plan.json --out result
near "$(year result 2026 jobs_evicted workload=a)" 1 0
near "$(year result 2026 job_lost_hours workload=a)" $((64 * 6)) 1e-6
near "$(year result 2026 job_hours workload=a)" $((64 * 106)) 1e-6
near "$(year result 2026 queue_wait_p50 workload=urgent)" 0 1e-6
jq -e '[.audit[] | .ok] | all' result/manifest.json >/dev/null || fail "audit"
