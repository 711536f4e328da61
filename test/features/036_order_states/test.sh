# An order walks through dated states, and the counts of accelerators conserve over them.
cat > order.json <<'X'
{ "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-06-01", "count": 64 }], "package": 8,
    "stages": { "licence": "4 weeks", "production": "8 weeks", "transit": "2 weeks", "customs": "1 week" }, "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f order.json --out result
# 15 weeks before 1 June is 16 February; the crew racks within a day, and the day after the accelerators serve.
grep -q '^2026-02-16,order_signed,dc,h200_sxm,,more:2026-06-01,64,' result/events.csv || fail "$(cat result/events.csv)"
grep -q '^2026-06-01,delivered,dc,h200_sxm,,more:2026-06-01,64,' result/events.csv || fail "$(cat result/events.csv)"
[[ $(year result 2026 accelerators_ordered chip=h200_sxm) == 64 && $(year result 2026 accelerators_delivered chip=h200_sxm) == 64 ]] || fail "counts"
# In service from 2 June: 213 of 365 days.
near "$(year result 2026 accelerators_in_service chip=h200_sxm)" "$(awk 'BEGIN { print 64 * 213 / 365 }')" 0.001
jq -e '.audit[] | select(.name == "accelerators: every one is in one state") | .ok' result/manifest.json >/dev/null || fail "no audit of states"
