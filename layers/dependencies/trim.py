"""Cuts what botocore knows of AWS to the services that are called: `trim.py BOTOCORE_DATA SERVICE...`.

botocore describes 400 services in 22 MB. A client of one reads the endpoints of all, and its own description with
AWS's documentation in it, compressed: together a seventh of a cold start.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path


def trim(data: Path, services: set[str]) -> None:
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    endpoints = data / "endpoints.json"
    write(endpoints, with_services(json.loads(endpoints.read_bytes()), services))
    for path in [*data.rglob("*.json.gz"), *data.rglob("*/service-2.json")]:
        read = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        path.unlink()
        write(path.with_name(path.name.removesuffix(".gz")), without_documentation(json.loads(read)))
    for path in data.rglob("examples-1.json"):
        path.unlink()


def with_services(endpoints: dict, services: set[str]) -> dict:
    partitions = [
        {**partition, "services": {name: row for name, row in partition["services"].items() if name in services}}
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def without_documentation(value: object) -> object:
    """Text only: a member of that name has an object."""
    if isinstance(value, list):
        return [without_documentation(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: item for name, item in value.items() if not (name == "documentation" and isinstance(item, str))}
    return {name: without_documentation(item) for name, item in kept.items()}


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))


if __name__ == "__main__":
    trim(Path(sys.argv[1]), set(sys.argv[2:]))
