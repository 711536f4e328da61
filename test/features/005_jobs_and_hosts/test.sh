# What befalls jobs in queues: failures that must be expected, outages that are certain, a storage that reads anew what was broken off.
cluster=$root/test/features/cluster.json
sound() { jq -e '[.audit[] | .ok] | all' "$1/manifest.json" >/dev/null || fail "audit of $1"; }

# 1,024 accelerators, boxes of 8 that fail 50 times in a million hours, jobs of 496 for 5 days that lose up to 12 h: the central run has as
# many failures, losses and jobs done as the worlds have in the mean. 50e-6 x 8,760 x 1,024 x 992/1,024 held = 434 failures.
cat >fail.json <<'X'
{ "end": "2027-01-01", "fleet": [{ "id": "old", "count": 1024 }],
  "sites": [{ "id": "dc", "availability": null, "failures": [{ "id": "r", "repair": "6 h", "interruptions_per_million_accelerator_hours": 50, "takes_down": 8 }] }],
  "workloads": [{ "id": "a", "checkpoint_interval": "12 h", "restart": "30 min", "jobs": [{ "at": "2026-01-01", "accelerators": 496, "duration": "5 days", "count": 500 }] }],
  "policies": { "queues": [{ "id": "q", "accelerators": 1024 }] } }
X
run run "$cluster" -f fail.json --replications 8 --out failing
sound failing
near "$(year failing 2026 jobs_failed workload=a)" 434 6%
for what in jobs_failed job_lost_hours jobs_completed; do
  near "$(year failing 2026 $what workload=a)" "$(replication=mean year failing 2026 $what workload=a)" 6%
done
# What is lost is paid for, and is no useful hour.
run run "$cluster" -f fail.json --set workloads.a.checkpoint_interval='"1 h"' --out often
held() { year "$1" 2026 job_hours workload=a; }
lost() { year "$1" 2026 job_lost_hours workload=a; }
near "$(awk "BEGIN { print $(year failing 2026 cost_per_useful_hour) / $(year often 2026 cost_per_useful_hour) }")" \
  "$(awk "BEGIN { print ($(held often) - $(lost often)) / ($(held failing) - $(lost failing)) }")" 1%

# An outage stops the job that stands there and takes what it has not saved, on the hour and off it, in every world: 53 h x 64 and 53.5 h x 64.
for at in "5 53" "5.5 53.5"; do
  set -- $at
  run run "$cluster" --set 'sites.dc.failures=[{"id":"r","chips":["h100_sxm"],"trace":[{"at":"2026-01-03","hour":'"$1"',"accelerators":64,"down":"6 h"}]}]' --set sites.dc.availability=null \
    --set 'workloads.a.jobs=[{"at":"2026-01-01","accelerators":64,"duration":"100 h"}]' --set 'workloads.a.checkpoint_interval="1000 h"' --replications 1 --out "at_$1"
  sound "at_$1"
  for replication in central 1; do
    near "$(replication=$replication year "at_$1" 2026 job_lost_hours workload=a)" "$(awk "BEGIN { print $2 * 64 }")" 1e-9
    near "$(replication=$replication year "at_$1" 2026 jobs_failed workload=a)" 1 0
    near "$(replication=$replication year "at_$1" 2026 down_hours_other)" 384 1e-9
    near "$(replication=$replication year "at_$1" 2026 interruptions)" 1 0
  done
done
# So does a cause with a date, and half an hour of it is half an hour.
run run "$cluster" --set 'sites.dc.failures=[{"id":"r","causes":[{"id":"c","on":["2026-01-03"],"hour":5,"share":1,"repair":"30 min"}]}]' --set sites.dc.availability=null \
  --set 'workloads.a.jobs=[{"at":"2026-01-01","accelerators":64,"duration":"100 h"}]' --set 'workloads.a.checkpoint_interval="1000 h"' --replications 1 --out dated
for replication in central 1; do
  near "$(replication=$replication year dated 2026 job_lost_hours workload=a)" 3392 1e-9
  near "$(replication=$replication year dated 2026 down_hours_other)" 32 1e-9
done
replication=central

# Repairs that are shorter than an hour stand for no more than they take: 500e-6 x 8 x 90 x 24 x 1,024 x 5 min.
run run "$cluster" -f fail.json --set 'end="2026-04-01"' --set 'sites.dc.failures.r.repair="5 min"' --set sites.dc.failures.r.interruptions_per_million_accelerator_hours=500 --out short
near "$(year short 2026 down_hours_other)" "$(awk 'BEGIN { print 500e-6 * 8 * 90 * 24 * 1024 / 12 }')" 6%

# A run in a queue reads its state anew where it was stopped while it read (8 h 20 min, two stops a day): it ends as it does outside the queue.
cat >reads.json <<'X'
{ "sites": [{ "id": "dc", "checkpoint_read": "1 GB/s" }],
  "workloads": [{ "id": "a" }, { "id": "pre", "kind": "training", "queue": "q", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }],
    "runs": [{ "id": "r", "start": "2026-01-01", "accelerators": 64, "chips": ["h100_sxm"], "ideal_duration": "20 days", "restart": "10 min",
      "interruptions_per_day": 2, "checkpoint_interval": "2 h", "checkpoint_size": "30 TB" }] }] }
X
run run "$cluster" -f reads.json --set 'workloads.a.jobs=[{"at":"2026-03-31","accelerators":8,"duration":"1 h"}]' --replications 6 --out inside
run run "$cluster" -f reads.json --set 'workloads.a.jobs=[{"at":"2026-03-31","accelerators":8,"duration":"1 h"}]' --set workloads.pre.queue=null --replications 6 --out outside
near "$(replication=mean year inside 2026 training_goodput)" "$(replication=mean year outside 2026 training_goodput)" 0.001

# The first line of the summary says what is not done.
run run "$cluster" --set 'policies.queues.q.chip="h200_sxm"' --out nobody; cp stdout said
grep -q "the plan does not do all its work: no job of a starts" said || fail "said: $(head -2 said)"
run run "$cluster" --set 'workloads.a.deadline="1 day"' --out late; cp stdout said
grep -q "0 % of the deadlines of a are met" said || fail "said: $(head -2 said)"
run run "$cluster" --out done; cp stdout said
grep -q "the plan holds" said || fail "said: $(head -2 said)"
