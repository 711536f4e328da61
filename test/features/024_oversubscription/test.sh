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
