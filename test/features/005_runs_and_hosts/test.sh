# Runs and their hosts: ByteRobust's 97 %, a hazard that knows no size, slow nodes that drag, restarts that share storage, maintenance that loses nothing.
# plan RUN [RULE [SITE]]: one run of 800 of 1,000 accelerators for 300 days of work.
plan() {
  jq -s --argjson run "{ $1 }" --argjson rule "[{ \"id\": \"r\", \"repair\": \"6 h\" ${2:+, $2} }]" --argjson site "{ ${3:-} }" '.[0]
    | .fleet[0].count = 1000 | .sites[0] += $site | .sites[0].failures = $rule | del(.sites[0].availability)
    | .workloads = [{ id: "pretrain", kind: "training", rates: [{ chip: "h100_sxm", mfu: 0.4 }],
        runs: [{ id: "a", start: "2026-01-01", accelerators: 800, chips: ["h100_sxm"], ideal_duration: "300 days" } + $run] }]' \
    <(sed 's,//.*,,' "$root/test/features/base.json")
}
sound() { jq -e '[.audit[] | .ok] | all' "$1/manifest.json" >/dev/null || fail "audit of $1"; }
goodput() { replication=${2:-central} year "$1" 2026 training_goodput; }

# Two interruptions a day whatever the size, half an hour each: useful are e^(-l u) of the hours.
plan '"interruptions_per_day": 2, "restart": "30 min"' >day.json
run run day.json --replications 6 --out day; sound day
near "$(goodput day)" "$(awk 'BEGIN { print exp(-2 / 24 * 0.5) }')" 2e-4  # the last hour is held in full
near "$(goodput day mean)" "$(goodput day)" 0.002
run run day.json --set workloads.pretrain.runs.a.accelerators=80 --out small
near "$(goodput small)" "$(goodput day)" 1e-9

# Nodes turn slow once in 240 h of the run and are found 10 h later: 10 / 250 of the time at half speed, then a restart of 30 min.
plan '"restart": "30 min"' '"fail_slow": { "onsets_per_million_accelerator_hours": 5.2083333, "speed": 0.5, "detection": "10 h" }' >slow.json
run run slow.json --replications 24 --out slow; sound slow
near "$(year slow 2026 training_slow_hours)" "$(awk -v held="$(awk 'BEGIN { r = 1 + 0.5 / 240; print 800 * 7200 * r / 0.98 }')" 'BEGIN { print held * 0.02 / (1 + 0.5 / 240) }')" 0.1%
# Drawn: 29 of them a run, one standard error of 24 worlds is 4 %.
near "$(replication=mean year slow 2026 training_slow_hours)" "$(year slow 2026 training_slow_hours)" 12%
near "$(goodput slow mean)" "$(goodput slow)" 0.003
# Spread times of detection keep the mean.
run run slow.json --set sites.dc.failures.r.fail_slow.detection_variation=1 --replications 24 --out spread; sound spread
near "$(replication=mean year spread 2026 training_slow_hours)" "$(year slow 2026 training_slow_hours)" 20%

# A power cut on one day stops three runs of 300; each reads 360 TB at 100 GB/s: an hour alone, three hours together.
plan '"accelerators": 300, "restart": "0 s", "checkpoint_size": "360 TB"' '"causes": [{ "id": "row", "component": "power", "on": ["2026-03-01"], "hour": 6, "share": 0.99, "repair": "1 min" }]' '"checkpoint_read": "100 GB/s"' |
  jq '.workloads[0].runs = [range(3) as $i | .workloads[0].runs[0] + {id: "r\($i)"}] | .fleet[0].count = 1000' >cut.json
run run cut.json --replications 1 --out cut; sound cut
near "$(replication=1 year cut 2026 training_restart_hours)" "$(awk 'BEGIN { print 3 * 300 * 3 }')" 1e-6
near "$(year cut 2026 training_restart_hours)" "$(awk 'BEGIN { print 3 * 300 * 1 }')" 1e-6   # the central run knows no queue
run run cut.json --set sites.dc.failures.r.causes.row.share=0.05 --replications 1 --out one
near "$(replication=1 year one 2026 training_restart_hours)" 300 1e-6

# In a queue they read one after another: one, two and three hours.
jq '.workloads[0].queue = "q" | .policies.queues = [{ id: "q", site: "dc", chip: "h100_sxm", accelerators: 1000 }]' cut.json >queued.json
run run queued.json --replications 1 --out queued; sound queued
near "$(replication=1 year queued 2026 training_restart_hours)" 1800 1e-6
run run queued.json --set sites.dc.failures.r.causes.row.share=0.05 --replications 1 --out alone
near "$(replication=1 year alone 2026 training_restart_hours)" 300 1e-6

# Maintenance is announced: the run writes its checkpoint, restarts and loses nothing; the same window without notice loses 6 h, since midnight of the day before.
plan '"restart": "30 min", "checkpoint_interval": "1000 h", "checkpoint_write": "1 min"' '"maintenance": [{ "id": "w", "from": "2026-01-02", "hour": 6, "share": 0.1, "duration": "2 h" }]' >window.json
run run window.json --replications 1 --out window; sound window
for world in central 1; do
  near "$(replication=$world year window 2026 training_lost_hours)" 0 1e-6
  near "$(replication=$world year window 2026 training_restart_hours)" 400 1e-6
  near "$(replication=$world year window 2026 training_interruptions)" 1 0
done
plan '"restart": "30 min", "checkpoint_interval": "1000 h", "checkpoint_write": "1 min"' '"causes": [{ "id": "c", "on": ["2026-01-02"], "hour": 6, "share": 0.1, "repair": "2 h" }]' >sudden.json
run run sudden.json --replications 1 --out sudden; sound sudden
near "$(replication=1 year sudden 2026 training_lost_hours)" "$(awk 'BEGIN { print 800 * 30 }')" 1e-6

# ByteRobust (arXiv 2509.16293): 97 % effective time over 3 months on 9,600 GPUs. The causes are those of Llama 3 405B (arXiv 2407.21783,
# table 5: 419 in 16,384 x 54 x 24 GPU-hours), measured elsewhere; checkpoints to host memory each step at 0.7 % of the time, 2 min to
# notice and 5 min to restart on warm standbys are assumed.
cat >byterobust.json <<'X'
{ "id": "llama3", "repair": "6 h", "causes": [
  { "id": "gpu", "component": "gpu", "interruptions_per_million_accelerator_hours": 9.231, "takes_down": 8, "detection": "2 min", "detection_variation": 1 },
  { "id": "hbm", "component": "memory", "interruptions_per_million_accelerator_hours": 3.391, "takes_down": 8, "detection": "2 min", "detection_variation": 1 },
  { "id": "host", "component": "host", "interruptions_per_million_accelerator_hours": 2.166, "takes_down": 8, "detection": "2 min", "detection_variation": 1 },
  { "id": "nic", "component": "nic", "interruptions_per_million_accelerator_hours": 0.330, "takes_down": 8, "detection": "2 min", "detection_variation": 1 },
  { "id": "network", "component": "switch", "interruptions_per_million_accelerator_hours": 1.648, "takes_down": 8, "detection": "2 min", "detection_variation": 1 },
  { "id": "software", "component": "software", "interruptions_per_million_accelerator_hours": 2.967, "takes_down": 0, "detection": "2 min", "detection_variation": 1 } ] }
X
plan '"accelerators": 9600, "ideal_duration": "200 days", "checkpoint_interval": "30 s", "checkpoint_write": "0.2 s", "restart": "5 min"' |
  jq --slurpfile rule byterobust.json '.end = "2026-04-02" | .fleet[0].count = 10000 | .sites[0].power = "30 MW" | .sites[0].failures = $rule' >byte.json
run run byte.json --replications 10 --out byte; sound byte
near "$(goodput byte)" 0.97 0.01
near "$(goodput byte mean)" 0.97 0.01
# 9,600 GPUs x 91 days x 19.73 per million hours.
near "$(replication=mean year byte 2026 training_interruptions)" 413.7 5%
