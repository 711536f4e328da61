# A performance model is swapped by name, for a workload or for one chip, and nothing is built again; every result says what it rests on.
plan=$root/test/features/service.json
run run "$plan" --out analytic
run run "$plan" --set workloads.chat.performance_model=table --out table
grade() { cell "$1/yearly.csv" grade metric=tokens_served site=all chip="$2" workload=all replication=central; }
[[ $(grade table all) == measured ]] || fail "rates that were measured: $(grade table all)"
[[ $(grade analytic all) == extrapolated ]] || fail "a fitted law beyond its points: $(grade analytic all)"
# Half the rates hold twice the accelerators under the table and none more under the iteration model, which does not read them.
half='workloads.chat.rates=[{"chip":"h100_sxm","prefill":"3000 tokens/s","decode":"450 tokens/s","replica":8,"grade":"measured","source":"made up for the test","as_of":"2026-01","status":"measured"},{"chip":"h200_sxm","prefill":"3000 tokens/s","decode":"650 tokens/s","replica":8,"grade":"measured","source":"made up for the test","as_of":"2026-01","status":"measured"}]'
run run "$plan" --set "$half" --out analytic_half
run run "$plan" --set "$half" --set workloads.chat.performance_model=table --out table_half
holds 'a == b' a="$(year analytic 2026 utilisation)" b="$(year analytic_half 2026 utilisation)"
holds 'b > 1.5 * a' a="$(year table 2026 utilisation)" b="$(year table_half 2026 utilisation)"
# The table knows no latency, the iteration model does.
[[ -n $(year analytic 2026 ttft_p95 workload=chat) ]] || fail "no TTFT from the iteration model"
grep -q ',ttft_p95,' table/yearly.csv && fail "a TTFT from a table of rates"
# One chip by its rates, the other by the iteration model.
run run "$plan" --set 'workloads.chat.on_chips=[{"chip": "h200_sxm", "performance_model": "table"}]' --out mixed
[[ $(grade mixed h200_sxm) == measured && $(grade mixed h100_sxm) == extrapolated ]] || fail "grades $(grade mixed h200_sxm), $(grade mixed h100_sxm)"
# A name that is none is refused with the nearest one.
expect_exit=2 run run "$plan" --set workloads.chat.performance_model=analytical --out none
grep -q 'performance_model: .*"analytic"' stderr || fail "$(cat stderr)"
