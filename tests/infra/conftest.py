import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.checkout import ROOT, build_here, copy_repository
from tests.sam_cli import run

TEMPLATES = (
    "template.yaml",
    "infra/storage.yaml",
    "infra/alarms.yaml",
    "infra/edge.yaml",
    "infra/instances.yaml",
    "infra/schedules.yaml",
    "infra/webhooks.yaml",
)

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
    folder = tmp_path_factory.mktemp("checkout")
    copy_repository(folder)
    return folder


@pytest.fixture(scope="session")
def built(checkout: Path) -> Path:
    """`sam build` of a clean copy for this machine."""
    return build_here(checkout)
