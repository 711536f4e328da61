# X megawatts give N chips: 1 MW at PUE 1.25 is 800 kW, 462 accelerators of 1.73 kW.
cat > order.json <<'X'
{ "sites": { "dc": { "power": "1 MW", "pue": 1.25 } },
  "orders": [{ "id": "more", "chip": "h100_sxm", "site": "dc", "deliveries": [{ "at": "2026-01-05", "count": 1000 }], "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "100e6 USD" }] }
X
run run "$root/test/features/base.json" -f order.json --out result
december=$(cell result/timeseries.csv value period_start=2026-12-01 metric=accelerators_in_service site=all chip=all workload=all)
[[ $december == 462 ]] || fail "in service in December: $december"
