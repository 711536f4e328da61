# A slip of two quarters moves the order that slips and no other.
cat > order.json <<'X'
{ "orders": [
    { "id": "first", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-03-01", "count": 64 }], "price": "30000 USD", "budget": "chips" },
    { "id": "second", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-04-01", "count": 32 }], "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f order.json --out plain
run run "$root/test/features/base.json" -f order.json --set "orders.first.slip=2 quarters" --out slipped
grep -q '^2026-03-01,delivered,.*first:2026-03-01,64,' plain/events.csv || fail "plain: $(cat plain/events.csv)"
grep -q '^2026-09-01,delivered,.*first:2026-03-01,64,' slipped/events.csv || fail "slipped: $(cat slipped/events.csv)"
grep -h 'second:' plain/events.csv >a; grep -h 'second:' slipped/events.csv >b
cmp a b || fail "the slip moved another order"
