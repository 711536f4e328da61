# A fall of headroom below 20 % triggers the bridge after its lag; without the response the level is missed. Nothing sees the future:
# the decision falls on the first day after the month that showed it.
cat > growth.json <<'X'
{ "workloads": { "chat": { "tokens_per_day": { "start": "5000 tokens/s", "from": "2026-01-01", "factor_per_year": 2.6 }, "slo": { "attainment": 1 } } } }
X
cat > bridge.json <<'X'
{ "responses": [{ "id": "bridge", "when": { "metric": "headroom", "workload": "chat", "op": "below", "value": 0.2 }, "do": "bridge", "chip": "h100_sxm", "site": "dc",
    "count": 60, "price": "3 USD/h", "lag": "3 weeks", "term": "1 year" }] }
X
run run "$root/test/features/base.json" -f growth.json --out without
run run "$root/test/features/base.json" -f growth.json -f bridge.json --out with
# 5000 x 2.6^t reaches 10,000 tokens/s after 0.7254 years, in the night to 24 September.
grep -q '^2026-09-2[3-5],first_miss' without/events.csv || fail "$(cat without/events.csv)"
grep -q 'first_miss' with/events.csv && fail "missed in spite of the bridge: $(cat with/events.csv)"
grep -q '^2026-08-01,response_decided' with/events.csv || fail "$(cat with/events.csv)"   # July ends at 8,700 tokens/s: headroom 15 %
grep -q '^2026-08-22,response_taken' with/events.csv || fail "$(cat with/events.csv)"
# 60 x 132 days from 22 August x 24 h x 3 USD
[[ $(year with 2026 bridge_cost) == 570240 ]] || fail "bridge cost $(year with 2026 bridge_cost)"
