# A burst inside the time that a replica takes to load misses the targets; with storage ten times as fast it misses less.
cat >spec.json <<'J'
{
  "id": "burst",
  "times": { "pass": "6 ms", "per_prefill_token": "30 us", "per_decode_sequence": "20 us", "per_context_token": "50 ns",
             "kv_capacity": "200e3 tokens", "weights": "400 GB" },
  "slo": { "ttft_p95": "5 s", "tpot_p95": "60 ms" },
  "requests_per_second": 30, "duration": "2 h",
  "shape": { "hourly": [0.3, 1.7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
  "lengths": { "input": { "mean": 600 }, "output": { "mean": 250 } },
  "autoscale": { "least": 1, "most": 6, "target": 60, "storage": "4 GB/s" }
}
J
value() { awk -v key="\"$1\"" '{ gsub(/,/, "") } $1 == key ":" { print $2; exit }' stdout; }
run serve spec.json --format json
slow=$(value slo_attainment)
run serve spec.json --set 'autoscale.storage=40 GB/s' --format json
fast=$(value slo_attainment)
run serve spec.json --set replicas=6 --set autoscale.least=6 --format json
ready=$(value slo_attainment)
holds 'slow < fast && fast <= ready && slow < 0.99 && ready > 0.99' slow="$slow" fast="$fast" ready="$ready"
