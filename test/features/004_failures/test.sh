# Failures by distribution or trace: injected outages give the availability of their hours; random ones 1 - MTTR / (MTBF + MTTR).
# A trace of 73 outages, one each 120 h: 25 of 100 accelerators for 12 h, on and between whole hours.
awk 'BEGIN { print "at,hour,accelerators,down"; for (k = 0; k < 73; k++) { d = k * 5 + 1; cmd = "date -u -d \"2026-01-01 +" d " days\" +%F"; cmd | getline day; close(cmd); print day "," k % 24 "," 25 ",12 h" } }' >outages.csv
cat >trace.json <<'X'
{ "sites": { "dc": { "availability": null, "failures": [{ "id": "seen", "chips": ["h100_sxm"], "trace": { "csv": "outages.csv" } }] } } }
X
run run "$root/test/features/base.json" -f trace.json --out traced
near "$(year traced 2026 availability)" "$(awk 'BEGIN { print 1 - 73 * 12 * 25 / (100 * 8760) }')" 1e-9
# Half of the accelerators have all the work to do: 75 that stand still carry 7,500 tokens/s, which is enough for 5,000.
near "$(year traced 2026 slo_attainment workload=chat)" 1 1e-9
run run "$root/test/features/base.json" -f trace.json --set 'workloads.chat.tokens_per_day="20000 tokens/s"' --out full
# With twice the work that all of them carry, what is served is half of what stands.
near "$(year full 2026 slo_attainment workload=chat)" "$(awk 'BEGIN { print 0.5 * 0.975 }')" 1e-6

# Hosts of 8 with a mean time between failures of 250 h (500 per million accelerator-hours) and 6 h to mend: 1 - 6 / 256.
cat >random.json <<'X'
{ "fleet": { "old": { "count": 10000 } }, "sites": { "dc": { "power": "30 MW", "availability": null,
    "failures": [{ "id": "hosts", "interruptions_per_million_accelerator_hours": 500, "takes_down": 8, "repair": "6 h", "repair_variation": 1 }] } } }
X
run run "$root/test/features/base.json" -f random.json --replications 4 --out random
near "$(year random 2026 availability)" "$(awk 'BEGIN { print 1 - 6 / 256 }')" 0.0003
near "$(replication=mean year random 2026 availability)" "$(awk 'BEGIN { print 1 - 6 / 256 }')" 0.0005
# 10,000 accelerators x 8,760 h x 0.9766 x 500e-6.
near "$(replication=mean year random 2026 interruptions)" "$(awk 'BEGIN { print 10000 * 8760 * 250 / 256 * 500e-6 }')" 2%
# 27 hands mend 4.5 an hour, as many as 9,000 accelerators that stand give them to do; 50 are never all busy.
run run "$root/test/features/base.json" -f random.json --set sites.dc.failures.hosts.crew=27 --out late
near "$(year late 2026 availability)" 0.9 0.005
run run "$root/test/features/base.json" -f random.json --set sites.dc.failures.hosts.crew=50 --out enough
near "$(year enough 2026 availability)" "$(awk 'BEGIN { print 1 - 6 / 256 }')" 0.0003
# A flat share and failures at once are refused.
expect_exit=2 run validate "$root/test/features/base.json" -f random.json --set sites.dc.availability=0.9
grep -q 'both a flat availability and failures' stderr stdout || fail "$(cat stderr stdout)"
