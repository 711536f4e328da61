# Load scaled by 1 + headroom just holds, by 1 % more does not.
run run "$root/test/features/base.json" --out result
room=$(year result 2026 headroom workload=chat)
near "$room" 1 0.001
scaled() { awk "BEGIN { printf \"%.6f tokens/s\", 5000 * (1 + $room) * $1 }"; }
run run "$root/test/features/base.json" --set "workloads.chat.tokens_per_day=$(scaled 1)" --out just
run run "$root/test/features/base.json" --set "workloads.chat.tokens_per_day=$(scaled 1.01)" --out over
[[ $(year just 2026 tokens_shed) == 0 ]] || fail "shed $(year just 2026 tokens_shed) at the limit"
holds 'shed > 0' shed="$(year over 2026 tokens_shed)"
