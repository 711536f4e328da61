# Four years run through, every day's events in order of time, phase and sequence; the run says how far it went.
run run "$root/test/features/base.json" --set end=2030-01-01 --out result
[[ $(year result 2029 tokens_served) == 157680000000 ]] || fail "the fourth year serves $(year result 2029 tokens_served)"
[[ $(rows result/yearly.csv metric=energy site=all chip=all workload=all | wc -l) == 5 ]] || fail "not four years"
# The summary of a plan of any size fits a terminal of 100 columns.
run run "$root/scenarios/bytedance-2025-2028.json"
! LC_ALL=C grep -E '^.{101,}' stdout || fail "lines of more than 100 columns"
