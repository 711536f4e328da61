# A CSV file of deliveries replaces the list and gives the same bytes; so does a CSV file of demand.
run new --out plan.json
run run plan.json --out listed

cat > deliveries.csv <<'CSV'
order,at,count
growth,2026-09-01,512
other,2026-10-01,8
growth,2027-04-01,512
CSV
cat > overlay.json <<'JSON'
{"orders": {"growth": {"deliveries": {"csv": "deliveries.csv", "where": {"order": "growth"}}}}}
JSON
run run plan.json -f overlay.json --out from_csv
for file in yearly.csv timeseries.csv ledger.csv events.csv; do
  cmp "listed/$file" "from_csv/$file" || fail "$file differs"
done

printf 'day,chat\n2026-01-01,1.2e10\n2027-01-01,4e10\n' > demand.csv
cat > demand.json <<'JSON'
{"workloads": {"chat": {"tokens_per_day": {"points": null, "csv": "demand.csv", "date": "day", "column": "chat"}}}}
JSON
run run plan.json -f demand.json --out demand
for file in yearly.csv timeseries.csv ledger.csv events.csv; do
  cmp "listed/$file" "demand/$file" || fail "$file differs"
done

# Two more deliveries are no longer the same plan.
printf 'growth,2027-10-01,8\n' >> deliveries.csv
run run plan.json -f overlay.json --out more
! cmp -s listed/yearly.csv more/yearly.csv || fail "a further delivery changed nothing"

# The fiscal year moves budget lines, and money is reported in the base currency.
expect_exit=2 run validate plan.json --set fiscal_year_start=4
grep -q 'no budget line for "accelerators" in 2025' stdout || fail "the fiscal year 2025 is not asked for: $(cat stdout)"
expect_exit=2 run validate plan.json --set base_currency=CNY
grep -q 'no rate for it; expected "fx": {"USD": ...}' stdout || fail "no rate is asked for: $(cat stdout)"
run validate plan.json --set base_currency=CNY --set fx.USD=7.1

# Every key is in the reference.
run show --keys
for key in deliveries fiscal_year_start tokens_per_day; do grep -qF "| \`$key\` |" stdout || fail "no $key in the key reference"; done
