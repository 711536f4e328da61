# The workflow of --emit github is YAML of the shape that Actions reads, and its steps that call headroom, run shard by shard with the artefacts laid as the actions lay them, give the bytes of one run.
source "$here/../plan.sh"
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed (tools/install-packages all)"
run sweep plan.json --out many --emit github --shards 4
cp stdout workflow.yml
mkdir -p .headroom/build/release && ln -s "$headroom" .headroom/build/release/headroom
python3 "$here/jobs.py" workflow.yml || fail "the jobs failed"
diff -r one many || fail "four jobs differ from one run"
sed -i 's/"count": 8/"count": 100/; s/"to": 90/"to": 900/' plan.json
expect_exit=2 run sweep plan.json --out many --emit github --shards 257
grep -q 'github takes at most 256' stderr || fail "$(cat stderr)"
echo "4 jobs of a matrix and a merge: the bytes of one run"
