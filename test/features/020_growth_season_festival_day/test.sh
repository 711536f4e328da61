# x4 festival night on a four-year curve: the festival day carries four times the day before and growth goes on beneath it.
cat > shape.json <<'X'
{ "end": "2030-01-01", "workloads": { "chat": {
    "tokens_per_day": { "start": "1000 tokens/s", "from": "2026-01-01", "factor_per_year": 1.5 },
    "shape": { "festivals": [{ "id": "gala", "from": "2026-06-15", "days": 1, "factor": 4 }], "weekly": [1, 1, 1, 1, 1, 1, 1] } } } }
X
run run "$root/test/features/base.json" -f shape.json --out result
# June 2026 has 30 days, one of them four times as heavy: (29 + 4) / 30 of June's plain mean; May and July have none.
june=$(cell result/timeseries.csv value period_start=2026-06-01 metric=tokens_demanded site=all chip=all workload=all)
july=$(cell result/timeseries.csv value period_start=2026-07-01 metric=tokens_demanded site=all chip=all workload=all)
near "$(awk "BEGIN { print $june / 30 / ($july / 31) }")" "$(awk 'BEGIN { print 33 / 30 / 1.5 ^ (30.5 / 365.25) }')" 0.2%
near "$(awk "BEGIN { print $(year result 2029 tokens_demanded) / $(year result 2028 tokens_demanded) }")" 1.4959 0.5%
