# Checkpoints and restarts cost a run what Young and Daly say: 800 accelerators, one interruption a day, 60 s to write, 600 s to
# restart. The central run has the expectation in closed form (Daly 2006, eq. 9); drawn worlds agree with it within noise.
cat >run.json <<'X'
{ "fleet": { "old": { "count": 1000 } }, "sites": { "dc": { "power": "10 MW" } },
  "workloads": { "chat": null }, "workloads+": [{ "id": "pretrain", "kind": "training", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }],
    "runs": [{ "id": "r", "start": "2026-01-01", "accelerators": 800, "chips": ["h100_sxm"], "ideal_duration": "300 days",
      "interruptions_per_million_accelerator_hours": 52.0833333333, "checkpoint_write": "60 s", "restart": "600 s" }] }] }
X
jq -s '.[0] * {fleet: [(.[0].fleet[0] + {count: 1000})], workloads: .[1]["workloads+"]}' <(sed 's,//.*,,' "$root/test/features/base.json") run.json >plan.json
run run plan.json --replications 24 --out result
# Interval of least cost: sqrt(2 x 60 x 86400) - 60 = 3,160 s; lost are about (3160 + 60) / 2 of each 86,400 s.
held=$(awk 'BEGIN { l = 1 / 86400; t = sqrt(2 * 60 * 86400) - 60; T = t + 60; E = exp(l * 600) * (exp(l * T) - 1) / l; print 800 * 7200 * E / t }')
lost=$(awk -v held="$held" 'BEGIN { l = 1 / 86400; t = sqrt(2 * 60 * 86400) - 60; T = t + 60; E = exp(l * 600) * (exp(l * T) - 1) / l; print held * ((exp(l * T) - 1) / l - T) / E }')
near "$(year result 2026 training_lost_hours)" "$lost" 0.1%
near "$lost" "$(awk -v held="$held" 'BEGIN { print held * 3220 / 2 / 86400 }')" 5%
near "$(replication=mean year result 2026 training_lost_hours)" "$lost" 4%     # 24 worlds of 324 interruptions: 0.6 % from their number, 0.7 % from their times
near "$(replication=mean year result 2026 training_restart_hours)" "$(year result 2026 training_restart_hours)" 4%
near "$(replication=mean year result 2026 training_goodput)" "$(year result 2026 training_goodput)" 0.001
near "$(year result 2026 training_goodput)" "$(awk -v held="$held" 'BEGIN { print 800 * 7200 / held }')" 0.001
# The finish date has a distribution: P10 and P90 around the mean, and the mean of the worlds is the central date.
finish() { cell result/yearly.csv "$1" period_start=2026-01-01 metric=training_finish site=all chip=all workload=pretrain replication="$2"; }
near "$(finish value mean)" "$(finish value central)" 0.1
holds 'low < mean && mean < high && high < low + 1' "low=$(finish low mean)" "mean=$(finish value mean)" "high=$(finish high mean)"
# A fixed interval of a tenth of that or of ten times it costs more.
run run plan.json --set 'workloads.pretrain.runs.r.checkpoint_interval="316 s"' --out often
run run plan.json --set 'workloads.pretrain.runs.r.checkpoint_interval="31600 s"' --out seldom
holds 'best > often && best > seldom' "best=$(year result 2026 training_goodput)" "often=$(year often 2026 training_goodput)" "seldom=$(year seldom 2026 training_goodput)"
# The site's failures stop it too: hosts of 8 that fail as often give the same goodput, and it needs hosts to go on with.
run run plan.json --set workloads.pretrain.runs.r.interruptions_per_million_accelerator_hours=0 --set 'sites.dc.availability=null' \
  --set 'sites.dc.failures=[{"id":"hosts","interruptions_per_million_accelerator_hours":52.0833333333,"takes_down":8,"repair":"6 h"}]' --replications 12 --out hosts
near "$(replication=mean year hosts 2026 training_goodput)" "$(year result 2026 training_goodput)" 0.002
jq -e '[.audit[] | .ok] | all' hosts/manifest.json >/dev/null || fail "audit"
# The same run through a queue is interrupted in place, loses as much, and ends as it would outside.
queue='policies.queues=[{"id":"q","site":"dc","chip":"h100_sxm","accelerators":1000,"policy":"priority"}]'
run run plan.json --set 'workloads.pretrain.queue="q"' --set "$queue" --replications 24 --out queued
queued() { cell queued/yearly.csv "$1" period_start=2026-01-01 metric=training_finish site=all chip=all workload=pretrain replication="$2"; }
near "$(queued value central)" "$(finish value central)" 0.001
near "$(queued value mean)" "$(finish value mean)" 0.02
near "$(year queued 2026 training_lost_hours)" "$lost" 0.1%
near "$(replication=mean year queued 2026 training_lost_hours)" "$lost" 4%
near "$(replication=mean year queued 2026 training_restart_hours)" "$(year result 2026 training_restart_hours)" 4%
near "$(replication=mean year queued 2026 training_goodput)" "$(year result 2026 training_goodput)" 0.001
near "$(year queued 2026 training_checkpoint_hours)" "$(year result 2026 training_checkpoint_hours)" 0.1%
run run plan.json --set workloads.pretrain.runs.r.interruptions_per_million_accelerator_hours=0 --set 'sites.dc.availability=null' --set 'workloads.pretrain.queue="q"' --set "$queue" \
  --set 'sites.dc.failures=[{"id":"hosts","interruptions_per_million_accelerator_hours":52.0833333333,"takes_down":8,"repair":"6 h"}]' --replications 12 --out queued_hosts
near "$(replication=mean year queued_hosts 2026 training_goodput)" "$(year result 2026 training_goodput)" 0.002
jq -e '[.audit[] | .ok] | all' queued_hosts/manifest.json >/dev/null || fail "audit"
