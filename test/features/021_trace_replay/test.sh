# Public traces in, the published counts out; bad traces are refused with file and line.
printf 'arrival_s,input_tokens,output_tokens\n0,5,5\n2,5,5\n1,5,5\n' >unsorted.csv
printf 'arrival_s,input_tokens,output_tokens\n0,5,-5\n' >negative.csv
printf 'arrival_s,input_tokens,output_tokens\n0,5,5\n1,5\n' >cut.csv
printf 'arrival_s,input_tokens,output_tokens\n' >empty.csv
for fault in unsorted.csv:4: negative.csv:2: cut.csv:3: empty.csv:; do
  expect_exit=2 run replay requests "${fault%%:*}"
  grep -q "$fault" stderr || fail "$fault is not named"
done
[[ -n ${HEADROOM_DATA:-} ]] || { echo "not run: HEADROOM_DATA is not set; the traces are public (github.com/Azure/AzurePublicDataset, github.com/kvcache-ai/Mooncake)"; exit 77; }
value() { awk -v key="\"$1\"" '{ gsub(/,/, "") } $1 == key ":" { print $2; exit }' stdout; }
run replay requests "$HEADROOM_DATA/traces/azure2023_conv.csv" --tpot-ms 20 --format json
for pair in requests=19366 input_tokens=22361870 output_tokens=4088665 input_p50=1020 input_p90=2735 input_p99=4142 output_p50=129 output_p90=424 \
  output_p99=601 busiest_minute=507 peak_concurrency=47; do
  [[ $(value "${pair%=*}") == "${pair#*=}" ]] || fail "${pair%=*} is $(value "${pair%=*}"), published ${pair#*=}"
done
near "$(value mean_concurrency)" 23.30 0.01
for pair in 100000=0.363688 50000=0.354558 30000=0.325709 10000=0.211165 1000=0.044475; do
  run replay requests "$HEADROOM_DATA/traces/mooncake_conversation.csv.gz" --prefix-blocks "${pair%=*}" --format json
  near "$(value hit_ratio_blocks)" "${pair#*=}" 0.0000005
done
