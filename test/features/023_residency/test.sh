# Traffic pinned to a region is never served elsewhere: the small site in Europe sheds while the large one in America idles.
cat >pinned.json <<'X'
{ "sites": [{ "id": "fra", "region": "eu", "location": "de", "power": "10 MW", "pue": 1.2, "racking_per_week": 7000, "tariff": "0.2 USD/kWh", "carbon": "300 g/kWh" }],
  "fleet": [{ "id": "small", "chip": "h100_sxm", "count": 10, "site": "fra", "in_service": "2025-01-01" }],
  "workloads": [{ "id": "chat", "regions": { "eu": 1 } }] }
X
run run "$root/test/features/base.json" -f pinned.json --out pinned
[[ $(year pinned 2026 tokens_served site=dc) == 0 || -z $(rows pinned/yearly.csv metric=tokens_served site=dc | sed 1d) ]] || fail "served in America"
# 10 of the 50 accelerators that 5,000 tokens/s need: 1,000 tokens/s are served, the rest is shed.
near "$(year pinned 2026 tokens_served)" "$(awk 'BEGIN { print 1000 * 86400 * 365 }')" 0.1%
near "$(year pinned 2026 tokens_served site=fra)" "$(year pinned 2026 tokens_served)" 1e-9
# The same traffic without the pin goes where there is room: a site may declare that it serves further regions.
run run "$root/test/features/base.json" -f pinned.json --set 'sites.dc.serves=["eu"]' --out free
near "$(year free 2026 slo_attainment workload=chat)" 1 1e-6
# A region that no site serves is refused, with its place.
expect_exit=2 run validate "$root/test/features/base.json" -f pinned.json --set 'workloads.chat.regions={"jp":1}'
grep -q 'no site serves the region "jp"' stdout stderr || fail "$(cat stdout stderr)"
