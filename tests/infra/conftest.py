import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.sam_cli import run, sam

ROOT = Path(__file__).parents[2]
TEMPLATES = ("template.yaml", "infra/storage.yaml", "infra/alarms.yaml", "infra/edge.yaml")

Template: TypeAlias = Mapping[str, Any]


@pytest.fixture(scope="session")
def templates() -> Mapping[str, Template]:
    """Each template as the CloudFormation that it becomes, by path."""
    printed = run("python", str(ROOT / "tests/infra/transform.py"), *TEMPLATES, cwd=ROOT)
    found: Mapping[str, Template] = json.loads(printed)
    return found


@pytest.fixture(scope="session")
def stack(templates: Mapping[str, Template]) -> Template:
    return templates["template.yaml"]


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a commit would have, where nothing else is."""
    if not shutil.which("git"):
        pytest.skip("git is not installed: a clean copy cannot be told from what lies around")
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("checkout")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    return folder


@pytest.fixture(scope="session")
def built(checkout: Path) -> Path:
    """`sam build` of a clean copy for this machine."""
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    environ = {
        "PYTHON_VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
        "PYTHON_PLATFORM": f"{platform.machine()}-manylinux_2_28",
    }
    sam("build", "--parameter-overrides", f"Architecture={architecture}", cwd=checkout, environ=environ)
    return checkout / ".aws-sam" / "build"
