# One service request by request: percentiles of TTFT and TPOT, the share that meets both targets, tokens by class, a verdict.
cat >spec.json <<'J'
{
  "id": "chat",
  "times": { "pass": "10 ms", "per_prefill_token": "0 s" },
  "engine": { "name": "vllm", "max_sequences": 8 },
  "slo": { "ttft_p95": "1 s", "tpot_p95": "15 ms" },
  "requests_per_second": 2, "duration": "30 min",
  "lengths": { "shared_prefix": 160, "input": { "mean": 40 }, "output": { "mean": 100 } }
}
J
value() { awk -v key="\"$1\"" '{ gsub(/[,]/, "") } $1 == key ":" { print $2; exit }' stdout; }
run serve spec.json --format json
# A pass takes 10 ms whatever it holds, so every token after the first comes 10 ms after the one before.
near "$(awk '/"tpot_s"/ { t = 1 } t && /"p95"/ { gsub(/,/, ""); print $2; exit }' stdout)" 0.010 2%
holds 'a > 0.99' a="$(value slo_attainment)"
near "$(value output)" 200 5%
near "$(value input_cached)" 320 5%
grep -q '"verdict": "stable"' stdout || fail "two of eight requests a second are stable"
# Eight slots of one second each serve 8 requests a second; twelve cannot be served in time.
run serve spec.json --set requests_per_second=12 --format json
grep -q '"verdict": "saturated"' stdout || fail "twelve of eight requests a second are too many"
near "$(value knee_requests_per_second)" 8 3%
holds 'a < 0.1' a="$(value slo_attainment)"
# The same run pass by pass gives the same (but for memory, which is averaged over the ends of a run of passes).
run serve spec.json --format json; cp stdout together
run serve spec.json --pass-by-pass --format json
diff <(grep -Ev '"(events|kv_use)"' together) <(grep -Ev '"(events|kv_use)"' stdout) || fail "aggregated and pass by pass differ"
# A misspelt key is a fault with its place and the nearest name.
sed -e 's/"engine"/"enginne"/' spec.json >bad.json
expect_exit=2 run serve bad.json
grep -q 'bad.json:4:.*"engine"' stderr || fail "no place or no suggestion"
# A model that one accelerator does not hold takes the fewest that do where the service writes no width, and says so.
cat >wide.json <<'J'
{ "id": "wide", "model": "llama-3.1-70b", "chip": "h100_sxm", "requests_per_second": 1, "requests": 20,
  "lengths": { "input": { "mean": 100 }, "output": { "mean": 10 } } }
J
run serve wide.json
grep -q 'no width is written: tp 2' stdout || fail "131 GiB of weights need two of 80 GB"
# Numbers of somebody else: one outside its range is explained only where a second run, with the passes held responsible, meets it.
published() { run serve spec.json --set published="{\"source\": \"somebody\", \"itl_mean\": \"5 ms\", \"explained_by\": {\"reason\": \"faster passes\", \"times\": {\"pass\": \"$1\"}}}"; }
published '5 ms'
grep -q '^ITL mean (s) .* explained$' stdout || fail "passes of 5 ms explain 5 ms between tokens"
grep -q '^why: faster passes$' stdout || fail "the reason is not told"
expect_exit=3 published '7 ms'
grep -q '^ITL mean (s) .* NO$' stdout || fail "passes of 7 ms do not explain 5 ms between tokens"
