# Load scaled by 1 + headroom just holds, by 1 % more does not.
run run "$root/test/features/base.json" --out result
room=$(year result 2026 headroom workload=chat)
near "$room" 1 0.001
scaled() { awk "BEGIN { printf \"%.6f tokens/s\", 5000 * (1 + $room) * $1 }"; }
run run "$root/test/features/base.json" --set "workloads.chat.tokens_per_day=$(scaled 1)" --out just
run run "$root/test/features/base.json" --set "workloads.chat.tokens_per_day=$(scaled 1.01)" --out over
[[ $(year just 2026 tokens_shed) == 0 ]] || fail "shed $(year just 2026 tokens_shed) at the limit"
holds 'shed > 0' shed="$(year over 2026 tokens_shed)"
# What the plan holds above its forecast, by policy. Chat needs 50 of 100 accelerators; what else is held idles, and is paid for.
held() { run run "$root/test/features/base.json" "${@:2}" --out "$1"; awk -v o="$(year "$1" 2026 occupancy)" 'BEGIN { printf "%.6f", o * 100 }'; }
near "$(held none)" 50 1e-6
near "$(held share --set policies.headroom_share=0.1)" 55 1e-6
near "$(held spare --set 'policies.headroom={"policy":"n_plus","replicas":5}')" 55 1e-6
# One of the replicas of four may fail: 14 of them, of which 13 carry 50.
near "$(held four --set 'policies.headroom={"policy":"n_plus"}' \
  --set 'workloads.chat.model=[{"architecture":"m","rates":[{"chip":"h100_sxm","prefill":"100 tokens/s","decode":"100 tokens/s","replica":4}]}]')" 56 1e-6
# 95 % of what the load may be in four weeks, by an error of 20 % that forgets at 1 a year, and within the hour by 10 %.
error='processes=[{"id":"e","kind":"demand_error","target":"chat","sd":0.2,"reversion_per_year":1}]'
wanted=$(awk 'BEGIN { f = exp(1.6448536269514722 * sqrt(0.04 * (1 - exp(-2 * 29 / 365.25)) + log(1.01))); n = 50 * f; print (n == int(n)) ? n : int(n) + 1 }')
near "$(held percentile --set "$error" --set workloads.chat.within_hour_variation=0.1 --set 'policies.headroom={"policy":"percentile","percentile":0.95,"ahead":"28 days"}')" "$wanted" 1e-6
# The forecast of the coming eight weeks, of a load that doubles in a year: 2 ^ (56 / 365) more; a festival is prepared for ten days.
growth='workloads.chat.tokens_per_day={"start":"4000 tokens/s","factor_per_year":2}'
near "$(awk -v a="$(held ahead --set "$growth" --set 'policies.headroom={"policy":"forecast","ahead":"8 weeks"}')" -v b="$(held today --set "$growth")" 'BEGIN { print a / b }')" 1.112 0.01
festival='workloads.chat.shape={"festivals":[{"id":"f","from":"2026-06-15","days":1,"factor":1.8}]}'
near "$(awk -v a="$(held prepared --set "$festival" --set 'policies.headroom={"policy":"forecast","ahead":"10 days"}')" -v b="$(held unprepared --set "$festival")" 'BEGIN { print (a - b) * 365 }')" 400 1
cost() { year "$1" 2026 cost_per_mtok workload=chat; }
near "$(awk -v a="$(cost spare)" -v b="$(cost none)" 'BEGIN { print a / b }')" 1.09 0.02      # a tenth more held, and idle power is less than full
for result in spare percentile ahead; do jq -e '[.audit[] | .ok] | all' $result/manifest.json >/dev/null || fail "audit of $result"; done
expect_exit=2 run run "$root/test/features/base.json" --set policies.headroom_share=0.1 --set 'policies.headroom={"policy":"n_plus"}' --out both
grep -q 'two rules of headroom' stderr || fail "$(cat stderr)"
