"""The modules of the pages that know no page, in Node."""

import subprocess
import sys
from pathlib import Path

import pytest

from ai_gateway.web.console.rendering import STATIC

NODE = Path(sys.executable).parent / "node"
HERE = Path(__file__).parent / "node"


@pytest.mark.parametrize("module", sorted(path.name.removesuffix(".test.mjs") for path in HERE.glob("*.test.mjs")))
def test_the_module_keeps_its_promises(module: str) -> None:
    finished = subprocess.run(
        (NODE, "--no-warnings", "--test-reporter=spec", "--test", HERE / f"{module}.test.mjs"),
        env={module.upper(): str(STATIC / f"{module}.js"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stdout
    assert "ℹ pass 0" not in finished.stdout
