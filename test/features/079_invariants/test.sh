# Every run checks its conservation laws and says so, each by name.
run run "$root/test/features/base.json" --out result
grep -q 'equations hold' stdout || fail "$(cat stdout)"
[[ $(jq '[.audit[] | select(.ok)] | length' result/manifest.json) -ge 12 ]] || fail "$(jq .audit result/manifest.json)"
for word in money accelerators hours load cost energy budget; do
  jq -e --arg w "$word" '[.audit[].name | select(startswith($w + ":"))] | length > 0' result/manifest.json >/dev/null || fail "no equation of $word"
done
