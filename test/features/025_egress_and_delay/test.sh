# Traffic of a region goes to a remote site over a link: its egress bill, its delay, a link that binds before the accelerators do,
# and a round trip that is too long.
cat >sea.json <<'J'
{ "sites": [{ "id": "dc", "serves": ["sea"] },
            { "id": "sin", "region": "sea", "location": "sg", "power": "1 MW", "pue": 1.2, "racking_per_week": 100, "tariff": "0.2 USD/kWh", "carbon": "300 g/kWh" }],
  "links": [{ "id": "cable", "between": ["sin", "dc"], "bandwidth": "1 Gb/s", "delay": "80 ms", "egress": { "sin": "0.05 USD/GB", "dc": "0.09 USD/GB" } }],
  "workloads": [{ "id": "chat", "regions": { "sea": 1 }, "traffic": { "request": "5 B", "response": "200 B" } }] }
J
run run "$root/test/features/base.json" -f sea.json --out far
# 5,000 tokens/s, half of them output: 2,500 x 5 B there and 2,500 x 200 B back, for 365 x 86,400 s, at 0.05 and 0.09 USD/GB.
there=$(awk 'BEGIN { print 2500 * 5 * 31536000 / 1e12 }'); back=$(awk 'BEGIN { print 2500 * 200 * 31536000 / 1e12 }')
near "$(year far 2026 egress site=sin)" "$there" 1e-6
near "$(year far 2026 egress site=dc)" "$back" 1e-6
near "$(year far 2026 egress_cost site=sin)" "$(awk -v t="$there" 'BEGIN { print t * 1000 * 0.05 }')" 0.001
near "$(year far 2026 egress_cost site=dc)" "$(awk -v t="$back" 'BEGIN { print t * 1000 * 0.09 }')" 0.001
# It stands in the ledger and in the service's marginal cost: 0.5 x 5 B and 0.5 x 200 B a token, 0.009125 USD a million, beside the energy.
near "$(awk -F, '$6 == "network" { sum += $7 - $8 } END { print sum }' far/ledger.csv)" "$(year far 2026 egress_cost)" 0.01
sed 's/"egress": {[^}]*}/"egress": {}/' sea.json >unpaid.json
run run "$root/test/features/base.json" -f unpaid.json --out unpaid
near "$(awk -v a="$(year far 2026 cost_per_mtok_marginal)" -v b="$(year unpaid 2026 cost_per_mtok_marginal)" 'BEGIN { printf "%.9f", a - b }')" 0.009125 1e-6
near "$(year far 2026 network_round_trip)" 0.16 1e-9
# 4 Mb/s back is half of 8 Mb/s; a link of 2 Mb/s carries half of the load: 2,500 tokens/s.
run run "$root/test/features/base.json" -f sea.json --set 'links.cable.bandwidth="8 Mb/s"' --out half
near "$(year half 2026 link_peak site=dc)" 0.5 1e-9
near "$(year half 2026 slo_attainment)" 1 1e-9
run run "$root/test/features/base.json" -f sea.json --set 'links.cable.bandwidth={"steps":[["2026-01-01","2 Mb/s"],["2026-07-01","1 Gb/s"]]}' --out thin
near "$(cell thin/timeseries.csv value metric=slo_attainment period_start=2026-03-01 site=all chip=all workload=all)" 0.5 1e-9
near "$(cell thin/timeseries.csv value metric=slo_attainment period_start=2026-08-01 site=all chip=all workload=all)" 1 1e-9
# What binds is named, with its price: a Gb/s more carries 1e9 / 8 / (0.5 x 200 B) = 1.25 million tokens/s, one replica of 100 at a time.
near "$(cell thin/bindings.csv dual period_start=2026-03-01)" 1250000 1
[[ $(cell thin/bindings.csv binding period_start=2026-03-01) == "link cable" ]] || fail "$(head -4 thin/bindings.csv)"
grep -q 'first_miss.*link cable' thin/events.csv || fail "$(grep first_miss thin/events.csv)"
# Users' latency class: a round trip of 160 ms is too long for 100 ms, and nobody else serves them.
run run "$root/test/features/base.json" -f sea.json --set 'workloads.chat.slo.round_trip="100 ms"' --out near
near "$(year near 2026 slo_attainment)" 0 1e-9
run run "$root/test/features/base.json" -f sea.json --set 'workloads.chat.slo.round_trip="160 ms"' --out just
near "$(year just 2026 slo_attainment)" 1 1e-9
# Each fault has its place and a remedy.
expect_exit=2 run validate "$root/test/features/base.json" -f sea.json --set 'links.cable.between=["sin","dd"]'
grep -q '"dd"' stdout stderr || fail "$(cat stdout stderr)"
expect_exit=2 run validate "$root/test/features/base.json" -f sea.json --set 'workloads.chat.traffic=null'
grep -q '"traffic" is missing' stdout stderr || fail "$(cat stdout stderr)"
expect_exit=2 run validate "$root/test/features/base.json" -f sea.json --set 'sites.dc.serves=["sea","eu"]' --set 'workloads.chat.regions={"eu":1}'
grep -q 'no way over links leads from the region "eu" to dc' stdout stderr || fail "$(cat stdout stderr)"
# Weights and checkpoints take the same links. A model of 8.03e9 weights of 2 B is served in Europe from March on, after its accelerators
# came; a run of 8 loses its own in February and goes on there: 1 TB at 10 Gb/s are 800 s in which it stands.
cat >bulk.json <<'J'
{ "sites": [{ "id": "far", "region": "eu", "location": "de", "power": "1 MW", "pue": 1.2, "racking_per_week": 1000, "tariff": "0.2 USD/kWh", "carbon": "300 g/kWh" }],
  "links": [{ "id": "cable", "between": ["dc", "far"], "bandwidth": "10 Gb/s", "delay": "40 ms", "egress": { "dc": "0.05 USD/GB" } }],
  "fleet": [{ "id": "old", "count": 20 }, { "id": "box", "chip": "h200_sxm", "count": 8, "site": "dc", "in_service": "2025-01-01", "retire": "2026-02-01" },
            { "id": "other", "chip": "h200_sxm", "count": 8, "site": "far", "in_service": "2025-01-01" }],
  "orders": [{ "id": "more", "chip": "h100_sxm", "site": "far", "deliveries": [{ "at": "2026-03-01", "count": 64 }], "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }],
  "workloads": [{ "id": "chat", "home": "dc", "tokens_per_day": "5000 tokens/s", "regions": { "us": 0.8, "eu": 0.2 } },
    { "id": "train", "kind": "training", "model": [{ "architecture": "any", "rates": [{ "chip": "h200_sxm", "mfu": 0.4 }] }], "runs": [
      { "id": "a", "start": "2026-01-01", "accelerators": 8, "chips": ["h200_sxm"], "ideal_duration": "90 days", "checkpoint_size": "1 TB" }] }] }
J
model='workloads.chat.model=[{"architecture":"llama-3.1-8b","rates":[{"chip":"h100_sxm","prefill":"100 tokens/s","decode":"100 tokens/s","replica":1}]}]'
run run "$root/test/features/base.json" -f bulk.json --set "$model" --out bulk
grep -q '^2026-02-02,checkpoint_sent,far,h200_sxm,train,a,1,TB,from dc' bulk/events.csv || fail "$(grep sent bulk/events.csv)"
grep -q '^2026-03-0[23],weights_sent,far,h100_sxm,chat,llama-3.1-8b,0.0160' bulk/events.csv || fail "$(grep sent bulk/events.csv)"
near "$(year bulk 2026 bulk_egress workload=train)" 1 1e-9
near "$(year bulk 2026 bulk_egress site=dc)" 1.01606 1e-5
near "$(year bulk 2026 egress_cost site=dc)" "$(awk 'BEGIN { print 1016.06 * 0.05 }')" 0.01
near "$(year bulk 2026 training_restart_hours)" "$(awk 'BEGIN { printf "%.9f", 8 * 800 / 3600 }')" 1e-6
# The launch waits for its weights: 16.06 GB are 12.848 s at 10 Gb/s and 35.7 hours at 1 Mb/s, in which the 1,000 tokens/s of Europe find
# nobody from 2 March on.
thin='links.cable.bandwidth={"steps":[["2026-01-01","10 Gb/s"],["2026-03-01","1 Mb/s"]]}'
run run "$root/test/features/base.json" -f bulk.json --set "$model" --set "$thin" --out waits
served() { cell "$1/timeseries.csv" value metric=tokens_served period_start=2026-03-01 site=far chip=all workload=all; }
near "$(served bulk)" "$(awk 'BEGIN { printf "%.0f", 1000 * (30 * 86400 - 12.848) }')" 1
near "$(served waits)" "$(awk 'BEGIN { printf "%.0f", 1000 * (30 * 86400 - 128480) }')" 1
grep -q '^2026-03-03,weights_arrived,far,h100_sxm,chat,llama-3.1-8b' waits/events.csv || fail "$(grep weights waits/events.csv)"
near "$(year waits 2026 egress_cost site=dc)" "$(awk 'BEGIN { print 1016.06 * 0.05 }')" 0.01
# The data of a run take them before its first start: 4.5 TB at 10 Gb/s are an hour in which its 8 accelerators stand, and 225 USD.
run run "$root/test/features/base.json" -f bulk.json --set "$model" --set 'workloads.train.regions={"eu":1}' --set 'workloads.train.home="dc"' --set 'workloads.train.runs.a.dataset_size="4.5 TB"' --out data
grep -q '^2026-01-01,dataset_sent,far,h200_sxm,train,a,4.5,TB,from dc' data/events.csv || fail "$(grep sent data/events.csv)"
near "$(year data 2026 training_restart_hours)" 8 1e-6
near "$(year data 2026 bulk_egress workload=train)" 4.5 1e-9
near "$(year data 2026 egress_cost site=dc)" "$(awk 'BEGIN { print 4516.06 * 0.05 }')" 0.01
run run "$root/test/features/base.json" -f bulk.json --set "$model" --set 'workloads.train.home="far"' --set 'workloads.train.regions={"eu":1}' --set 'workloads.train.runs.a.dataset_size="4.5 TB"' --out at_home
near "$(year at_home 2026 training_restart_hours)" 0 1e-9
# A run in a queue of both sites' boxes waits alike when it goes on at the other one, and for its data at its first start there.
queue='policies.queues=[{"id":"q","site":"dc","chip":"h200_sxm","accelerators":8,"also":[{"site":"far","chip":"h200_sxm","accelerators":8}]}]'
run run "$root/test/features/base.json" -f bulk.json --set "$model" --set "$queue" --set 'workloads.train.queue="q"' --out queued
grep -q '^2026-0[12]-[0-9]*,checkpoint_sent,far,h200_sxm,train,a,1,TB,from dc' queued/events.csv || fail "$(grep sent queued/events.csv)"
near "$(year queued 2026 training_restart_hours)" "$(awk 'BEGIN { printf "%.9f", 8 * 800 / 3600 }')" 1e-6
near "$(year queued 2026 bulk_egress workload=train)" 1 1e-9
run run "$root/test/features/base.json" -f bulk.json --set "$model" --set "$queue" --set 'workloads.train.queue="q"' --set 'workloads.train.regions={"eu":1}' --set 'workloads.train.home="dc"' \
  --set 'workloads.train.runs.a.dataset_size="4.5 TB"' --out queued_data
grep -q '^2026-01-01,dataset_sent,far,h200_sxm,train,a,4.5,TB,from dc' queued_data/events.csv || fail "$(grep sent queued_data/events.csv)"
near "$(year queued_data 2026 training_restart_hours)" 8 1e-6
