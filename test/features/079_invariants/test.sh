# Every run checks its conservation laws and says so, each by name.
run run "$root/test/features/base.json" --out result
grep -q 'equations hold' stdout || fail "$(cat stdout)"
[[ $(jq '[.audit[] | select(.ok)] | length' result/manifest.json) -ge 12 ]] || fail "$(jq .audit result/manifest.json)"
for word in money accelerators hours load cost energy budget; do
  jq -e --arg w "$word" '[.audit[].name | select(startswith($w + ":"))] | length > 0' result/manifest.json >/dev/null || fail "no equation of $word"
done

# The laws once more, from the result files alone.
run run "$here/../039_prepayment_forfeited/plan.json" --out out

names=$(awk '/"audit": \[/ { inside = 1 } inside && /"name"/ { sub(/.*"name": "/, ""); sub(/",?$/, ""); print } inside && /^  \]/ { exit }' out/manifest.json)
for subject in money budget accelerators hours load cost energy; do grep -q "^$subject" <<<"$names" || fail "the audit has no equation of $subject"; done
! awk '/"audit": \[/ { inside = 1 } inside && /"ok": false/ { bad = 1 } inside && /^  \]/ { exit } END { exit !bad }' out/manifest.json || fail "an equation does not hold"

# Money: every book sums to zero in each currency, every transaction too (millionths, so that the sums are exact).
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
  { m = int(($col["debit"] - $col["credit"]) * 100 + (($col["debit"] - $col["credit"]) < 0 ? -0.5 : 0.5)); book[$col["book"] " " $col["currency"]] += m; tx[$col["tx_id"] " " $col["currency"]] += $col["debit"] - $col["credit"] }
  END { for (k in tx) if (tx[k] > 1e-3 || tx[k] < -1e-3) { print "transaction " k ": " tx[k]; exit 1 } }' out/ledger.csv || fail "a transaction does not balance"
[[ $(cut -d, -f5 out/ledger.csv | tail -n +2 | sort -u | tr '\n' ' ') == "accrual cash commitment " ]] || fail "a book is missing"

# Load: demanded = served + late + shed + growth of the backlog.
tokens() { year out 2026 "$1"; }
near "$(tokens tokens_demanded)" "$(awk "BEGIN { printf \"%.17g\", $(tokens tokens_served) + $(tokens tokens_late) + $(tokens tokens_shed) + $(tokens backlog_end) }")" 1e-7%
# Tokens = input (cached included) + output.
near "$(tokens tokens_served)" "$(awk "BEGIN { printf \"%.17g\", $(tokens tokens_served_input) + $(tokens tokens_served_output) }")" 1e-7%
# Chips: 800 stood there, 1,600 arrived, none left; no more are in service than exist.
near "$(tokens accelerators_ordered)" 3200 0
holds 's <= 2400 && s >= 800' s="$(tokens accelerators_in_service)"
holds 'u >= 0 && u <= 1 && o >= u - 1e-9 && o <= 1 + 1e-9' u="$(tokens utilisation)" o="$(tokens occupancy)"
