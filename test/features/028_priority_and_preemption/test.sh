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
