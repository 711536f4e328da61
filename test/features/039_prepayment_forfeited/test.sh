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
