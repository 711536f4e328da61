# One run yields an order date and a p95 TTFT: the order is placed in months, requests wait seconds, and what arrives ends the waiting.
plan=$root/test/features/service.json
run run "$plan" --out result
ordered=$(rows result/events.csv kind=order_signed | tail -n 1 | cut -d, -f1)
[[ $ordered == 2026-04-15 ]] || fail "ordered on $ordered; 11 weeks before 1 July is 15 April"
month() { cell result/timeseries.csv value period_start="$1" metric="$2" workload=chat site=all chip=all replication=central; }
before=$(month 2026-06-01 ttft_p95); after=$(month 2026-09-01 ttft_p95)
holds 'b > 0.05 && b < 2 && a > 0.05 && a < 2' b="$before" a="$after"
# Without the order the same service misses its targets late in the year, and says when for the first time.
run run "$plan" --set orders=[] --set workloads.chat.tokens_per_day=60e9 --out without
rows without/events.csv kind=first_miss | grep -q '^2026-01-01,first_miss,' || fail "no first miss on the first day of a load ten times as large"
holds 't > 100' t="$(year without 2026 ttft_p95 workload=chat)"
# Load is conserved: what arrived was on time, late, shed, or waits at the end.
near "$(year without 2026 tokens_demanded)" "$(awk -v a="$(year without 2026 tokens_served)" -v b="$(year without 2026 tokens_late)" -v c="$(year without 2026 tokens_shed)" -v d="$(year without 2026 backlog_end)" 'BEGIN { printf "%.17g", a + b + c + d }')" 0.000001%
