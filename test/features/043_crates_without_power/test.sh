# Chips wait in crates where there are no megawatts, and go into service when the megawatts come.
cat > order.json <<'X'
{ "sites": { "dc": { "power": { "steps": [["2026-01-01", "249.12 kW"], ["2026-07-01", "10 MW"]] } } },
  "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-03-01", "count": 64 }], "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f order.json --out result
# 249.12 kW / 1.2 = 207.6 kW = 120 x 1.73 kW: 20 of the 64 fit beside the 100 that are there.
grep -q '^2026-03-01,racking_stopped,dc,h200_sxm,,more:2026-03-01,44,accelerators,power' result/events.csv || fail "$(cat result/events.csv)"
in_june=$(cell result/timeseries.csv value period_start=2026-06-01 metric=accelerators_in_service site=all chip=h200_sxm workload=all)
in_august=$(cell result/timeseries.csv value period_start=2026-08-01 metric=accelerators_in_service site=all chip=h200_sxm workload=all)
[[ $in_june == 20 && $in_august == 64 ]] || fail "in service: June $in_june, August $in_august"
