# Network ports are planned capacity and may bind before accelerators do: 64 arrive, 20 ports are free until more are built.
cat >ports.json <<'X'
{ "sites": [{ "id": "dc", "ports": { "steps": [["2026-01-01", 120], ["2026-09-01", 300]] } }],
  "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-06-01", "count": 64 }], "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f ports.json --out result
grep -q '^2026-06-01,racking_stopped,dc,h200_sxm,,more:2026-06-01,44,accelerators,ports' result/events.csv || fail "$(cat result/events.csv)"
# 20 from 2 June, all 64 from 2 September: 213 and 121 of 365 days.
near "$(year result 2026 accelerators_in_service chip=h200_sxm)" "$(awk 'BEGIN { print (20 * 213 + 44 * 121) / 365 }')" 0.01
# The switches of a fabric are ordered apart, with a lead time. Two boxes of 8 under a leaf of 32 ports: 32 accelerators take 2 leaves and
# 32 links up to 1 spine, 48 take 3 and 2. With 4 switches 32 are connected, with 6 all 64: 4 leaves and 64 links up to 2 spines.
cat >fabric.json <<'X'
{ "chips": [{ "id": "h200_sxm", "all_in_power": "1 kW" }],
  "sites": [{ "id": "dc", "fabric": [{ "id": "net", "chips": ["h200_sxm"], "domains_per_leaf": 2, "rails": 1, "switch_ports": 32, "parts": [
      { "id": "first", "ordered": "2026-01-10", "lead": "10 weeks", "switches": 4, "optics": 256, "switch_price": "20000 USD", "optic_price": "500 USD" },
      { "id": "second", "ordered": "2026-05-01", "lead": "18 weeks", "switches": 2, "switch_price": "20000 USD" }] }] }],
  "orders": [{ "id": "more", "chip": "h200_sxm", "site": "dc", "deliveries": [{ "at": "2026-06-01", "count": 64 }], "price": "30000 USD", "budget": "chips" }],
  "budgets": [{ "purpose": "chips", "year": 2026, "amount": "10e6 USD" }] }
X
run run "$root/test/features/base.json" -f fabric.json --out switches
grep -q '^2026-06-01,racking_stopped,dc,h200_sxm,,more:2026-06-01,32,accelerators,switches' switches/events.csv || fail "$(grep racking switches/events.csv)"
grep -q '^2026-09-04,network_delivered,dc,,,net:second,2,switches' switches/events.csv || fail "$(grep network switches/events.csv)"
# 32 from 2 June, all 64 from 5 September: 213 and 118 of 365 days.
near "$(year switches 2026 accelerators_in_service chip=h200_sxm)" "$(awk 'BEGIN { print 32 * (213 + 118) / 365 }')" 0.01
near "$(year switches 2026 capex)" "$(awk 'BEGIN { print 64 * 30000 + 6 * 20000 + 256 * 500 }')" 0.01
# Transceivers bind in the same way: two for each of the 32 links to a leaf and the 32 up to the spine.
run run "$root/test/features/base.json" -f fabric.json --set sites.dc.fabric.net.parts.first.optics=128 --set sites.dc.fabric.net.parts.first.switches=99 --out optics
grep -q '^2026-06-01,racking_stopped,dc,h200_sxm,,more:2026-06-01,32,accelerators,optics' optics/events.csv || fail "$(grep racking optics/events.csv)"
# A lead time that slips eight weeks brings the rest eight weeks later.
run run "$root/test/features/base.json" -f fabric.json --set 'sites.dc.fabric.net.parts.second.lead="26 weeks"' --out late
near "$(year late 2026 accelerators_in_service chip=h200_sxm)" "$(awk 'BEGIN { print 32 * (213 + 62) / 365 }')" 0.01
# 6 switches of 640 W are 60 W for each of 64, by day and night: for 32 x (213 + 118) days at a PUE of 1.2.
run run "$root/test/features/base.json" -f fabric.json --set 'sites.dc.fabric.net.switch_power="640 W"' --out drawn
near "$(awk -v a="$(year drawn 2026 energy)" -v b="$(year switches 2026 energy)" 'BEGIN { print a - b }')" "$(awk 'BEGIN { print 60e-6 * 1.2 * 24 * 32 * (213 + 118) }')" 0.001
# The network is drawn once and paid once.
expect_exit=2 run validate "$root/test/features/base.json" -f fabric.json --set 'sites.dc.fabric.net.switch_power="640 W"' --set 'chips=[]'
grep -q 'the all-in power of h200_sxm contains the network already' stdout stderr || fail "$(cat stdout stderr)"
expect_exit=2 run validate "$root/test/features/base.json" -f fabric.json --set 'orders.more.bundle={"network_share":0.15}'
grep -q 'the fabric net of dc buys its network apart' stdout stderr || fail "$(cat stdout stderr)"
# A budget line limits them as it limits accelerators. 100,000 USD take the first four switches and 40 of 256 transceivers, and nothing of
# the second order: 20 links are the two boxes under one leaf, and none between leaves.
line=(--set 'budgets=[{"purpose":"chips","year":2026,"amount":"10e6 USD"},{"purpose":"net","year":2026,"amount":"100000 USD"}]'
  --set 'sites.dc.fabric.net.parts.first.budget="net"' --set 'sites.dc.fabric.net.parts.second.budget="net"')
run run "$root/test/features/base.json" -f fabric.json "${line[@]}" --out limited
grep -q '^2026-01-10,network_cut,dc,,,net:first,0,switches,"216 transceivers, budget net 2026"' limited/events.csv || fail "$(grep network limited/events.csv)"
grep -q '^2026-05-01,network_cut,dc,,,net:second,2,switches,"0 transceivers, budget net 2026"' limited/events.csv || fail "$(grep network limited/events.csv)"
near "$(year limited 2026 accelerators_in_service chip=h200_sxm)" "$(awk 'BEGIN { print 16 * 213 / 365 }')" 0.01
near "$(year limited 2026 capex)" "$(awk 'BEGIN { print 64 * 30000 + 100000 }')" 0.01
spent() { awk -F, -v account="$2" '$12 == "net" && $6 == account { sum += $7 - $8 } END { printf "%.2f", sum }' "$1/ledger.csv"; }
near "$(spent limited paid_equipment)" 100000 0.01
# What is ordered is committed until it is paid.
near "$(cell limited/timeseries.csv value metric=commitments_outstanding period_start=2026-02-01 site=dc chip=all workload=all)" 100000 0.01
near "$(cell limited/timeseries.csv value metric=commitments_outstanding period_start=2026-03-01 site=dc chip=all workload=all)" 0 0.01
# A line that defers puts an order that it does not hold off to the next year, whole.
run run "$root/test/features/base.json" -f fabric.json "${line[@]}" --set 'budgets=[{"purpose":"chips","year":2026,"amount":"10e6 USD"},{"purpose":"net","year":2026,"amount":"220000 USD","on_exceed":"defer"}]' --out deferred
grep -q '^2026-05-01,network_deferred,dc,,,net:second,2,switches' deferred/events.csv || fail "$(grep network deferred/events.csv)"
near "$(year deferred 2026 accelerators_in_service chip=h200_sxm)" "$(awk 'BEGIN { print 32 * 213 / 365 }')" 0.01
