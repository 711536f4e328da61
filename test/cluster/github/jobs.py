"""Runs those steps of a workflow's jobs `shard` and `merge` that call headroom, with artefacts as upload- and download-artifact lay them."""
import re
import shutil
import subprocess
import sys

import yaml

workflow = yaml.safe_load(open(sys.argv[1]))
assert workflow["permissions"] == {"contents": "read"} and True in workflow, "a workflow has permissions and triggers"  # YAML reads `on` as true
jobs = workflow["jobs"]
assert jobs["shard"]["needs"] == "build" and jobs["merge"]["needs"] == "shard"
for job in jobs.values():
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step), f"a step runs or uses: {step}"
        assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"]), step["uses"]


def fill(text, values):
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda m: str(values[m[1]]), text)


artefacts = {}


def go(job, values):
    for step in job["steps"]:
        action, words = step.get("uses", ""), step.get("with", {})
        if "headroom sweep" in step.get("run", "") or "headroom merge" in step.get("run", ""):
            subprocess.run(["bash", "-e", "-c", fill(step["run"], values)], check=True)
        elif action.startswith("actions/upload-artifact"):
            name = fill(words["name"], values)
            assert name not in artefacts, "two artefacts of one name"
            artefacts[name] = shutil.copytree(words["path"], "artefacts/" + name)
        elif action.startswith("actions/download-artifact"):
            prefix = words["pattern"].removesuffix("*")
            for name in (n for n in artefacts if n.startswith(prefix)):
                shutil.copytree(artefacts[name], words["path"] + "/" + name)


for number in jobs["shard"]["strategy"]["matrix"]["shard"]:
    go(jobs["shard"], {"matrix.shard": number})
    shutil.rmtree("many.parts")  # another machine
go(jobs["merge"], {})
