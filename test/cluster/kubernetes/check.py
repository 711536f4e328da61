"""Checks every document of a YAML file against a JSON schema and prints each fault with its place."""
import json
import sys

import jsonschema
import yaml

documents = [d for d in yaml.safe_load_all(open(sys.argv[1])) if d is not None]
validator = jsonschema.Draft7Validator(json.load(open(sys.argv[2])))
faults = [(d["metadata"]["name"], e) for d in documents for e in validator.iter_errors(d)]
for name, fault in faults:
    print(f"{name}: /{'/'.join(map(str, fault.absolute_path))}: {fault.message}")
if not documents:
    print("no document")
sys.exit(1 if faults or not documents else 0)
