"""How long a cold start takes, and of what it is made: `uv run python tests/bench/cold_start.py`.

Builds the stack's artifacts for this machine, imports each handler in fresh processes beside `import fastapi, httpx`
(processor time, the least of several alternating runs, so that neighbours on the machine matter little), and times the
first and the second invocation under AWS's emulator of the Lambda runtime.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.checkout import build_here, copy_repository
from tests.integration.lambda_stream.emulation import emulated, invoke

RUNS = 10
BUDGET = 1.6
"""A handler's import against that of FastAPI and httpx alone."""
YARDSTICK = "import fastapi, httpx"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy_repository(Path(folder))
        built = build_here(Path(folder))
        sizes(built)
        imports(built)
        asyncio.run(invocations(built))


def sizes(built: Path) -> None:
    for artifact in sorted(path for path in built.iterdir() if path.is_dir()):
        size = sum(path.stat().st_size for path in artifact.rglob("*") if path.is_file())
        print(f"{artifact.name:24} {size / 1e6:7.1f} MB")


def imports(built: Path) -> None:
    handlers = sorted(path.parent.name for path in built.glob("*Function/app.py"))
    least = dict.fromkeys((YARDSTICK, *handlers), float("inf"))
    for _ in range(RUNS):
        for name in least:
            code, function = (name, handlers[0]) if name == YARDSTICK else ("import app", name)
            least[name] = min(least[name], _processor_time(code, environ(built, function)))
    for name in handlers:
        ratio = least[name] / least[YARDSTICK]
        told = "" if ratio < BUDGET else f"   over {BUDGET}"
        print(f"{name:24} {least[name] * 1000:7.0f} ms, {ratio:.2f} times '{YARDSTICK}'{told}")


async def invocations(built: Path) -> None:
    """Of a path that needs no table: what is measured is the runtime and the gateway, not the emulated AWS."""
    wrapper = str(built / "GatewayFunction/stream")
    async with emulated(wrapper, sys.executable, "-", environ=environ(built, "GatewayFunction")) as client:
        for which in ("first", "second"):
            begun = time.perf_counter()
            (await invoke(client, "/v1/chat/completions", "{}")).raise_for_status()
            print(f"{which + ' invocation':24} {(time.perf_counter() - begun) * 1000:7.0f} ms")


def environ(built: Path, function: str) -> Mapping[str, str]:
    layers = (str(built / layer / "python") for layer in ("AiGatewayLayer", "DependenciesLayer"))
    return {
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": str(built / function),
        "PYTHONPATH": os.pathsep.join((str(built / function), *layers)),
        "AI_GATEWAY_TABLE": "none",
    }


def _processor_time(code: str, environment: Mapping[str, str]) -> float:
    """Seconds, of a fresh process without this environment's packages."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = (sys.executable, "-S", "-c", code)
    subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
