"""Clean copies of the repository, and what `sam build` makes of them on this machine."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.sam_cli import sam

ROOT = Path(__file__).parents[1]

# The template's parameters and the layers' variables for this machine's processor and this Python.
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
ENVIRON = {"PYTHON_VERSION": PYTHON_VERSION, "PYTHON_PLATFORM": f"{platform.machine()}-manylinux_2_28"}


def copy_repository(folder: Path) -> None:
    """The files that a commit would have, and nothing that lies around."""
    if not shutil.which("git"):
        pytest.skip("git is not installed: a clean copy cannot be told from what lies around")
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)


def build_here(checkout: Path, environ: Mapping[str, str] = ENVIRON) -> Path:
    """The folder with the built template and its artifacts, for this machine."""
    sam("build", "--parameter-overrides", f"Architecture={ARCHITECTURE}", cwd=checkout, environ=environ)
    return checkout / ".aws-sam" / "build"


def build_for_containers(checkout: Path) -> Path:
    """As `build_here`, for Lambda's own Python."""
    path = os.pathsep.join((str(python_3_13().parent), os.environ["PATH"]))
    return build_here(checkout, {**ENVIRON, "PYTHON_VERSION": "3.13", "PATH": path})


def python_3_13() -> Path:
    """Skips the test where it is not installed: only Python 3.13 makes bytecode for Python 3.13."""
    found = shutil.which("python3.13") or "python3.13"
    uvs = subprocess.run(
        ("uv", "python", "find", "--managed-python", "3.13"), capture_output=True, text=True, check=False
    )
    versions = sorted((Path.home() / ".pyenv" / "versions").glob("3.13*/bin/python3.13"))
    for candidate in (found, uvs.stdout.strip(), *map(str, versions)):
        if (
            shutil.which(candidate)
            and not subprocess.run((candidate, "-V"), capture_output=True, check=False).returncode
        ):
            return Path(candidate)
    pytest.skip("Python 3.13, which makes bytecode for Lambda, is not installed: uv python install 3.13")
