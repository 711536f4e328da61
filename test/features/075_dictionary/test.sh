# Tidy tables: every column of every file is described in the data dictionary, every metric is in it or named as absent.
run run "$here/../052_budget_is_a_limit/plan.json" --out out

# described FILE COLUMN [FOLDER]: the data dictionary has a field of that name with a type and a description under that file
described() {
  awk -v file="\"path\": \"$1\"" -v field="\"name\": \"$2\"" '
    /"path": / { inside = index($0, file) > 0 } !inside { next }
    index($0, field) { found = 1; next }
    found == 1 && /"type": "[a-z]+"/ { found = 2; next }
    found == 2 && /"description": "....*"/ { found = 3; exit }
    found == 2 || found == 1 { if (/"name": /) found = 0 }
    END { exit found != 3 }' "${3:-out}/datapackage.json" || fail "$1: column $2 is not described"
}
for file in yearly.csv timeseries.csv ledger.csv events.csv derating.csv; do
  [[ -s out/$file ]] || fail "$file is missing"
  IFS=, read -r -a columns < "out/$file"
  for column in "${columns[@]}"; do described "$file" "$column"; done
  # Tidy: one header, as many fields in every row (no quoted commas in this run), LF, no byte order mark.
  awk -F, 'NR == 1 { n = NF } NF != n { print FILENAME ":" NR ": " NF " fields, not " n; exit 1 }' "out/$file" || fail "$file is ragged"
  ! grep -q $'\r' "out/$file" || fail "$file has carriage returns"
  [[ $(head -c 3 "out/$file") != $'\xEF\xBB\xBF' ]] || fail "$file begins with a byte order mark"
done

# Every metric of the tables is in the dictionary with unit and definition, or named as absent in the manifest.
cut -d, -f8 out/yearly.csv | tail -n +2 | sort -u > metrics
[[ $(wc -l < metrics) -ge 40 ]] || fail "only $(wc -l < metrics) metrics"
while read -r metric; do grep -q "\"name\": \"$metric\"" out/datapackage.json || fail "$metric is not in the dictionary"; done < metrics
for metric in budget committed cash_out headroom slo_attainment tokens_served_cached cost_per_mtok mfu queue_wait_p95; do
  grep -qx "$metric" metrics || grep -q "\"$metric\"" out/manifest.json || fail "$metric is neither in yearly.csv nor named as absent"
done
# For every metric and period there is one row of all sites, chips and workloads.
awk -F, 'NR == 1 { next } { k = $3 " " $8; seen[k] = 1 } $5 == "all" && $6 == "all" && $7 == "all" { n[k]++ } END { for (k in seen) if (n[k] != 1) { print k ": " n[k]+0; exit 1 } }' out/yearly.csv ||
  fail "a metric lacks its row of all, or has two"
if command -v sqlite3 >/dev/null; then
  [[ $(sqlite3 :memory: -cmd '.mode csv' -cmd '.import out/yearly.csv t' "select count(*) from t where metric = 'budget' and site = 'all'") == 2 ]] || fail "SQLite does not read yearly.csv"
fi

# A sweep has tables of its own: its points with their axes and kept metrics, and the rows of all its points.
printf '{ "name": "budgets", "base": "%s", "axes": [{ "id": "budget", "set": "budgets.2026:chips.amount", "values": ["50e6 CNY", "100.5e6 CNY"] }], "keep": ["committed", "cash_out"] }' \
  "$here/../052_budget_is_a_limit/plan.json" > plan.json
run sweep plan.json --out swept
for file in points.csv yearly.csv; do
  IFS=, read -r -a columns < "swept/$file"
  for column in "${columns[@]}"; do described "$file" "$column" swept; done
done
[[ $(head -n 1 swept/points.csv) == point,budget,status,message,outside_validated_range,committed,cash_out ]] || fail "columns of the points: $(head -n 1 swept/points.csv)"
