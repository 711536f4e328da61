# Idle and busy watts differ: 256 H100 of 1.73 kW all-in [SemiAnalysis InferenceX] behind a PUE of 1.3, idle at 0.35 of it (assumed).
cat >plan.json <<'JSON'
{"format_version": 1, "name": "load", "start": "2026-01-01", "end": "2027-01-01", "base_currency": "USD",
 "sites": [{"id": "main", "region": "home", "location": "us", "power": "5 MW", "pue": 1.3, "racking_per_week": 256,
            "tariff": "0.08 USD/kWh", "carbon": "380 g/kWh"}],
 "fleet": [{"id": "first", "chip": "h100_sxm", "count": 256, "site": "main", "in_service": "2025-06-01", "unit_cost": "45000 USD"}],
 "workloads": [{"id": "chat", "kind": "serving", "tier": 1, "model": "deepseek-v3", "tokens_per_day": 1, "output_share": 0.25,
   "cached_share": 0.4, "slo": {"ttft_p95": "2 s", "tpot_p95": "50 ms", "held_by_rates": true},
   "rates": [{"chip": "h100_sxm", "prefill": "6000 tokens/s", "decode": "1200 tokens/s", "replica": 16, "grade": "assumed"}]}],
 "policies": {"reference_chip": "h100_sxm"}}
JSON
run run plan.json --out idle
run run plan.json --set workloads.chat.tokens_per_day=1e10 --out half
run run plan.json --set workloads.chat.tokens_per_day=1e12 --out busy
idle=$(year idle 2026 power_mean); half=$(year half 2026 power_mean); busy=$(year busy 2026 power_mean)
near "$idle" "$(awk 'BEGIN { print 256 * 1730e-6 * 0.35 * 1.3 }')" 0.1%
near "$busy" "$(awk 'BEGIN { print 256 * 1730e-6 * 1.3 }')" 0.1%
# In between the draw is a straight line in the utilisation.
utilisation=$(year half 2026 utilisation)
holds 'u > 0.05 && u < 0.95' "u=$utilisation"
near "$half" "$(awk -v u="$utilisation" 'BEGIN { print 256 * 1730e-6 * 1.3 * (0.35 + 0.65 * u) }')" 0.1%
# The model says what it is and what it cannot do.
run catalog models linear
grep -q "idle to all-in power in a straight line" stdout || fail "the power model does not describe itself"
