"""An application in Node, with the OpenAI SDK of its own ecosystem."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.running import Gateway

PROJECT = Path(__file__).parent / "node"
TOOLS = Path(sys.executable).parent
UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with its packages, as its lock file says."""
    shutil.copytree(PROJECT, tmp_path, dirs_exist_ok=True)
    installed = subprocess.run(
        (TOOLS / "npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if any(reason in installed.stderr for reason in UNREACHABLE):
        pytest.skip(f"The OpenAI SDK for Node cannot be fetched here: {installed.stderr[-500:]}")
    assert installed.returncode == 0, installed.stderr
    return tmp_path


def test_the_node_sdk_answers_streams_calls_tools_and_fails(gateway: Gateway, project: Path) -> None:
    finished = subprocess.run(
        (TOOLS / "node", "smoke.mjs"),
        cwd=project,
        env={"BASE_URL": f"{gateway.url}/v1", "API_KEY": gateway.key, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    seen = json.loads(finished.stdout)
    assert seen["whole"].startswith("You said")
    assert seen["streamed"].startswith("You said")
    assert seen["called"] == "greet"
    assert seen["failure"] == {"status": 404, "type": "model_not_found", "isNotFound": True}
