# The error against measurements that the fit never saw stands in the repository, by source, chip and factor.
page=$root/models/ACCURACY.md
for source in aws-neuron-trn1 bigscience-bloom-sweep google-tpu-v6e-v5p-recipes mosaicml-llm-foundry nvidia-dgxc-benchmarking nvidia-megatron-bridge; do
  grep -q "^| $source | [0-9]" "$page" || fail "$source has no line in models/ACCURACY.md"
done
grep -q "^| every source the same | [0-9]" "$page" || fail "no source-weighted line"
grep -q "sha256 .[0-9a-f]\{64\}." "$page" || fail "the page does not name its input"
grep -q "^## What the model does not know" "$page" || fail "the page hides its gaps"
