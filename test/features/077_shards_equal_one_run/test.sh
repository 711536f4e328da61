# Seven shards in any order, merged, have the bytes of one run; so has a sweep that was killed and resumed. A gap is refused.
cat > plan.json <<X
{ "name": "grid", "base": "base.json", "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "5000 tokens/s", "9000 tokens/s"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 5 } }],
  "keep": ["tokens_served", "slo_attainment(workload=chat)", "cash_out"] }
X
cp "$root/test/features/base.json" base.json
run sweep plan.json --out one --jobs 2
for i in 5 1 7 3 6 2; do run sweep plan.json --out many --shard $i/7; done
expect_exit=2 run merge many --out whole
grep -q 'points are missing: p000003' stderr || fail "$(cat stderr)"
SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=7 SLURM_ARRAY_TASK_MIN=0 run sweep plan.json --out many --shard auto
run sweep plan.json --out many --shard 4/7          # a finished shard is a no-op
run merge many --out whole
diff -r one whole || fail "seven shards differ from one run"
for i in 1 2 3 4 5 6; do
  "$headroom" sweep plan.json --out killed $([[ $i == 1 ]] || echo --resume) >/dev/null 2>&1 & victim=$!
  sleep 0.0$i
  kill -9 $victim 2>/dev/null || true
  wait $victim 2>/dev/null || true
  [[ ! -e killed ]] || break
done
[[ -e killed ]] || run sweep plan.json --out killed --resume
diff -r one killed || fail "a killed and resumed sweep differs"
# parts of another plan are not mixed
cp -r many.parts mixed.parts
sed -i 's/9000 tokens/9500 tokens/' plan.json
expect_exit=2 run sweep plan.json --out mixed --resume
grep -q 'another plan' stderr || fail "$(cat stderr)"
