"""Whether callers wait for their records: how long a request takes to its last byte, with a table that takes its time.

    uv run python -m tests.bench.recording [--requests 400]

The gateway reaches its table through `slow_table`, which lets each writing of records wait. Every record must be there
in the end.
"""

import argparse
import asyncio
import sys
import time
from contextlib import ExitStack

from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.core.periods import HOUR, floor
from ai_gateway.runtime.storage import free_port
from tests.bench.filling import TABLE, Home, emulated
from tests.bench.load import send
from tests.bench.run import KEY, Server

WAITS = (0.0, 0.2, 1.0)
CALLERS = 4
BODY = {"model": "gpt-4o-mini/openai", "messages": [{"role": "user", "content": "Where is my parcel?"}]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=400)
    requests = parser.parse_args().requests
    print(f"{'a write takes':16}{'p50 ms':>8}{'p99 ms':>8}{'records':>9}")
    for wait in WAITS:
        with emulated() as home:
            seen = _measure(home, wait, requests)
            print(
                f"{f'{wait * 1000:.0f} ms more':16}{seen['p50_ms']:8.1f}{seen['p99_ms']:8.1f}{_kept(home):9,}",
                flush=True,
            )


def _measure(home: Home, wait: float, requests: int) -> dict[str, float]:
    """Of some requests, before which a quarter of them warm up; when it returns, the gateway has ended."""
    with ExitStack() as stack:
        upstream = _started(stack, ["uvicorn", "upstream:app", "--log-level", "error"], {})
        between = _started(
            stack,
            ["uvicorn", "slow_table:app", "--log-level", "error"],
            {"BENCH_TABLE": home.url, "BENCH_WAIT": str(wait)},
        )
        environment = {
            "AI_GATEWAY_KEY": KEY,
            "AI_GATEWAY_TABLE": TABLE,
            "AI_GATEWAY_AWS_ENDPOINT_URL": between.url,
            "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true",
            "AI_GATEWAY_OPENAI_BASE_URL": f"{upstream.url}/v1",
        }
        gateway = _started(stack, ["ai_gateway.runtime.cli"], environment)
        url = f"{gateway.url}/v1/chat/completions"
        asyncio.run(send(url, KEY, BODY, requests // 4, CALLERS))
        return asyncio.run(send(url, KEY, BODY, requests, CALLERS))


def _kept(home: Home) -> int:
    records = DynamoDBRecords(home.opening()(), TABLE)
    now = floor("hour", int(time.time() * 1000))
    return sum(1 for hour in (now - HOUR, now) for _ in records.hour("default", hour))


def _started(stack: ExitStack, module: list[str], environment: dict[str, str]) -> Server:
    port = free_port()
    server = Server([sys.executable, "-m", *module, "--port", str(port)], environment, port)
    stack.callback(server.stop)
    return server


if __name__ == "__main__":
    main()
