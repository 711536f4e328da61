# Sessions of many turns: the hit rate rises with the turns; a context that is dropped in pauses is computed again, one that
# is pinned is paid for with memory.
cat >spec.json <<'J'
{
  "id": "agents",
  "times": { "pass": "6 ms", "per_prefill_token": "30 us", "per_decode_sequence": "20 us", "per_context_token": "50 ns", "kv_capacity": "2e6 tokens" },
  "routing": "prefix_aware", "replicas": 2, "duration": "10 min",
  "agents": { "sessions_per_second": 0.5, "turns": { "mean": 8 }, "first_input": { "mean": 1500 }, "added_input": { "mean": 400 },
              "output": { "mean": 150 }, "pause": "4 s", "shared_prefix": 800 }
}
J
value() { awk -v key="\"$1\"" '{ gsub(/,/, "") } $1 == key ":" { print $2; exit }' stdout; }
hits() { awk -v c="$(value input_cached)" -v u="$(value input_uncached)" 'BEGIN { print c / (c + u) }'; }
run serve spec.json --format json; eight=$(hits) memory=$(value kv_use)
run serve spec.json --set agents.turns.mean=2 --format json; two=$(hits)
run serve spec.json --set agents.pause_policy=dropped --format json; dropped=$(hits)
run serve spec.json --set agents.pause_policy=pinned --format json; pinned=$(hits) pinned_memory=$(value kv_use)
holds 'eight > two + 0.1 && dropped < eight - 0.2 && pinned >= eight - 0.01 && pinned_memory > 1.2 * memory' \
  eight="$eight" two="$two" dropped="$dropped" pinned="$pinned" memory="$memory" pinned_memory="$pinned_memory"
