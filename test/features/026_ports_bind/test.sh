# Network ports are planned capacity and may bind before accelerators do: 64 arrive, 20 ports are free until more are built.
cat >ports.json <<'X'
{ "sites": [{ "id": "dc", "ports": { "steps": [["2026-01-01", 120], ["2026-09-01", 300]] } }],
  "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-06-01", "count": 64 }], "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f ports.json --out result
grep -q '^2026-06-01,racking_stopped,dc,h200_sxm,,more:2026-06-01,44,accelerators,ports' result/events.csv || fail "$(cat result/events.csv)"
# 20 from 2 June, all 64 from 2 September: 213 and 121 of 365 days.
near "$(year result 2026 accelerators_in_service chip=h200_sxm)" "$(awk 'BEGIN { print (20 * 213 + 44 * 121) / 365 }')" 0.01
