# Recommendation ranking: requests a second x candidates, answered within 100 ms at the 99th percentile; a tighter target takes more chips.
cat >plan.json <<'J'
{ "format_version": 1, "name": "feed", "start": "2026-01-01", "end": "2027-01-01", "base_currency": "USD",
  "sites": [{ "id": "dc", "region": "us", "location": "us", "power": "20 MW", "pue": 1.2, "racking_per_week": 7000, "tariff": "0.1 USD/kWh", "carbon": "400 g/kWh" }],
  "fleet": [{ "id": "old", "chip": "h100_sxm", "count": 1024, "site": "dc", "in_service": "2025-01-01", "unit_cost": "36500 USD" },
            { "id": "small", "chip": "l40s", "count": 64, "site": "dc", "in_service": "2025-01-01", "unit_cost": "9000 USD" }],
  "workloads": [{ "id": "feed", "kind": "ranking", "units_per_second": 100e6, "slo": { "attainment": 0.99 },
    "ranking_model": { "lookups_per_candidate": 40, "bytes_per_lookup": "256 B", "dense_per_candidate": "0.5 GFLOP", "tables": "400 GB",
                       "candidates": 1000, "latency_p99": "100 ms", "accelerators": 8 } }],
  "policies": { "reference_chip": "h100_sxm" } }
J
run run plan.json --out wide
grep -q 'l40s.*hold' wide/events.csv && fail "eight L40S have no room for 400 GB of tables"
rows wide/events.csv kind=unsuitable_chip chip=l40s | grep -q . || fail "nothing says why the L40S does nothing"
note=$(rows wide/events.csv kind=layout chip=h100_sxm | tail -n 1)
batch=$(sed -E 's/.*batches of ([0-9]+) requests.*/\1/' <<<"$note"); ms=$(sed -E 's/.*requests in ([0-9.]+) ms.*/\1/' <<<"$note")
# By hand, with the model's assumptions (a quarter of the bandwidth and of the arithmetic, half of the link, 2 ms fixed), on 8 H100.
holds 'b > 10 && m <= 50' b="$batch" m="$ms"
near "$ms" "$(awk -v b="$batch" 'BEGIN { n = b * 1000; gathered = n * 40 * 256 / 8
  print 1e3 * (0.002 + gathered / (3.35e12 / 4) + n * 0.5e9 / 8 / (989.4e12 / 4) + gathered * 7 / 8 / (450e9 / 2)) }')" 1%
# The fleet that 100 million candidates a second take: in batches of that time, in whole replicas.
used=$(awk -v o="$(year wide 2026 occupancy chip=h100_sxm)" 'BEGIN { print o * 1024 }')
near "$used" "$(awk -v b="$batch" -v m="$ms" 'BEGIN { r = b * 1000 / (m / 1e3); n = 100e6 / r; print 8 * int(n + 0.9999) }')" 8
holds 'a == 1' a="$(year wide 2026 slo_attainment workload=feed)"
# At 5 ms batches are small and the fixed time weighs; at 4 ms one batch may not even begin.
run run plan.json --set 'workloads.feed.ranking_model.latency_p99="5 ms"' --out tight
holds 't > 1.5 * w' t="$(year tight 2026 occupancy)" w="$(year wide 2026 occupancy)"
expect_exit=1 run run plan.json --set 'workloads.feed.ranking_model.latency_p99="4 ms"' --out none
grep -q 'more than half of the latency target' stderr || fail "$(cat stderr)"
