"""Fetches the dashboard's assets when the package is built, which `uv run` does for a fresh checkout."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FetchAssets(BuildHookInterface[Any]):
    """A gateway without its dashboard's scripts is one that serves, so that nothing fails where npm's registry is not
    within reach: `ai-gateway` says what is missing when it starts.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  the interface's
        fetched = subprocess.run([sys.executable, Path(__file__).with_name("fetch.py")], check=False)  # noqa: S603
        if fetched.returncode:
            self.app.display_warning("The dashboard's assets are missing.")
        build_data["artifacts"].append("layers/ai_gateway/python/ai_gateway/web/console/static/vendor/*")
