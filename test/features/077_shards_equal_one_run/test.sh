# Seven shards in any order, merged, have the bytes of one run with one, two or eight threads; so has a sweep that was killed and resumed. A gap is refused.
cat > plan.json <<X
{ "name": "grid", "base": "base.json", "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "5000 tokens/s", "9000 tokens/s"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 5 } }],
  "keep": ["tokens_served", "slo_attainment(workload=chat)", "cash_out"] }
X
cp "$root/test/features/base.json" base.json
run sweep plan.json --out one
for jobs in 2 8; do
  run sweep plan.json --out jobs$jobs --jobs $jobs
  diff -r one jobs$jobs || fail "$jobs threads differ from one"
done
for i in 5 1 7 3 6 2; do run sweep plan.json --out many --shard $i/7; done
expect_exit=2 run merge many --out whole
grep -q 'points are missing: p000003' stderr || fail "$(cat stderr)"
run sweep plan.json --out many --shard 4/7
touch before; sleep 0.02
run sweep plan.json --out many --shard 4/7          # a finished shard is a no-op
[[ -z $(find many.parts -newer before) ]] || fail "a finished shard was run again"
run merge many --out whole
diff -r one whole || fail "seven shards differ from one run"
touch before; sleep 0.02
run sweep plan.json --out one --resume              # so is a finished sweep
[[ -z $(find one -newer before) ]] || fail "a finished sweep was run again"

# schedulers' variables
SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=1 run sweep plan.json --out slurm --shard auto
SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=2 run sweep plan.json --out slurm --shard auto
run merge slurm --out slurm
diff -r one slurm || fail "two shards by Slurm's variables differ from one run"
for i in 1 0; do JOB_COMPLETION_INDEX=$i HEADROOM_SHARDS=2 run sweep plan.json --out pods/$i --shard auto; done
run merge pods --out merged
diff -r one merged || fail "two shards by the variables of an indexed job differ from one run"
SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=3 expect_exit=2 run sweep plan.json --out x --shard auto
grep -q 'give --shard I/N to run one shard again' stderr || fail "$(cat stderr)"
JOB_COMPLETION_INDEX=0 expect_exit=2 run sweep plan.json --out x --shard auto
grep -q 'set HEADROOM_SHARDS' stderr || fail "$(cat stderr)"
for wrong in 0/7 8/7 3 a/b 1/0; do expect_exit=2 run sweep plan.json --out x --shard $wrong; done

# submission files for engines; test/cluster runs them
for engine in slurm k8s parallel github; do
  run sweep plan.json --out many --emit $engine --shards 3
  cp stdout $engine.txt
  grep -q 'headroom' $engine.txt && ! grep -q '@[A-Z]*@' $engine.txt || fail "$(cat $engine.txt)"
done
sh -n slurm.txt && sh -n parallel.txt || fail "a script that is none"
grep -q -- '--array=1-3 ' slurm.txt && grep -q 'completions: 3$' k8s.txt && grep -q '^seq 3 ' parallel.txt && grep -q 'shard: \[1, 2, 3\]' github.txt || fail "not three shards"
expect_exit=2 run sweep plan.json --out many --emit slrum
grep -q 'did you mean "slurm"' stderr || fail "$(cat stderr)"
expect_exit=2 run sweep plan.json --out many --shards 3

for i in 1 2 3 4 5 6; do
  "$headroom" sweep plan.json --out killed $([[ $i == 1 ]] || echo --resume) >/dev/null 2>&1 & victim=$!
  sleep 0.0$i
  kill -9 $victim 2>/dev/null || true
  wait $victim 2>/dev/null || true
  [[ ! -e killed ]] || break
done
[[ -e killed ]] || run sweep plan.json --out killed --resume
diff -r one killed || fail "a killed and resumed sweep differs"
# points that are there twice and parts of another plan are not mixed
run sweep plan.json --out pods/2 --shard 1/2
expect_exit=2 run merge pods --out x
grep -q 'p000000 is there twice' stderr || fail "$(cat stderr)"
cp -r many.parts mixed.parts
sed -i 's/9000 tokens/9500 tokens/' plan.json
expect_exit=2 run sweep plan.json --out mixed --resume
grep -q 'another plan' stderr || fail "$(cat stderr)"
run sweep plan.json --out other --shard 1/2
expect_exit=2 run merge many other --out x
grep -q 'different plans' stderr || fail "$(cat stderr)"
[[ ! -e x ]] || fail "a refused merge left something"
