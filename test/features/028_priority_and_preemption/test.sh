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
# Training runs go through the same queue. Eight fine-tuning jobs of tier 3 run from the start; a pretraining run of tier 1 comes on
# the second day for four days and evicts them all: 20 of 24 h were saved. They come back at hour 120 and end at 201.
cat >plan.json <<'X'
{ "workloads": [{ "id": "a", "tier": 3, "checkpoint_interval": "10 h", "restart": "1 h", "saves_when_evicted": false, "jobs": [{ "at": "2026-01-01", "accelerators": 8, "duration": "100 h", "count": 8 }] },
                { "id": "pretrain", "kind": "training", "queue": "q", "tier": 1, "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }],
                  "runs": [{ "id": "r", "start": "2026-01-02", "accelerators": 64, "chips": ["h100_sxm"], "ideal_duration": "4 days", "restart": "1 h" }] }],
  "policies": { "queues": [{ "id": "q", "policy": "priority" }] } }
X
finish() { cell "$1/yearly.csv" value period_start=2026-01-01 metric=training_finish site=all chip=all workload=pretrain replication=central; }
run run "$root/test/features/cluster.json" -f plan.json --out evicts
near "$(year evicts 2026 jobs_evicted workload=a)" 8 0
near "$(year evicts 2026 job_lost_hours workload=a)" $((64 * (4 + 1))) 1e-6
near "$(year evicts 2026 job_hours workload=a)" $((64 * (24 + 81))) 1e-6
near "$(finish evicts)" "$(awk 'BEGIN { printf "%.12f", 120 / 168 }')" 1e-9
near "$(year evicts 2026 training_goodput workload=pretrain)" 1 1e-9
near "$(year evicts 2026 training_runs_completed)" 1 0
# Turned round: a run of tier 3 has made 25 h of its 96 when a job of tier 1 comes for ten. It resumes from its checkpoint of hour 20
# after an hour, and ends at 112; what was lost is in the meters of training. One that saves when it is told loses nothing.
cat >plan.json <<'X'
{ "workloads": [{ "id": "a", "tier": 1, "jobs": [{ "at": "2026-01-02", "hour": 1, "accelerators": 64, "duration": "10 h" }] },
                { "id": "pretrain", "kind": "training", "queue": "q", "tier": 3, "saves_when_evicted": false, "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }],
                  "runs": [{ "id": "r", "start": "2026-01-01", "accelerators": 64, "chips": ["h100_sxm"], "ideal_duration": "4 days", "restart": "1 h", "checkpoint_interval": "10 h" }] }],
  "policies": { "queues": [{ "id": "q", "policy": "priority" }] } }
X
run run "$root/test/features/cluster.json" -f plan.json --out resumes
near "$(finish resumes)" "$(awk 'BEGIN { printf "%.12f", 112 / 168 }')" 1e-9
near "$(year resumes 2026 training_lost_hours)" $((64 * 5)) 1e-6
near "$(year resumes 2026 training_restart_hours)" 64 1e-6
near "$(year resumes 2026 queue_wait_p50 workload=a)" 0 1e-6
[[ $(grep -c ',run_started,dc,h100_sxm,pretrain,r,64,' resumes/events.csv) == 2 && $(grep -c ',run_evicted,' resumes/events.csv) == 1 ]] || fail "$(cat resumes/events.csv)"
run run "$root/test/features/cluster.json" -f plan.json --set workloads.pretrain.saves_when_evicted=true --out saves
near "$(finish saves)" "$(awk 'BEGIN { printf "%.12f", 107 / 168 }')" 1e-9
for result in evicts resumes saves; do jq -e '[.audit[] | .ok] | all' $result/manifest.json >/dev/null || fail "audit of $result"; done
# What no part of the queue could hold is refused where it is written.
expect_exit=2 run run "$root/test/features/cluster.json" -f plan.json --set workloads.pretrain.runs.r.accelerators=72 --out wide
grep -q 'runs/0/accelerators: queue q never holds 72 of h100_sxm' stderr || fail "$(cat stderr)"
