"""Clean copies of the repository, and what `sam build` makes of them on this machine."""

import platform
import shutil
import subprocess
import sys
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


def build_here(checkout: Path) -> Path:
    """The folder with the built template and its artifacts, for this machine."""
    sam("build", "--parameter-overrides", f"Architecture={ARCHITECTURE}", cwd=checkout, environ=ENVIRON)
    return checkout / ".aws-sam" / "build"
