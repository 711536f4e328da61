# Eight orders behind one closed gate fail together, and splitting an order changes no draw of the world: neither the gate nor the price.
head='{ "processes": [{ "id": "licence", "kind": "gate", "lane": "restricted", "regime": "export_licence", "steps": [{ "from": "2026-01-01", "open": false }], "opens_after_days": { "distribution": "uniform", "low": 30, "high": 300 } },
    { "id": "h200", "kind": "price", "mean": "30000 USD", "reversion_per_year": 1, "volatility": 0.5 }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "100e6 USD" }], "orders": ['
order() { echo "{ \"id\": \"o$1\", \"chip\": \"h200_sxm\", \"site\": \"dc\", \"lane\": \"restricted\", \"deliveries\": [{ \"at\": \"2026-03-20\", \"count\": $2 }], \"stages\": { \"production\": \"10 days\" }, \"price\": { \"process\": \"h200\" }, \"budget\": \"chips\" }"; }
{ echo "$head"; order 0 64; echo ']}'; } >one.json
{ echo "$head"; for i in 1 2 3 4 5 6 7; do order $i 8; echo ,; done; order 8 8; echo ']}'; } >eight.json
run run "$root/test/features/base.json" -f one.json --replications 8 --out one
run run "$root/test/features/base.json" -f eight.json --replications 8 --out eight
for r in 1 2 3 4 5 6 7 8; do
  a=$(cell one/yearly.csv value replication=$r metric=accelerators_in_service site=all chip=h200_sxm workload=all)
  b=$(cell eight/yearly.csv value replication=$r metric=accelerators_in_service site=all chip=h200_sxm workload=all)
  [[ $a == "$b" ]] || fail "replication $r: $a against $b"
  paid=$(cell one/yearly.csv value replication=$r metric=capex site=all chip=h200_sxm workload=all)
  near "$(cell eight/yearly.csv value replication=$r metric=capex site=all chip=h200_sxm workload=all)" "$paid" 1e-6%
  echo "$paid" >>prices
  echo "$a"
done | sort -u >values
[[ $(wc -l <values) -ge 6 ]] || fail "the gate is not random: $(cat values)"
[[ $(sort -u prices | wc -l) -ge 6 ]] || fail "the price is not random: $(cat prices)"
