"""Sends requests from a number of callers and prints what it saw as one JSON object.

Usage: load.py URL KEY MODEL REQUESTS CALLERS [stream]
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

import aiohttp

PROMPT = "Summarise what the user wrote and say what to do next. " * 8


@dataclass(slots=True)
class Seen:
    latencies: list[float] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)


async def main(url: str, key: str, model: str, requests: int, callers: int, *, stream: bool) -> dict[str, float]:
    body: dict[str, object] = {"model": model, "messages": [{"role": "user", "content": PROMPT}], "max_tokens": 500}
    if stream:
        body["stream"] = True
    return await send(url, key, body, requests, callers)


async def send(url: str, key: str, body: object, requests: int, callers: int) -> dict[str, float]:
    data = json.dumps(body, separators=(",", ":")).encode()
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    seen = Seen()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:
        begun = time.perf_counter()
        await asyncio.gather(*(_caller(session, url, data, requests // callers, seen) for _ in range(callers)))
        took = time.perf_counter() - begun
    return {
        "requests_per_second": requests / took,
        "p50_ms": _percentile(seen.latencies, 0.5),
        "p99_ms": _percentile(seen.latencies, 0.99),
        "first_byte_p50_ms": _percentile(seen.first_bytes, 0.5),
    }


async def _caller(session: aiohttp.ClientSession, url: str, data: bytes, requests: int, seen: Seen) -> None:
    for _ in range(requests):
        begun = time.perf_counter()
        async with session.post(url, data=data) as answer:
            first = await answer.content.readany()
            seen.first_bytes.append(time.perf_counter() - begun)
            rest = await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {(first + rest)[:500]!r}")
        seen.latencies.append(time.perf_counter() - begun)


def _percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)] * 1000


if __name__ == "__main__":
    address, gateway_key, model_name, count, concurrency, *mode = sys.argv[1:]
    print(
        json.dumps(asyncio.run(main(address, gateway_key, model_name, int(count), int(concurrency), stream=bool(mode))))
    )
