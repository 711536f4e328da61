# Runs what --emit parallel writes, with a shard that is killed at its first try, and compares bytes with one run.
source "$here/../plan.sh"
command -v parallel >/dev/null || skip "GNU parallel is not installed (tools/install-packages all)"
run sweep "plan.json" --out "in many's" --emit parallel --shards 7
cp stdout submit.sh
# The first shard that comes is killed after its first point, as by a machine that fails.
cat > flaky <<'X'
#!/bin/sh
if [ "$1" = sweep ] && mkdir once 2>/dev/null; then
  "$REAL" "$@" & victim=$!
  while ! ls *.parts/*.part >/dev/null 2>&1; do sleep 0.01; done
  kill -9 $victim
  wait $victim
  exit
fi
exec "$REAL" "$@"
X
chmod +x flaky
REAL=$headroom HEADROOM=./flaky sh submit.sh --jobs 2 >out 2>&1 || fail "$(cat out)"
[[ -d once ]] || fail "nothing was killed"
[[ $(wc -l <"in many's.joblog") == 8 ]] || fail "$(cat "in many's.joblog")"
diff -r one "in many's" || fail "seven shards under GNU parallel differ from one run"
echo "7 jobs, one of them killed and tried again: the bytes of one run"
