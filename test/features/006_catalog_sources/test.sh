# Every value of every chip prints its status, date and source, and every source its address.
run catalog chips
chips=$(awk 'NR > 2 && NF == 0 { exit } NR > 2 { print $1 }' stdout)
[[ $(wc -w <<<"$chips") -ge 65 ]] || fail "expected 65 chips or more"
for chip in $chips; do
  run catalog chips "$chip"
  awk -v chip="$chip" '
    NF == 0 { blank++ }
    /^Sources/ { in_sources = 1; next }
    in_sources { address[substr($0, 3, 14)] = 1; next }
    blank == 1 && /^  (year_available|bf16|fp16|fp8|fp4|int8|memory|memory_bandwidth|scale|tdp|all_in_power|pcie|host_link|l2|compute_units|clock|die|price)/ {
      facts++
      if ($2 == "unknown") next
      if ($0 !~ / (measured|reported|derived|assumed) +[0-9][0-9][0-9][0-9][-0-9]* +\[[^]]+\]$/) { print chip ": " $0; bad = 1 }
      match($0, /\[[^]]+\]$/)
      n = split(substr($0, RSTART + 1, RLENGTH - 2), codes, ";")
      for (i = 1; i <= n; i++) cited[sprintf("%-14s", codes[i])] = 1
    }
    END {
      if (facts != 22) { print chip ": " facts " facts"; bad = 1 }
      for (code in cited) if (!(code in address)) { print chip ": no address for " code; bad = 1 }
      exit bad
    }' stdout || fail "$chip has a value without evidence"
done
# Hosts, networks and model shapes too.
run catalog networks nvlink4
grep -q "bandwidth .* reported .*\[MLE;AIC\]" stdout || fail "nvlink4 does not cite its source"
grep -q "latency .* assumed" stdout || fail "a latency from memory must be assumed"
run catalog architectures deepseek-r1
grep -q "source: ai-dynamo/aiconfigurator" stdout || fail "deepseek-v3 does not cite its source"
