# Public traces in, the published counts out; bad traces are refused with file and line.
printf 'arrival_s,input_tokens,output_tokens\n0,5,5\n2,5,5\n1,5,5\n' >unsorted.csv
printf 'arrival_s,input_tokens,output_tokens\n0,5,-5\n' >negative.csv
printf 'arrival_s,input_tokens,output_tokens\n0,5,5\n1,5\n' >cut.csv
printf 'arrival_s,input_tokens,output_tokens\n' >empty.csv
for fault in unsorted.csv:4: negative.csv:2: cut.csv:3: empty.csv:; do
  expect_exit=2 run replay requests "${fault%%:*}"
  grep -q "$fault" stderr || fail "$fault is not named"
done
# A trace of jobs is a workload of a fleet's queue, and comes to what the replay says: a row of another cluster is left aside.
cat >jobs.csv <<'X'
vc,submit_s,gpus,duration_s
a,0,48,360000
a,3600,64,36000
b,0,8,10
a,7200,16,180000
a,10800,16,720000
X
json() { tr -d ' ,"' <stdout | awk -F: -v k="$1" '$1 == k { print $2 }'; }
traced() { run run "$root/test/features/cluster.json" --set workloads.a.jobs=null --set "workloads.a.trace={\"csv\":\"$PWD/$1\",\"where\":{\"vc\":\"$2\"}}" "${@:4}" --out "$3"; }
run replay jobs jobs.csv --where vc=a --nodes 8 --policy easy --format json
hours=$(awk -v s="$(json allocated_gpu_s)" 'BEGIN { printf "%.9f", s / 3600 }')
traced jobs.csv a small --set policies.queues.q.policy='"easy"'
near "$(year small 2026 jobs_completed)" 4 0
near "$(year small 2026 job_hours)" "$hours" 1e-6
near "$(year small 2026 queue_wait_p95 workload=a)" 107 1e-6
sed 's/,8,10/,x,10/' jobs.csv >wrong.csv
expect_exit=2 run run "$root/test/features/cluster.json" --set workloads.a.jobs=null --set "workloads.a.trace={\"csv\":\"$PWD/wrong.csv\",\"where\":{\"vc\":\"b\"}}" --out none
grep -q 'wrong.csv:4:' stderr || fail "$(cat stderr)"
[[ -n ${HEADROOM_DATA:-} ]] || { echo "not run: HEADROOM_DATA is not set; the traces are public (github.com/Azure/AzurePublicDataset, github.com/kvcache-ai/Mooncake)"; exit 77; }
value() { awk -v key="\"$1\"" '{ gsub(/,/, "") } $1 == key ":" { print $2; exit }' stdout; }
run replay requests "$HEADROOM_DATA/traces/azure2023_conv.csv" --tpot-ms 20 --format json
for pair in requests=19366 input_tokens=22361870 output_tokens=4088665 input_p50=1020 input_p90=2735 input_p99=4142 output_p50=129 output_p90=424 \
  output_p99=601 busiest_minute=507 peak_concurrency=47; do
  [[ $(value "${pair%=*}") == "${pair#*=}" ]] || fail "${pair%=*} is $(value "${pair%=*}"), published ${pair#*=}"
done
near "$(value mean_concurrency)" 23.30 0.01
for pair in 100000=0.363688 50000=0.354558 30000=0.325709 10000=0.211165 1000=0.044475; do
  run replay requests "$HEADROOM_DATA/traces/mooncake_conversation.csv.gz" --prefix-blocks "${pair%=*}" --format json
  near "$(value hit_ratio_blocks)" "${pair#*=}" 0.0000005
done
# A virtual cluster of Philly through a fleet's queue: as many jobs and as many accelerator-hours as in the replay on as many nodes.
run replay jobs "$HEADROOM_DATA/traces/philly_jobs.csv" --where vc=103959 --nodes 4 --policy fifo --format json
jobs=$(json jobs) hours=$(awk -v s="$(json allocated_gpu_s)" 'BEGIN { printf "%.9f", s / 3600 }')
run run "$root/test/features/cluster.json" --set workloads.a.jobs=null --set "workloads.a.trace={\"csv\":\"$HEADROOM_DATA/traces/philly_jobs.csv\",\"where\":{\"vc\":\"103959\"}}" \
  --set policies.queues.q.accelerators=32 --out philly
near "$(year philly 2026 jobs_completed)" "$jobs" 0
near "$(year philly 2026 job_hours)" "$hours" 1e-6
