# A prepayment behind a closed border is forfeited: the cash stays out and stands in the ledger as a loss.
cat > order.json <<'X'
{ "orders": [{ "id": "prepaid", "chip": "h200_sxm", "site": "dc", "lane": "restricted", "on_closed": "forfeit", "refundable_share": 0, "ordered": "2026-01-05",
    "deliveries": [{ "at": "2026-03-01", "count": 100 }], "price": "20000 USD", "payments": [{ "at": "ordered", "share": 1 }], "budget": "chips" }],
  "processes": [{ "id": "customs", "kind": "gate", "lane": "restricted", "regime": "import_clearance", "steps": [{ "from": "2026-01-01", "open": false }] }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f order.json --out result
[[ $(year result 2026 forfeited) == 2000000 ]] || fail "forfeited $(year result 2026 forfeited)"
[[ $(year result 2026 prepaid) == 2000000 ]] || fail "prepaid $(year result 2026 prepaid)"
grep -q ',accrual,forfeited_deposits,2000000,,USD,' result/ledger.csv || fail "no loss in the ledger: $(grep forfeit result/ledger.csv)"
[[ $(year result 2026 accelerators_delivered) == 0 ]] || fail "something was delivered"

# The same and more in plan.json, where every sum can be redone by hand.
run run "$here/plan.json" --out out

# sum ACCOUNT COLUMN [COHORT]: of ledger.csv
sum() { awk -F, -v a="$1" -v c="$2" -v o="${3:-}" 'NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next } $col["account"] == a && (o == "" || index($col["cohort"], o) == 1) { s += $col[c] } END { printf "%.2f", s }' out/ledger.csv; }

# 160 M prepaid for the forfeited order and 80 M for the refused one; 160 M and 20 M are lost, 60 M come back.
near "$(year out 2026 prepaid)" 240e6 1
near "$(year out 2026 forfeited)" 180e6 1
near "$(sum forfeited_deposits debit)" 180e6 1
near "$(sum forfeited_deposits debit forfeited)" 160e6 1
near "$(sum received_refund credit)" 60e6 1
near "$(sum received_refund credit refused)" 60e6 1
near "$(sum supplier_prepayments amount_base)" 0 1e-6

# What is lost stays consumed, the unpaid half comes back: the order after it is cut to 200 boxes of 8.
near "$(sum budget_forfeited amount_base)" 180e6 1
near "$(year out 2026 accelerators_delivered)" 1600 0
near "$(sum budget_committed amount_base)" 0 1e-6
near "$(sum budget_spent amount_base)" 320e6 1
near "$(sum budget_available amount_base)" 0 1e-6

# For equipment the bank pays what was prepaid and what arrived, and gets the refund.
near "$(sum paid_equipment debit)" "$(awk 'BEGIN { print 240e6 + 320e6 }')" 1
