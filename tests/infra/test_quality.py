"""The tools that read the code: a finding of theirs is a failing test."""

import subprocess
import sys

import pytest

from tests.checkout import ROOT

IMPORTS = "from importlinter.cli import lint_imports_command as lint; lint()"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["-m", "ruff", "check", "."], id="ruff finds nothing"),
        pytest.param(["-m", "ruff", "format", "--check", "."], id="the code is formatted"),
        pytest.param(["-m", "mypy"], id="the types hold"),
        pytest.param(["-c", IMPORTS], id="arrows point inwards"),
    ],
)
def test_the_code_is_clean(arguments: list[str]) -> None:
    finished = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
