# Jobs and runs of a queue stand on the fabric of their site, and where they stand decides how fast they are. Four boxes of 8 under two
# groups of leaves with a fourth of the bandwidth upwards. a holds a box; b wants two; c waits for all four.
cat >fabric.json <<'X'
{ "sites": [{ "id": "dc", "fabric": [{ "id": "rail", "domains_per_leaf": 2, "leaf_oversubscription": 4 }] }],
  "fleet": [{ "id": "old", "count": 32 }],
  "workloads": [
    { "id": "a", "jobs": [{ "at": "2026-01-01", "accelerators": 8, "duration": "20 h" }], "communication_share": 0.5 },
    { "id": "b", "kind": "jobs", "queue": "q", "jobs": [{ "at": "2026-01-01", "hour": 1, "accelerators": 16, "duration": "24 h" }], "communication_share": 0.25 },
    { "id": "c", "kind": "jobs", "queue": "q", "jobs": [{ "at": "2026-01-01", "hour": 2, "accelerators": 32, "duration": "10 h" }] }],
  "policies": { "queues": [{ "id": "q", "accelerators": 32 }] } }
X
plan=("$root/test/features/cluster.json" -f fabric.json)
topology=(--set 'policies.queues.q.placement="topology"')
hours() { year "$1" 2026 job_hours workload="$2"; }
waited() { year "$1" 2026 queue_wait_p50 workload="$2"; }
run run "${plan[@]}" --out spread
run run "${plan[@]}" "${topology[@]}" --out packed
# Box by box b stands under both groups: its 8 rings leave each over 2 x 8 ports / 4, of which half is its own, a fourth of a port for
# each. It takes 0.75 + 0.25 x 4 = 1.75 times 24 hours. By topology it has a group of its own and takes 24. a never leaves its box.
near "$(hours spread a)" $((8 * 20)) 1e-6
near "$(hours spread b)" $((16 * 42)) 0.001
near "$(hours packed b)" $((16 * 24)) 1e-6
# That is 18 hours of 16 accelerators for the place alone.
near "$(year spread 2026 job_network_hours workload=b)" $((16 * 18)) 0.001
near "$(year packed 2026 job_network_hours workload=b)" 0 1e-9
near "$(year spread 2026 job_network_hours workload=a)" 0 1e-9
# c feels nothing, but starts when b ends: 1 + 42 or 1 + 24 hours after midnight.
near "$(waited spread c)" 41 0.0001
near "$(waited packed c)" 23 1e-6
near "$(hours spread c)" 320 1e-6
# Without oversubscription both are one.
run run "${plan[@]}" --set sites.dc.fabric.rail.leaf_oversubscription=1 --out even
near "$(waited even c)" 23 1e-6
# Who does not say how much of a job is communication says that it does not feel its place.
run run "${plan[@]}" --set workloads.b.communication_share=null --out blind
near "$(waited blind c)" 23 1e-6

# What queues hold counts as fragmented: from hour 2 on a holds a box, and of the 24 that are left a job of 16 has use of 16.
long='workloads.a.jobs=[{"at":"2026-01-01","accelerators":8,"duration":"2000 h"}]'
run run "${plan[@]}" "${topology[@]}" --set "$long" --set 'workloads.b.jobs=[{"at":"2026-03-31","hour":23,"accelerators":16,"duration":"1 h"}]' --set 'workloads.c=null' --out fragments
near "$(cell fragments/timeseries.csv value metric=fragmentation period_start=2026-02-01 site=all chip=all workload=all)" "$(awk 'BEGIN { printf "%.9f", 8 / 24 }')" 1e-6

# A training run in the queue: a step of 0.76 + 0.24 x 4 takes 12 days to 20.6, and its event says where it stands. The 12 days end with a
# midnight, which is the next day's.
cat >run.json <<'X'
{ "workloads": [{ "id": "train", "kind": "training", "queue": "q", "model": [{ "architecture": "any", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }] }], "runs": [
    { "id": "e", "start": "2026-01-02", "accelerators": 16, "chips": ["h100_sxm"], "ideal_duration": "12 days", "communication_share": 0.24 }] }] }
X
days() { awk -F, -v k="$2" '$2 == k && $6 == "e" {print $1}' "$1/events.csv" | xargs -I{} date -u -d {} +%s | awk '{ print $1 / 86400 }'; }
took() { awk -v a="$(days "$1" run_started)" -v b="$(days "$1" run_completed)" 'BEGIN { print b - a + 1 }'; }
alone=(--set "$long" --set workloads.b=null --set workloads.c=null)
run run "${plan[@]}" -f run.json "${alone[@]}" --out run_spread
run run "${plan[@]}" -f run.json "${alone[@]}" "${topology[@]}" --out run_packed
grep -q 'run_started.*,e,16,accelerators,.*2 domains under 2 groups of leaves in 1 pods see 0.250' run_spread/events.csv || fail "$(grep run_started run_spread/events.csv)"
grep -q 'run_started.*,e,16,accelerators,.*2 domains under 1 groups of leaves in 1 pods see 1.000' run_packed/events.csv || fail "$(grep run_started run_packed/events.csv)"
[[ $(took run_packed) == 13 && $(took run_spread) == 21 ]] || fail "packed $(took run_packed), spread $(took run_spread) days"
near "$(year run_spread 2026 network_share workload=train)" 0.25 1e-9
near "$(year run_packed 2026 network_share workload=train)" 1 1e-9

# A run outside the queue keeps off what jobs hold while there is room: a stays where it is. One that needs every box makes it give way.
for n in 16 32; do
  run run "${plan[@]}" -f run.json "${alone[@]}" --set 'workloads.train.queue=null' --set "workloads.train.runs.e.accelerators=$n" --out "outside$n"
done
[[ $(year outside16 2026 jobs_evicted) == 0 && $(year outside32 2026 jobs_evicted) == 1 ]] || fail "evicted $(year outside16 2026 jobs_evicted), $(year outside32 2026 jobs_evicted)"
[[ $(took outside16) == 12 ]] || fail "outside the queue $(took outside16) days"

# Nodes are domains of the fabric, which also says what a group is; a share that nothing reads is refused.
expect_exit=2 run validate "${plan[@]}" --set policies.queues.q.node=4
grep -q 'nodes of 4 on the fabric rail of dc, whose scale-up domains have 8' stdout stderr || fail "$(cat stdout stderr)"
expect_exit=2 run validate "${plan[@]}" "${topology[@]}" --set policies.queues.q.group=2
grep -q 'the fabric rail of dc says what hangs on one group of leaves' stdout stderr || fail "$(cat stdout stderr)"
expect_exit=2 run validate "${plan[@]}" --set 'sites.dc.fabric=null'
grep -q 'no site of queue q has a fabric, so nothing reads it' stdout stderr || fail "$(cat stdout stderr)"
