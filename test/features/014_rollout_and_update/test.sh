# RL post-training: tokens are generated on one chip and learnt from on another. A step of 64e6 tokens takes 64 H20 1,000 s to
# generate and 16 H100 500 s to learn, and 20 s to bring the weights over.
cat >plan.json <<'X'
{ "fleet": [{ "id": "inference", "chip": "h20_96", "count": 64, "site": "dc", "in_service": "2025-01-01" }],
  "workloads": [{ "id": "rl", "kind": "training", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }],
    "runs": [{ "id": "r", "start": "2026-02-01", "accelerators": 16, "chips": ["h100_sxm"],
      "rollout": { "chip": "h20_96", "accelerators": 64, "generates": "1000 tokens/s", "learns": "8000 tokens/s", "tokens_per_step": "64e6 tokens", "steps": 2000, "weight_transfer": "20 s" } }] }] }
X
run run "$root/test/features/base.json" -f plan.json --out overlapped
weeks() { cell "$1/yearly.csv" value period_start=2026-01-01 metric=training_finish site=all chip=all workload=rl replication=central; }
near "$(weeks overlapped)" "$(awk 'BEGIN { print (31 * 24 + 2000 * 1020 / 3600) / 168 }')" 0.002     # the slower half sets the pace
near "$(year overlapped 2026 training_goodput workload=rl)" "$(awk 'BEGIN { print (64 * 1000 + 16 * 500) / (80 * 1020) }')" 0.002
run run "$root/test/features/base.json" -f plan.json --set workloads.rl.runs.r.rollout.overlapped=false --out strict
near "$(weeks strict)" "$(awk 'BEGIN { print (31 * 24 + 2000 * 1520 / 3600) / 168 }')" 0.002
grep -q '^2026-02-01,run_started,dc,h100_sxm,rl,r,80,accelerators' overlapped/events.csv || fail "$(cat overlapped/events.csv)"
# Both halves must be there: with one H20 less it waits, and starts not at all.
run run "$root/test/features/base.json" -f plan.json --set fleet.inference.count=63 --out short
near "$(year short 2026 training_runs_completed)" 0 0
