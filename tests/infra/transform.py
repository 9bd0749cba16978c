"""Prints templates as the CloudFormation that they become, by path; runs in the environment of the SAM CLI."""

import json
import sys
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """Roles name their statements: a managed policy by name fails here."""

    def load(self) -> dict[str, str]:
        return {}


def cloudformation(path: str) -> Any:
    template = yaml_parse(Path(path).read_text())
    if "Transform" not in template:
        return template
    for resource in template["Resources"].values():
        for uri in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][uri] = "s3://bucket/key"
    return transform(template, {}, NoManagedPolicies())


if __name__ == "__main__":
    print(json.dumps({path: cloudformation(path) for path in sys.argv[1:]}))
