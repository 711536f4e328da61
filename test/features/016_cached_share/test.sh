# The cached share changes the fleet: where half of every prompt is found in the prefix cache the same load takes fewer accelerators.
plan=$root/test/features/service.json
lengths() { echo "{\"shared_prefix\": $1, \"input\": {\"law\": \"lognormal\", \"mean\": $((1500 - $1)), \"sd\": 1500, \"most\": 30000}, \"output\": {\"law\": \"lognormal\", \"mean\": 500, \"sd\": 300, \"most\": 4000}}"; }
for prefix in 0 750 1350; do run run "$plan" --set "workloads.chat.lengths=$(lengths $prefix)" --out "prefix.$prefix"; done
none=$(year prefix.0 2026 occupancy); half=$(year prefix.750 2026 occupancy); most=$(year prefix.1350 2026 occupancy)
holds 'half < 0.95 * none && most < half' none="$none" half="$half" most="$most"
# Tokens of the cache are told apart, and they cost nothing of their own.
near "$(year prefix.750 2026 tokens_served_cached)" "$(awk -v t="$(year prefix.750 2026 tokens_served_input)" 'BEGIN { print t }')" 1%
holds 'c == 0' c="$(year prefix.750 2026 cost_per_mtok_cached workload=chat)"
# With the table model the share is a number of the scenario, with the same effect.
for share in 0 0.5; do
  run run "$plan" --set workloads.chat.tokens_per_day=20e9 --set workloads.chat.performance_model=table --set workloads.chat.lengths=null --set workloads.chat.output_share=0.25 --set "workloads.chat.cached_share=$share" --out "table.$share"
done
holds 'half < 0.9 * none' none="$(year table.0 2026 occupancy)" half="$(year table.0.5 2026 occupancy)"
