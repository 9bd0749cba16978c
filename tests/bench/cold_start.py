"""How long a cold start takes, and of what it is made: `uv run python -m tests.bench.cold_start`.

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

import boto3

from ai_gateway.adapters.dynamodb.table import ensure_table
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.storage import free_port
from tests.checkout import build_here, copy_repository
from tests.integration.lambda_stream.emulation import emulated, invoke

RUNS = 10
BUDGET = 1.6
"""A handler's import against that of FastAPI and httpx alone."""
YARDSTICK = "import fastapi, httpx"
TABLE = "cold-start"
KEY = "emulated"


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
    """Of a caller without a key: authenticated at the emulated table, refused, recorded there."""
    emulator = Emulator(free_port())
    try:
        emulator.wait()
        variables = {**environ(built, "GatewayFunction"), "AWS_ENDPOINT_URL": emulator.url}
        ensure_table(boto3.Session(KEY, KEY).client("dynamodb", "us-east-1", endpoint_url=emulator.url), TABLE)
        await _invoke(str(built / "GatewayFunction/stream"), variables)
    finally:
        emulator.stop()


async def _invoke(wrapper: str, variables: Mapping[str, str]) -> None:
    async with emulated(wrapper, sys.executable, "-", environ=variables) as client:
        for which in ("first", "second"):
            begun = time.perf_counter()
            answer = await invoke(client, "/v1/chat/completions", "{}", authorization="Bearer sk-none")
            assert b'"statusCode":401' in answer.content
            print(f"{which + ' invocation':24} {(time.perf_counter() - begun) * 1000:7.0f} ms")


def environ(built: Path, function: str) -> Mapping[str, str]:
    layers = (str(built / layer / "python") for layer in ("AiGatewayLayer", "DependenciesLayer"))
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": str(built / function),
        "PYTHONPATH": os.pathsep.join((str(built / function), *layers)),
        "AI_GATEWAY_TABLE": TABLE,
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
