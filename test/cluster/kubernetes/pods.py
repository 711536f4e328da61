"""Starts the containers of a manifest's jobs as a kubelet would, the pods of an Indexed Job last first, and waits for all.

Each gets its variables, of an Indexed Job also JOB_COMPLETION_INDEX. The working folder is this one.
"""
import os
import subprocess
import sys

import yaml

pods = []
for job in yaml.safe_load_all(open(sys.argv[1])):
    spec = job["spec"]
    container = spec["template"]["spec"]["containers"][0]
    variables = {v["name"]: v["value"] for v in container.get("env", [])}
    indices = range(spec["completions"]) if spec.get("completionMode") == "Indexed" else [None]
    for index in indices:
        own = {} if index is None else {"JOB_COMPLETION_INDEX": str(index)}
        pods.append((container["command"], {**os.environ, **variables, **own}))
running = [subprocess.Popen(command, env=env) for command, env in reversed(pods)]
codes = [process.wait(timeout=120) for process in running]
sys.exit(max(codes))
