# A sweep that is killed at 50 random moments and resumed after each ends with the bytes of the undisturbed one, and no half result ever stands in its place.
cat > plan.json <<X
{ "name": "grid", "base": "base.json", "axes": [
    { "id": "load", "set": "workloads.chat.tokens_per_day", "values": ["2000 tokens/s", "5000 tokens/s", "9000 tokens/s"] },
    { "id": "old", "set": "fleet.old.count", "range": { "from": 20, "to": 100, "count": 9 } }],
  "keep": ["tokens_served", "slo_attainment(workload=chat)", "cash_out"] }
X
cp "$root/test/features/base.json" base.json
begin=$(date +%s%N)
run sweep plan.json --out one --jobs 2
took=$((($(date +%s%N) - begin) / 1000000))
seed=${KILL_SEED:-$$}
RANDOM=$seed
kills=0 rounds=0
while ((kills < 50)); do
  # Up to a third of a whole sweep, and at times up to all of it, so that the assembly is hit too.
  span=$((RANDOM % 4 == 0 ? took : took / 3 + 1))
  "$headroom" sweep plan.json --out killed --jobs 2 --resume >/dev/null 2>&1 & victim=$!
  sleep "$(printf '0.%03d' $((RANDOM % (span > 999 ? 999 : span))))"
  kill -9 $victim 2>/dev/null || true
  code=0
  { wait $victim; } 2>/dev/null || code=$?
  case $code in
    137) kills=$((kills + 1)) ;;
    0) rounds=$((rounds + 1)) ;;
    *) fail "the sweep exited with $code (KILL_SEED=$seed)" ;;
  esac
  [[ ! -e killed ]] || diff -r one killed || fail "a result that is not whole (KILL_SEED=$seed)"
  ((code == 137)) || rm -rf killed killed.parts
done
run sweep plan.json --out killed --jobs 2 --resume
diff -r one killed || fail "the resumed sweep differs (KILL_SEED=$seed)"
[[ ! -e killed.parts ]] || fail "parts are left"
echo "$kills kills in $((rounds + 1)) sweeps of $took ms"
