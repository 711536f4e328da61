# A budget line of 2 m USD buys 66 chips of 30,000 USD, in packages of 8: 64. No year is above its line.
cat > order.json <<'X'
{ "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-03-01", "count": 400 }], "package": 8, "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "2e6 USD", "on_exceed": "cut" }] }
X
run run "$root/test/features/base.json" -f order.json --out result
[[ $(year result 2026 accelerators_delivered) == 64 ]] || fail "delivered $(year result 2026 accelerators_delivered)"
grep -q ',order_cut,dc,h200_sxm,,more:2026-03-01,336,' result/events.csv || fail "$(cat result/events.csv)"
holds 'committed <= budget' committed="$(year result 2026 committed)" budget="$(year result 2026 budget)"
