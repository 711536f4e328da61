# H20, Ascend and in-house chips resolve by name; a name that is none gives suggestions and never another chip.
while read -r chip memory; do
  run catalog chips "$chip"
  grep -q "^$chip: " stdout || fail "$chip does not resolve"
  [[ $(awk '$1 == "memory" { print ($2 == "unknown") ? $2 : $2 $3 }' stdout) == "$memory" ]] || fail "$chip: memory is not $memory"
done <<'CHIPS'
h20_96 96GB
h20_141 141GB
ascend_910b 64GB
ascend_910c 128GB
ascend_950pr 112GB
bytedance_seedchip unknown
bytedance_qcom_asic unknown
mtia_v2 unknown
maia_200 216GB
tpu_v6e 32GB
trainium2 96GB
CHIPS
# Numbers for a part without a specification are a placeholder that says so, every one of them an assumption.
run catalog chips placeholder_seedchip
head -1 stdout | grep -q PLACEHOLDER || fail "the placeholder does not say what it is"
if grep -E " (measured|reported|derived) +[0-9]{4}" stdout; then fail "a placeholder's value is presented as a fact"; fi
expect_exit=2 run catalog chips H20
grep -q "did you mean h20_141 or h20_96?" stderr || fail "H20 may mean two chips: $(cat stderr)"
expect_exit=2 run catalog chips ascned_910b
grep -q "did you mean ascend_910b?" stderr || fail "no suggestion: $(cat stderr)"
expect_exit=2 run catalog chips quixotic
if grep -q "did you mean" stderr; then fail "a suggestion for nonsense"; fi
