# The cached share changes the fleet: where half of every prompt is found in the prefix cache the same load takes fewer accelerators; with prompts in a pool of their own it is prompts that take fewer, and decodes as many.
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

# Prompts in a pool of their own: decodes where memory is large and fast, prompts where arithmetic is. The fleet balances the sides, and
# a higher cached share takes accelerators from the prompts alone.
cat >pools.json <<'J'
{ "fleet": [{ "id": "old", "chip": "h800_sxm", "count": 128 },
            { "id": "slow", "chip": "h20_96", "count": 256, "site": "dc", "in_service": "2025-01-01", "unit_cost": "15000 USD" }],
  "workloads": [{ "id": "chat", "chips": ["h20_96"], "plan": { "tp": 4 }, "tokens_per_day": 8e9,
                  "prefill": { "chips": ["h800_sxm"], "plan": { "tp": 4 } }, "transfer_bandwidth": "50 GB/s", "transfer_latency": "2 ms" }] }
J
split() { run run "$plan" -f pools.json --set "workloads.chat.lengths=$(lengths "$2" | sed 's/"sd": 1500/"sd": 150/')" "${@:3}" --out "$1"; }
held() { year "$1" 2026 occupancy chip="$2"; }
split none 0
split most 1350
near "$(held most h20_96)" "$(held none h20_96)" 15%
holds 'cached < 0.5 * all' cached="$(held most h800_sxm)" all="$(held none h800_sxm)"
holds 'met > 0.95' met="$(year most 2026 slo_attainment)"
# Tokens are counted once, where they are decoded.
near "$(year none 2026 tokens_served chip=h20_96)" "$(year none 2026 tokens_served)" 1e-9
# The pair has one waterfall, on the chip of the decodes, over the accelerators of both: its peak is the mean of 148 and
# 989 TFLOP/s by what is held, over 2 x 70.6e9 operations.
peak=$(cell none/derating.csv rate step=peak chip=h20_96)
near "$peak" "$(awk -v p="$(held none h800_sxm)" -v d="$(held none h20_96)" 'BEGIN { a = 128 * p; b = 256 * d; print (a * 989.4 + b * 148) / (a + b) * 1e12 / 141.2e9 }')" 3%
holds 'useful > 0 && useful < peak' peak="$peak" useful="$(cell none/derating.csv rate step=idle chip=h20_96)"
[[ $(rows none/derating.csv chip=h800_sxm | wc -l) == 1 ]] || fail "half of a pair has a waterfall of its own"
run explain 'tokens_served(chip=h20_96)' none --at year=2026
grep -q 'per accelerator of both sides, prompts on h800_sxm' stdout || fail "explain does not say whose accelerators these are"
# A link that takes a quarter of a second for each cache needs many more groups of prompts.
split slow 1350 --set 'workloads.chat.transfer_bandwidth=2 GB/s'
holds 'slow > 1.5 * fast' slow="$(held slow h800_sxm)" fast="$(held most h800_sxm)"
for result in none most slow; do jq -e '[.audit[] | .ok] | all' $result/manifest.json >/dev/null || fail "audit of $result"; done
