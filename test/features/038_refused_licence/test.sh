# A closed gate stops its own lane only.
cat > order.json <<'X'
{ "orders": [
    { "id": "licensed", "chip": "h200_sxm", "site": "dc", "lane": "restricted", "on_closed": "refuse", "deliveries": [{ "at": "2026-03-01", "count": 64 }], "price": "30000 USD", "budget": "chips" },
    { "id": "free", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-03-01", "count": 32 }], "price": "30000 USD", "budget": "chips" }],
  "processes": [{ "id": "licence", "kind": "gate", "lane": "restricted", "regime": "export_licence", "steps": [{ "from": "2025-01-01", "open": true }, { "from": "2026-02-01", "open": false }] }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f order.json --out result
grep -q ',refused,dc,h200_sxm,,licensed:2026-03-01,64,' result/events.csv || fail "$(cat result/events.csv)"
[[ $(year result 2026 accelerators_delivered chip=h200_sxm) == 32 ]] || fail "the free lane delivered $(year result 2026 accelerators_delivered)"
