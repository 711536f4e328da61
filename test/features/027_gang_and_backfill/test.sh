# A gang job starts on all of its accelerators or waits; backfilling lets a later one pass only if the first is not delayed.
# One node of 8: a holds 6 until 100; b wants 8; c wants 2 for 50 s; d wants 2 for 200 s. Queue times by hand.
cat >jobs.csv <<'CSV'
submit_s,gpus,duration_s
0,6,100
1,8,10
2,2,50
3,2,200
CSV
value() { tr -d ' ,"' <stdout | awk -F: -v k="$1" '$1 == k { print $2 }'; }
run replay jobs jobs.csv --nodes 1 --policy fifo --format json
near "$(value mean_queue_s)" "$(awk 'BEGIN { print (0 + 99 + 108 + 107) / 4 }')" 0.001   # nobody passes b, not even into two free ones
run replay jobs jobs.csv --nodes 1 --policy easy --format json
near "$(value mean_queue_s)" "$(awk 'BEGIN { print (0 + 99 + 0 + 107) / 4 }')" 0.001     # c ends before b can start, d would not
# Wider than the cluster: refused with the line, not started on what there is.
echo '4,9,1' >>jobs.csv
expect_exit=2 run replay jobs jobs.csv --nodes 1 --policy fifo
grep -q 'jobs.csv:6: the job needs 9 accelerators' stderr || fail "the wide job is not named"
# The same in a plan: a holds 48 of 64 until hour 100, b wants 64 from hour 1, c 16 for 50 h, d 16 for 200 h.
cat >plan.json <<'X'
{ "workloads": [{ "id": "b", "kind": "jobs", "queue": "q", "jobs": [{ "at": "2026-01-01", "hour": 1, "accelerators": 64, "duration": "10 h" }] },
                { "id": "c", "kind": "jobs", "queue": "q", "jobs": [{ "at": "2026-01-01", "hour": 2, "accelerators": 16, "duration": "50 h" }] },
                { "id": "d", "kind": "jobs", "queue": "q", "jobs": [{ "at": "2026-01-01", "hour": 3, "accelerators": 16, "duration": "200 h" }] }] }
X
wait_of() { year "$1" 2026 queue_wait_p50 workload="$2"; }
run run "$root/test/features/cluster.json" -f plan.json --out fifo
for pair in a=0 b=99 c=108 d=107; do near "$(wait_of fifo ${pair%=*})" "${pair#*=}" 1e-6; done
near "$(year fifo 2026 job_hours)" $((4800 + 640 + 800 + 3200)) 1e-6
run run "$root/test/features/cluster.json" -f plan.json --set policies.queues.q.policy='"easy"' --out easy
for pair in a=0 b=99 c=0 d=107; do near "$(wait_of easy ${pair%=*})" "${pair#*=}" 1e-6; done
for policy in sjf srtf priority conservative fairshare; do
  run run "$root/test/features/cluster.json" -f plan.json --set policies.queues.q.policy="\"$policy\"" --out "$policy"
  near "$(year $policy 2026 jobs_completed)" 4 0
done
expect_exit=2 run run "$root/test/features/cluster.json" --set 'workloads.a.jobs=[{"at":"2026-01-01","accelerators":72,"duration":"1 h"}]' --out wide
grep -q 'a job of 72 accelerators never fits queue q' stderr || fail "$(cat stderr)"
