# The network's width reaches the step: with a quarter of the ports' bandwidth a sharded job is slower, one inside a node is not.
header=id,source,year,model,arch,layers,hidden,heads,kv_heads,ffn_hidden,gated_mlp,vocab,seq_len,accelerator_id,num_accelerators,gpus_per_node,interconnect,tp,pp,micro_batch,global_batch_seqs,zero_stage,precision,metric
row() { echo "$1,any,2025,llama3-8b,dense,32,4096,32,8,14336,1,128256,4096,h100_sxm,$2,8,$3,1,1,1,$2,3,bf16,tokens_per_s_per_gpu"; }
{ echo $header; row wide 512 8x400G; row thin 512 8x100G; row node_wide 8 8x400G; row node_thin 8 8x100G; } >rows.csv
run predict training rows.csv -o out.csv
value() { awk -F, -v id="$1" '$1 == id {print $2}' out.csv; }
awk -v a="$(value wide)" -v b="$(value thin)" 'BEGIN {exit !(b < 0.9 * a)}' || fail "wide $(value wide), thin $(value thin)"
[[ $(value node_wide) == "$(value node_thin)" ]] || fail "a job inside one node must not see the ports"

# Leaves and spines: 64 expert ranks in eight boxes of eight do not see a leaf's thin uplinks while one leaf holds them all.
step() { run train deepseek-v3 --chip h100_sxm --accelerators 1024 --batch 8192 --precision fp8 --tp 1 --cp 1 --pp 16 --vpp 1 --ep 64 --micro-batch 1 "$@"; awk '$1 == "step" {print $2}' stdout; }
full=$(step)
[[ $(step --domains-per-leaf 8 --leaf-oversubscription 4) == "$full" ]] || fail "experts under one leaf must not see its uplinks"
holds "two > 1.3 * one" two="$(step --domains-per-leaf 4 --leaf-oversubscription 4)" one="$full"
# Where a run stands decides what it sees. Four boxes of 8 under two groups of leaves with a fourth of the bandwidth upwards; runs of 8
# take them all. Two of them end after ten days and a run of 16 takes their boxes: under one group of leaves, or one under each.
cat >boxes.json <<'X'
{ "end": "2026-04-01",
  "sites": [{ "id": "dc", "fabric": [{ "id": "rail", "domains_per_leaf": 2, "leaf_oversubscription": 4 }] }],
  "fleet": [{ "id": "old", "count": 32 }],
  "workloads": [{ "id": "chat", "tokens_per_day": "0 tokens/s" },
    { "id": "train", "kind": "training", "model": [{ "architecture": "any", "rates": [{ "chip": "h100_sxm", "mfu": 0.4 }] }], "runs": [
      { "id": "a", "start": "2026-01-01", "accelerators": 8, "chips": ["h100_sxm"], "ideal_duration": "10 days", "communication_share": 0 },
      { "id": "b", "start": "2026-01-01", "accelerators": 8, "chips": ["h100_sxm"], "ideal_duration": "10 days", "communication_share": 0 },
      { "id": "c", "start": "2026-01-01", "accelerators": 8, "chips": ["h100_sxm"], "ideal_duration": "80 days", "communication_share": 0 },
      { "id": "d", "start": "2026-01-01", "accelerators": 8, "chips": ["h100_sxm"], "ideal_duration": "80 days", "communication_share": 0 },
      { "id": "e", "start": "2026-01-02", "accelerators": 16, "chips": ["h100_sxm"], "ideal_duration": "12 days", "communication_share": 0.24 }] }] }
X
scatter=(--set 'workloads.train.runs.b.ideal_duration="80 days"' --set 'workloads.train.runs.c.ideal_duration="10 days"')
days() { awk -F, -v k="$2" '$2 == k && $6 == "e" {print $1}' "$1/events.csv" | xargs -I{} date -u -d {} +%s | awk '{ print $1 / 86400 }'; }
took() { awk -v a="$(days "$1" run_started)" -v b="$(days "$1" run_completed)" 'BEGIN { print b - a + 1 }'; }
run run "$root/test/features/base.json" -f boxes.json --out compact
run run "$root/test/features/base.json" -f boxes.json "${scatter[@]}" --out scattered
# Compact it sees its ports whole and takes its 12 days. Scattered its 8 rings leave each group over 2 x 8 ports / 4, of which half is
# its own: a fourth of a port for each. A step of 0.76 + 0.24 x 4 takes 20.6 days.
[[ $(took compact) == 12 && $(took scattered) == 21 ]] || fail "compact $(took compact), scattered $(took scattered) days"
grep -q 'run_started.*,e,16,accelerators,.*2 domains under 2 groups of leaves in 1 pods see 0.250' scattered/events.csv || fail "$(grep run_started scattered/events.csv)"
# Until then its boxes were of no use to it in one case: 16 that no run holds, 8 under each group of leaves.
fragmentation() { cell "$1/timeseries.csv" value metric=fragmentation period_start=2026-02-01 site=all chip=all workload=all; }
[[ $(fragmentation compact) == 0 && $(fragmentation scattered) == 1 ]] || fail "fragmentation $(fragmentation compact), $(fragmentation scattered)"
# A bandwidth of the catalogue's networks, and a model that knows its communication itself.
model=(--set 'workloads.train.performance_model="analytic"' --set 'workloads.train.model=null'
  --set 'workloads.train.runs=[{"id":"a","start":"2026-01-01","accelerators":8,"chips":["h100_sxm"],"architecture":"llama-3.1-8b","tokens":"2e9 tokens"},{"id":"b","start":"2026-01-01","accelerators":8,"chips":["h100_sxm"],"architecture":"llama-3.1-8b","tokens":"1e13 tokens"},{"id":"c","start":"2026-01-01","accelerators":8,"chips":["h100_sxm"],"architecture":"llama-3.1-8b","tokens":"2e9 tokens"},{"id":"d","start":"2026-01-01","accelerators":8,"chips":["h100_sxm"],"architecture":"llama-3.1-8b","tokens":"1e13 tokens"},{"id":"e","start":"2026-01-02","accelerators":16,"chips":["h100_sxm"],"architecture":"llama-3.1-8b","tokens":"2e11 tokens"}]')
run run "$root/test/features/base.json" -f boxes.json "${model[@]}" --out analytic
run run "$root/test/features/base.json" -f boxes.json "${model[@]}" --set 'sites.dc.fabric.rail.leaf_oversubscription=1' --out even
run run "$root/test/features/base.json" -f boxes.json "${model[@]}" --set 'sites.dc.fabric.rail.port="10 Gb/s"' --out slow
[[ $(took even) -le $(took analytic) && $(took even) -lt $(took slow) ]] || fail "even $(took even), analytic $(took analytic), slow $(took slow) days"
