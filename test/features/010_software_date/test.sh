# Speed drifts with the software's date: the same chip, model and plan at two dates have two speeds, and the later is no slower.
header=id,source,year,model,arch,layers,hidden,heads,kv_heads,ffn_hidden,gated_mlp,vocab,seq_len,accelerator_id,num_accelerators,gpus_per_node,tp,pp,micro_batch,global_batch_seqs,precision,metric
row() { echo "$1,release-$2,$3,llama3-70b,dense,80,8192,64,8,28672,1,128256,8192,b200_sxm,64,8,4,1,1,128,fp8,tokens_per_s_per_gpu"; }
{ echo $header; row early 25.02 2025; row late 26.08 2026; } >rows.csv
run predict training rows.csv -o out.csv
early=$(awk -F, '$1 == "early" {print $2}' out.csv) late=$(awk -F, '$1 == "late" {print $2}' out.csv)
awk -v a="$early" -v b="$late" 'BEGIN {exit !(b > 1.01 * a && b < 1.5 * a)}' || fail "two dates: $early and $late tokens/s"
