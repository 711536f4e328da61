# Decode goes to the chip whose rate for it is high, although both could do it.
cat > two.json <<'X'
{ "fleet": [{ "id": "compute", "chip": "b200_sxm", "count": 50, "site": "dc", "in_service": "2025-01-01" }, { "id": "old", "count": 50 }],
  "workloads": [
    { "id": "chat", "kind": "serving", "tokens_per_day": "4000 tokens/s", "output_share": 1, "model": [{ "architecture": "m", "rates": [
        { "chip": "h100_sxm", "prefill": "100 tokens/s", "decode": "100 tokens/s", "replica": 1 }, { "chip": "b200_sxm", "prefill": "400 tokens/s", "decode": "50 tokens/s", "replica": 1 }] }] },
    { "id": "read", "kind": "serving", "tokens_per_day": "16000 tokens/s", "output_share": 0, "model": [{ "architecture": "m", "rates": [
        { "chip": "h100_sxm", "prefill": "100 tokens/s", "decode": "100 tokens/s", "replica": 1 }, { "chip": "b200_sxm", "prefill": "400 tokens/s", "decode": "50 tokens/s", "replica": 1 }] }] }] }
X
run run "$root/test/features/base.json" -f two.json --out result
# 40 H100 decode and 40 B200 read; the other way round 100 accelerators could not carry it (80 + 160).
[[ $(year result 2026 slo_attainment) == 1 ]] || fail "attainment $(year result 2026 slo_attainment)"
near "$(year result 2026 tokens_served chip=b200_sxm)" "$(awk 'BEGIN { print 16000 * 31536000 }')" 0.01%
