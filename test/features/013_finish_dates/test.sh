# When will it be done? A pretraining run of 10,000 accelerators, two interruptions a day drawn in each world: the day of its end has
# P10, P50, P80 and P90, beside the mean that the closed form of checkpoints and restarts gives (Daly 2006, eq. 9).
cat >plan.json <<'X'
{ "format_version": 1, "name": "pretrain", "start": "2026-01-01", "end": "2026-12-01", "base_currency": "USD",
  "sites": [{ "id": "dc", "region": "us", "location": "us", "power": "60 MW", "pue": 1.2, "racking_per_week": 7000, "tariff": "0.1 USD/kWh", "carbon": "400 g/kWh", "availability": 1 }],
  "fleet": [{ "id": "old", "chip": "h100_sxm", "count": 10240, "site": "dc", "in_service": "2025-01-01" }], "orders": [],
  "workloads": [{ "id": "pretrain", "kind": "training", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }],
    "runs": [{ "id": "big", "start": "2026-02-01", "accelerators": 10000, "chips": ["h100_sxm"], "ideal_duration": "120 days",
      "interruptions_per_million_accelerator_hours": 8.3333333333, "checkpoint_interval": "2 h", "checkpoint_write": "2 min", "restart": "90 min" },
      { "id": "never", "start": "2026-11-01", "accelerators": 240, "chips": ["h100_sxm"], "ideal_duration": "60 days" }] }],
  "policies": { "reference_chip": "h100_sxm" } }
X
run run plan.json --replications 40 --jobs 2 --out result
# A segment of t = 2 h and its write of w is repeated until it passes: E = e^(l u) (e^(l (t + w)) - 1) / l, u = 1.5 h, l = 2 a day.
days=$(awk 'BEGIN { l = 2 / 24; t = 2; w = 2 / 60; E = exp(l * 1.5) * (exp(l * (t + w)) - 1) / l; print 120 * E / t }')
big() { cell result/finishes.csv "$1" run=big; }
day() { echo $(($(date -u -d "$1" +%s) / 86400)); }
since() { echo $(($(day "$1") - $(day 2026-02-01))); }
near "$(big mean_days)" "$days" 1%                              # about 1,450 restarts and repeated segments in 40 worlds
near "$(since "$(big central)")" "$days" 1
[[ $(big worlds) == 40 && $(big finished) == 40 ]] || fail "$(cat result/finishes.csv)"
holds 'a < b && b < c && c <= d' a="$(day "$(big p10)")" b="$(day "$(big p50)")" c="$(day "$(big p80)")" d="$(day "$(big p90)")"
# Each of about 290 interruptions costs 2.5 h on average, and varies by an hour or two: the standard deviation is near 2 days.
holds 'width > 3 && width < 9' width="$(($(day "$(big p90)") - $(day "$(big p10)")))"
near "$(since "$(big p50)")" "$days" 2
grep -q "pretrain/big .*$(big p10) *$(big p50) *$(big p80) *$(big p90)" stdout || fail "$(cat stdout)"
# A run that no world sees the end of has no date, and says so.
[[ -z $(cell result/finishes.csv p10 run=never) && $(cell result/finishes.csv finished run=never) == 0 ]] || fail "$(cat result/finishes.csv)"
grep -q 'pretrain/never .*later' stdout || fail "$(cat stdout)"
jq -e '.resources[] | select(.path == "finishes.csv") | .schema.fields[] | select(.name == "p80")' result/datapackage.json >/dev/null || fail "dictionary"
# Half the interruptions, an earlier end in every world and with less doubt.
run run plan.json --replications 40 --jobs 2 --set workloads.pretrain.runs.big.interruptions_per_million_accelerator_hours=4.1666666667 --out calmer
holds 'calm < base' calm="$(cell calmer/finishes.csv mean_days run=big)" base="$(big mean_days)"
run run plan.json --out alone
[[ ! -e alone/finishes.csv ]] || fail "a distribution without worlds"
