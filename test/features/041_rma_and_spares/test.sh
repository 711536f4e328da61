# Dead accelerators: behind a border that bars their return the pool falls by the yearly failure rate; with spares and
# replacements by the supplier it does not. 10,000 accelerators, 5 % a year.
cat >dead.json <<'X'
{ "fleet": { "old": { "count": 10000 } }, "sites": { "dc": { "power": "30 MW", "availability": null,
    "failures": [{ "id": "gpu", "replaced_per_year": 0.05, "repair": "4 h", "rma": false }] } } }
X
run run "$root/test/features/base.json" -f dead.json --out closed
# N falls as N0 exp(-0.05 t): 487.5 in 365 of 365.25 days, 10,000 (1 - exp(-0.05)) / 0.05 in service in the mean.
near "$(year closed 2026 accelerators_lost)" 487.4 2
near "$(year closed 2026 accelerators_in_service)" 9754 2
run run "$root/test/features/base.json" -f dead.json --replications 6 --out drawn
near "$(replication=mean year drawn 2026 accelerators_lost)" 487.4 30     # Poisson: 22 / sqrt(6) is one standard error
run run "$root/test/features/base.json" -f dead.json --set sites.dc.failures.gpu.rma=true --out open
near "$(year open 2026 accelerators_lost)" 0 0
# Nothing is lost: 500 a year are away for the 42 days of the exchange abroad and one for the exchange at home.
near "$(year open 2026 accelerators_rma_out)" "$(awk 'BEGIN { print 10000 * 0.05 * 42 / 365.25 }')" 10%
run run "$root/test/features/base.json" -f dead.json --set sites.dc.failures.gpu.rma=true --set sites.dc.failures.gpu.spare_share=0.02 --out spares
# 200 of the 10,000 lie on the shelf at the start; the slots are filled on the day after, so 9,800 stay in service.
holds 'mean > 9797 && mean <= 9800' "mean=$(year spares 2026 accelerators_in_service)"
for result in closed drawn open spares; do
  jq -e '[.audit[] | .ok] | all' $result/manifest.json >/dev/null || fail "audit of $result"
  jq -e '.audit[] | select(.name == "accelerators: every one is in one state") | .ok' $result/manifest.json >/dev/null || fail "no audit of states"
done
