"""The AWS SAM CLI, run in an environment of its own: its pins never meet those of the project."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

REQUIREMENT = "aws-sam-cli==1.170.0"
ENVIRON = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}


def sam(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> str:
    """What `sam` prints; fails the test with all of it when the exit status is not 0."""
    return run("sam", *arguments, cwd=cwd, environ=environ)


def run(*command: str, cwd: Path, environ: Mapping[str, str] | None = None) -> str:
    """What a command prints in the SAM CLI's environment; fails the test with all of it when the exit status is not 0."""
    done = subprocess.run(
        (_uvx(), "--from", REQUIREMENT, *command),
        cwd=cwd,
        env={**os.environ, **ENVIRON, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@cache
def emulator() -> Path:
    """AWS's emulator of the Lambda runtime, which the SAM CLI ships for its containers."""
    program = "import samcli, pathlib; print(pathlib.Path(samcli.__file__).parent)"
    package = run("python", "-c", program, cwd=Path.cwd())
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    return Path(package.strip()) / "local" / "rapid" / f"aws-lambda-rie-{architecture}"


@cache
def _uvx() -> str:
    uvx = shutil.which("uvx")
    if uvx is None:
        pytest.skip("uvx is not installed: the SAM CLI cannot be run")
    fetched = subprocess.run(
        (uvx, "--from", REQUIREMENT, "python", "-c", "import samcli"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if fetched.returncode:
        pytest.skip(f"{REQUIREMENT} cannot be installed: {fetched.stderr.strip()[-500:]}")
    return uvx
