# Ctrl-C ends a sweep with exit code 130 and with what is complete; a terminal sees rate and time left; a failed point is a row, or the end if so wished.
plan() {  # plan VALUE: the last value of the first axis
  cat > plan.json <<X
{ "name": "grid", "base": "base.json", "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "5000 tokens/s", "$1"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 9 } }],
  "keep": ["tokens_served"], "replications": ${replications:-0} }
X
}
cp "$root/test/features/base.json" base.json
replications=5 plan "9000 tokens/s"
run sweep plan.json --out one
"$headroom" sweep plan.json --out cut >stdout 2>stderr & sweep=$!
until [[ -e cut.parts/p000001.part ]]; do kill -0 $sweep || fail "$(cat stderr)"; sleep 0.01; done
kill -INT $sweep
code=0
wait $sweep || code=$?
[[ $code == 130 ]] || fail "exit $code: $(cat stderr)"
done=$(ls cut.parts/*.part | wc -l)
grep -q "interrupted with $done of 27 points done and kept in cut.parts; go on with --resume" stderr || fail "$done points: $(cat stderr)"
[[ ! -e cut ]] || fail "a result that is not whole"
run sweep plan.json --out cut --resume
diff -r one cut || fail "an interrupted and resumed sweep differs"

# script gives the program a terminal
script -qec "'$headroom' sweep plan.json --out seen" /dev/null >terminal </dev/null || fail "$(cat terminal)"
grep -aEq '27 of 27 points, [0-9.]+ a second, 0.0 s left' terminal || fail "$(cat terminal)"
run sweep plan.json --out unseen
[[ ! -s stderr ]] || fail "progress without a terminal: $(cat stderr)"

plan "no load"
expect_exit=1 run sweep plan.json --out going --keep-going --jobs 2
grep -q '27 of 27 points: 18 ok, 0 missed an expectation, 9 failed' stdout || fail "$(cat stdout)"
[[ $(cell going/points.csv status point=p000017) == ok ]] || fail "$(cat going/points.csv)"
grep -q "^p000026,no load,100,failed,\"1 fault" going/points.csv || fail "$(tail -n 2 going/points.csv)"
expect_exit=1 run sweep plan.json --out fast --fail-fast
grep -q '19 of 27 points: 18 ok, 0 missed an expectation, 1 failed' stdout || fail "$(cat stdout)"
expect_exit=2 run sweep plan.json --out both --fail-fast --keep-going
