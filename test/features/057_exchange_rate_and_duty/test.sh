# A yuan budget buys 9 % more units at 6.7 than at 7.3, and 25 % duty takes a fifth of them.
cat > order.json <<'X'
{ "base_currency": "CNY", "fx": { "USD": 7.3 },
  "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-03-01", "count": 100000 }], "price": "25000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "1e9 CNY" }] }
X
run run "$root/test/features/base.json" -f order.json --out dear
run run "$root/test/features/base.json" -f order.json --set fx.USD=6.7 --out cheap
run run "$root/test/features/base.json" -f order.json --set orders.more.duty=0.25 --out duty
[[ $(year dear 2026 accelerators_delivered) == 5479 ]] || fail "7.3: $(year dear 2026 accelerators_delivered)"      # 1e9 / 182,500
[[ $(year cheap 2026 accelerators_delivered) == 5970 ]] || fail "6.7: $(year cheap 2026 accelerators_delivered)"    # 1e9 / 167,500
[[ $(year duty 2026 accelerators_delivered) == 4383 ]] || fail "duty: $(year duty 2026 accelerators_delivered)"     # 1e9 / 228,125
