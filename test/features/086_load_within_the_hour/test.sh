# Load moves within the hour and a backlog outlives it: read with hourly means a fleet looks large enough, and it is not.
plan=$root/test/features/service.json
ask() { run run "$plan" --set orders=[] --set end=2026-02-01 --set "workloads.chat.tokens_per_day=$1" --set "workloads.chat.within_hour_variation=$2" --out "$3"; }
# The largest load that hourly means allow, with 2 % to spare.
ask 5e9 0 low
steady=$(awk -v h="$(year low 2026 headroom)" 'BEGIN { printf "%.0f", 5e9 * (1 + h) * 0.98 }')
ask "$steady" 0 means; ask "$steady" 0.2 minutes
holds 'a >= 0.95 && missed == 0' a="$(year means 2026 slo_attainment)" missed="$(year means 2026 hours_below_target)"
holds 'a < 0.95 && missed == 744' a="$(year minutes 2026 slo_attainment)" missed="$(year minutes 2026 hours_below_target)"
holds 'm > 1.5 * s' m="$(year minutes 2026 ttft_p95)" s="$(year means 2026 ttft_p95)"
# The fleet knows it beforehand: its headroom is that much smaller.
holds 'm < 0' m="$(year minutes 2026 headroom)"
# An hour of twice the load leaves a backlog, which the next hour serves late: nothing is lost over the edge.
run run "$plan" --set orders=[] --set end=2026-01-02 --set workloads.chat.tokens_per_day=5e9 --set 'workloads.chat.slo.patience="2 h"' \
  --set 'workloads.chat.shape={"hourly": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4]}' --out last
run run "$plan" --set orders=[] --set end=2026-01-02 --set workloads.chat.tokens_per_day=5e9 --set 'workloads.chat.slo.patience="2 h"' \
  --set 'workloads.chat.shape={"hourly": [1,1,1,1,1,1,1,1,1,1,4,1,1,1,1,1,1,1,1,1,1,1,1,1]}' --out noon
holds 'b > 0' b="$(year last 2026 backlog_end)"
holds 'b == 0 && l > 0' b="$(year noon 2026 backlog_end)" l="$(year noon 2026 tokens_late)"
holds 'l > f' l="$(year noon 2026 tokens_late)" f="$(year last 2026 tokens_late)"
