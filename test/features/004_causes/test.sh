# Causes of failures: components with hazards of their own, a release on a date, lemons, slow nodes, domains of 64 of 72, maintenance.
base=$root/test/features/base.json
# plan FILE RULE: 10,080 accelerators (140 domains of 72) under one rule of failures.
plan() { printf '{ "fleet": { "old": { "count": 10080 } }, "sites": { "dc": { "power": "30 MW", "availability": null, "failures": [{ "id": "r", "repair": "6 h", %s }] } } }\n' "$2" >"$1"; }
audited() { jq -e '[.audit[] | .ok] | all' "$1/manifest.json" >/dev/null && jq -e '.audit[] | select(.name == "hours: down by cause = down")' "$1/manifest.json" >/dev/null || fail "audit of $1"; }

# Boxes of 8 that the GPU takes down 100 times in a million hours, for 6 h; a switch over 512, 0.2 times, 2 h to mend and 1 h to be found.
plan components.json '"causes": [{ "id": "gpu", "component": "gpu", "interruptions_per_million_accelerator_hours": 100, "takes_down": 8 },
  { "id": "leaf", "component": "switch", "interruptions_per_million_accelerator_hours": 0.2, "takes_down": 512, "repair": "2 h", "detection": "1 h" },
  { "id": "release", "component": "software", "on": ["2026-03-07"], "hour": 10, "share": 0.5, "repair": "3 h", "crew": false }]'
run run "$base" -f components.json --replications 4 --out components
audited components
# Down over up: 1e-4 x 8 x 6 = 0.0048 and 2e-7 x 512 x 3 = 0.0003072; of 10,080 x 8,760 h less the release's.
up=$(awk 'BEGIN { print 10080 * 8760 / (1 + 0.0048 + 0.0003072) }')
near "$(year components 2026 down_hours_gpu)" "$(awk "BEGIN { print $up * 0.0048 }")" 0.5%
near "$(replication=mean year components 2026 down_hours_gpu)" "$(awk "BEGIN { print $up * 0.0048 }")" 2%
near "$(replication=mean year components 2026 down_hours_switch)" "$(awk "BEGIN { print $up * 0.0003072 }")" 25%   # 17 a year: one standard error of 4 worlds is 12 %
near "$(year components 2026 down_hours_software)" "$(awk 'BEGIN { print 5040 * 3 }')" 1e-9

# A domain works with 64 of its 72. Where 8 % are missing, some domains have lost more than 8: the binomial says how many stand for nothing.
plan domain.json '"interruptions_per_million_accelerator_hours": 362.31884, "domain": { "accelerators": 72, "needs": 64 }'
sed -i 's/"6 h"/"240 h"/' domain.json
run run "$base" -f domain.json --replications 3 --out domain
audited domain
# p = 1 / (1 + 362.32e-6 x 240) = 0.92, reached after some weeks; sum over i < 64 of i C(72, i) p^i q^(72 - i), over 72.
stranded=$(awk 'BEGIN { p = 0.92; n = 72; c = (1 - p) ^ n; for (i = 0; i < 64; i++) { s += i * c; c *= (n - i) / (i + 1) * p / (1 - p) } print s / n }')
near "$(year domain 2026 down_hours_domain)" "$(awk "BEGIN { print $stranded * 10080 * 8760 }")" 8%
near "$(replication=mean year domain 2026 down_hours_domain)" "$(awk "BEGIN { print $stranded * 10080 * 8760 }")" 10%
run run "$base" -f domain.json --set sites.dc.failures.r.domain.needs=1 --out loose
near "$(year loose 2026 down_hours_domain)" 0 0

# Lemons: 2 % of nodes with 20 times the mean hazard cause 40 % of all interruptions until they are exchanged; then those of the others
# are left: (1 - 0.4) / (1 - 0.02) of the mean, and 1.2 % more for lemons among the new ones.
plan lemons.json '"interruptions_per_million_accelerator_hours": 200, "lemons": { "share": 0.02, "multiplier": 20 }'
run run "$base" -f lemons.json --replications 4 --out lemons
run run "$base" -f lemons.json --replications 4 --set sites.dc.failures.r.lemons.exchanged_after=2 --out exchanged
expected=$(awk 'BEGIN { print 10080 * 8760 * 200e-6 / (1 + 200e-6 * 6) }')
near "$(year lemons 2026 interruptions)" "$expected" 0.5%
near "$(replication=mean year lemons 2026 interruptions)" "$expected" 5%
# A lemon of 8 strikes 20 x 8 x 200e-6 = 0.032 times an hour: after 62 h it is out, so all but the first week has 0.6 / 0.98.
near "$(replication=mean year exchanged 2026 interruptions)" "$(awk "BEGIN { print $expected * 0.6 / 0.98 }")" 3%
near "$(year exchanged 2026 interruptions)" "$(awk "BEGIN { print $expected * 0.6 / 0.98 }")" 3%

# Maintenance: a quarter of the pool on the first of each month, an hour to drain and 3 h out, from 22:00.
plan maintenance.json '"maintenance": [{ "id": "firmware", "from": "2026-01-01", "every": "1 month", "hour": 22, "share": 0.25, "drain": "1 h", "duration": "3 h" }]'
run run "$base" -f maintenance.json --replications 1 --out maintenance
audited maintenance
for world in central 1; do near "$(replication=$world year maintenance 2026 down_hours_maintenance)" "$(awk 'BEGIN { print 12 * 2520 * 4 }')" 1e-9; done

# A slow node takes the part of its speed from services until it is found, and all of it while it is mended.
plan slow.json '"fail_slow": { "onsets_per_million_accelerator_hours": 50, "node": 8, "speed": 0.75, "detection": "24 h" }'
run run "$base" -f slow.json --out slow
audited slow
near "$(year slow 2026 down_hours_slow)" "$(awk 'BEGIN { d = 50e-6 * (8 * 0.25 * 24 + 8 * 6); print 10080 * 8760 * d / (1 + d) }')" 1%

# What cannot be is refused where it is written.
expect_exit=2 run validate "$base" -f lemons.json --set sites.dc.failures.r.lemons.multiplier=60
grep -q 'share x multiplier' stderr stdout || fail "$(cat stderr stdout)"
expect_exit=2 run validate "$base" -f components.json --set sites.dc.failures.r.causes.release.takes_down=8
expect_exit=2 run validate "$base" -f domain.json --set sites.dc.failures.r.domain.needs=73
