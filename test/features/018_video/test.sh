# Video generation: accelerator-seconds of a clip-second by steps and length; attention over all latent tokens makes long clips dear.
cat >plan.json <<'J'
{ "format_version": 1, "name": "clips", "start": "2026-01-01", "end": "2027-01-01", "base_currency": "USD",
  "sites": [{ "id": "dc", "region": "us", "location": "us", "power": "20 MW", "pue": 1.2, "racking_per_week": 7000, "tariff": "0.1 USD/kWh", "carbon": "400 g/kWh" }],
  "fleet": [{ "id": "old", "chip": "h100_sxm", "count": 1024, "site": "dc", "in_service": "2025-01-01", "unit_cost": "36500 USD" }],
  "workloads": [{ "id": "video", "kind": "video", "units_per_second": 2,
    "video_model": { "parameters": 14e9, "layers": 40, "hidden": 5120, "tokens_per_second": 15000, "steps": 30, "guidance": 2, "clip": "5 s", "accelerators": 8 } }],
  "policies": { "reference_chip": "h100_sxm" } }
J
cost() { run run plan.json --set "workloads.video.video_model.steps=$1" --set "workloads.video.video_model.clip=\"$2 s\"" --out "out.$1.$2"
  rows "out.$1.$2/events.csv" kind=layout | tail -n 1 | sed -E 's/.* ([0-9.]+) accelerator-seconds a clip-second.*/\1/'; }
hand() { awk -v steps="$1" -v clip="$2" 'BEGIN { n = 15000 * clip; pass = 2 * 14e9 * n + 4 * 40 * 5120 * n * n
  print steps * 2 * pass * 1.05 / (989.4e12 * 0.4 * 0.93 ^ 3) / clip }'; }
for case in "30 5" "10 5" "30 10"; do
  # shellcheck disable=SC2086
  near "$(cost $case)" "$(hand $case)" 0.5%
done
# The fleet that two clip-seconds a second take, in whole replicas of 8.
used=$(awk -v o="$(year out.10.5 2026 occupancy)" 'BEGIN { print o * 1024 }')
near "$used" "$(awk -v c="$(hand 10 5)" 'BEGIN { print 8 * int(2 * c / 8 + 0.9999) }')" 0.1
