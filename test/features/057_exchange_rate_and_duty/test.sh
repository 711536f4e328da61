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

# The same and more in plan.json, where every sum can be redone by hand.
# 10 bn / (30,000 x 1.25 x rate): 39,800 at 6.7 and 36,529 at 7.3.
run run "$here/plan.json" --out low
run run "$here/plan.json" --set fx.USD=7.3 --out high
low=$(year low 2026 accelerators_delivered) high=$(year high 2026 accelerators_delivered)
near "$low" 39800 0
near "$high" 36529 0
near "$(awk -v a="$low" -v b="$high" 'BEGIN { print a / b }')" "$(awk 'BEGIN { print 7.3 / 6.7 }')" 0.1%

# The dollar moves between order and delivery: the price is paid at 6.7 in February, duty at 6.9 in June, out of what the line left.
run run "$here/plan.json" --set 'fx.USD={"steps": [["2026-01-01", 6.7], ["2026-05-01", 6.9]]}' --set orders.abroad.deliveries='[{"at": "2026-06-01", "count": 1000}]' --out moved
paid() { awk -F, -v a="$1" -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next } $col["account"] == a && $col["book"] == "cash" { s += $col[c] } END { printf "%.2f", s }' moved/ledger.csv; }
near "$(paid paid_equipment amount_base)" "$(awk 'BEGIN { print 1000 * 30e3 * 6.7 }')" 1
near "$(paid paid_duty debit)" "$(awk 'BEGIN { print 1000 * 30e3 * 0.25 }')" 0.01
near "$(paid paid_duty amount_base)" "$(awk 'BEGIN { print 1000 * 30e3 * 0.25 * 6.9 }')" 1
# Duty is part of the cost of the equipment, recoverable tax is not: it is paid and comes back.
near "$(year moved 2026 capex)" "$(awk 'BEGIN { print 1000 * 30e3 * (6.7 + 0.25 * 6.9) }')" 1
near "$(paid paid_vat amount_base)" "$(awk 'BEGIN { print -(1) * '"$(paid received_vat amount_base)"' }')" 1e-6
grep -q ',USD,.*,6.9,' moved/ledger.csv || fail "no flow at the rate of its day"

# A currency without a rate is refused by name.
expect_exit=2 run run "$here/plan.json" --set 'orders.abroad.price=30e3 EUR' --out none
grep -q EUR stderr || fail "the message does not name the currency"
