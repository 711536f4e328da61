# A budget line of 2 m USD buys 66 chips of 30,000 USD, in packages of 8: 64. No year is above its line.
cat > order.json <<'X'
{ "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-03-01", "count": 400 }], "package": 8, "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "2e6 USD", "on_exceed": "cut" }] }
X
run run "$root/test/features/base.json" -f order.json --out result
[[ $(year result 2026 accelerators_delivered) == 64 ]] || fail "delivered $(year result 2026 accelerators_delivered)"
grep -q ',order_cut,dc,h200_sxm,,more:2026-03-01,336,' result/events.csv || fail "$(cat result/events.csv)"
holds 'committed <= budget' committed="$(year result 2026 committed)" budget="$(year result 2026 budget)"

# The same and more in plan.json, where every sum can be redone by hand.
run run "$here/plan.json" --out out

near "$(year out 2026 accelerators_delivered chip=h20_96)" 800 0
near "$(year out 2027 accelerators_delivered chip=h20_96)" 400 0
near "$(year out 2026 accelerators_delivered chip=b200_sxm)" 80 0

# used LINE YEAR: what the ledger's commitment book holds as committed, spent or forfeited, in the line's currency
used() { awk -F, -v l="$1" -v y="$2" 'NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next } $col["budget_line"] == l && $col["budget_year"] == y && $col["account"] ~ /^budget_(committed|spent|forfeited)$/ { s += $col["debit"] - $col["credit"] } END { printf "%.2f", s }' out/ledger.csv; }
near "$(used chips 2026)" 100e6 0.01
near "$(used chips 2027)" 50e6 0.01
near "$(used overseas 2026)" 3.2e6 0.01

# On no day of any line and year is more used than was granted and carried over.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
  $col["book"] == "commitment" && $col["account"] == "budget_available" {
    key = $col["budget_line"] " " $col["budget_year"]; left[key] += $col["debit"] - $col["credit"]; day[key] = $col["date"]; lines[key] = 1
    if (left[key] < -1e-6) { print key " is " -left[key] " above its line on " $col["date"]; exit 1 } }
  END { n = 0; for (k in lines) n++; if (n < 3) { print n " lines only"; exit 1 } }' out/ledger.csv || fail "a year is above its line"
# 2026 grants 100.5 M CNY and 3.2 M USD at 7.
near "$(year out 2026 budget)" "$(awk 'BEGIN { print 100.5e6 + 3.2e6 * 7 }')" 1
near "$(year out 2026 committed)" "$(awk 'BEGIN { print 100e6 + 3.2e6 * 7 }')" 1

# Less money never buys more; the other line does not move.
run run "$here/plan.json" --set 'budgets.2026:chips.amount=60.9e6 CNY' --out less
near "$(year less 2026 accelerators_delivered chip=h20_96)" 480 0
near "$(year less 2026 accelerators_delivered chip=b200_sxm)" 80 0
# On a line that defers the order waits for the next year.
run run "$here/plan.json" --set 'budgets.2026:chips.on_exceed=defer' --set 'budgets.2027:chips.on_exceed=defer' --set 'budgets.2026:chips.amount=0 CNY' \
  --set 'budgets.2027:chips.amount=300e6 CNY' --out later
near "$(year later 2026 accelerators_delivered chip=h20_96)" 0 0
near "$(year later 2027 accelerators_delivered chip=h20_96)" 2080 0
