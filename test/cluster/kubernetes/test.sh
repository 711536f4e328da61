# The manifest of --emit k8s is valid by the schema of batch/v1 and does with its variables what an Indexed Job does: pods in any order, the merge waiting for them.
source "$here/../plan.sh"
python3 -c 'import yaml, jsonschema' 2>/dev/null || skip "python3-yaml and python3-jsonschema are not installed (tools/install-packages all)"
run sweep plan.json --out many --emit k8s --shards 5 --jobs 2
cp stdout job.yaml
python3 "$here/check.py" job.yaml "$here/job.schema.json"
sed 's/completionMode/completionsMode/' job.yaml > wrong.yaml
! python3 "$here/check.py" wrong.yaml "$here/job.schema.json" >/dev/null || fail "the schema takes everything"

# What the kubelet does: the container's command in its working folder with its variables and the index. /work is this folder here.
mkdir bin && ln -s "$headroom" bin/headroom
export PATH=$PWD/bin:$PATH HEADROOM_WAIT=0.2
python3 "$here/pods.py" job.yaml || fail "the pods failed"
diff -r one many || fail "five pods differ from one run"
echo "5 pods and a merge: the bytes of one run"
