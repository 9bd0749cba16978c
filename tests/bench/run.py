"""Measures the gateway against a bare pass-through on this machine and prints the table for the README.

    uv run python tests/bench/run.py [--requests 4000] [--soak 100000]

Four processes: a provider on loopback, the pass-through (FastAPI and aiohttp), the gateway, the load. The pass-through
and the gateway are measured in turn, twice, and the better pass counts: what else the machine does only ever adds.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from socket import create_connection, socket
from subprocess import DEVNULL, Popen, run

HERE = Path(__file__).parent
KEY = "sk-bench"
PASSES = 2
TICKS = os.sysconf("SC_CLK_TCK")
CHUNKS_A_STREAM = 103


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        upstream = stack.enter_context(_uvicorn("upstream:app", {}))
        passthrough = stack.enter_context(_uvicorn("passthrough:app", {"BENCH_UPSTREAM": upstream.url}))
        gateway = stack.enter_context(_gateway(upstream.url))
        print(f"start to first answer: {gateway.started_in:.1f} s; pass-through {passthrough.started_in:.1f} s")
        _compare(gateway, passthrough, upstream, options.requests)
        if options.soak:
            _soak(gateway, options.soak)


class Server:
    """A process under test at `url`; `started_in` is seconds from its start to its first answer."""

    def __init__(self, command: list[str], environment: Mapping[str, str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        begun = time.perf_counter()
        self._process = Popen(command, env={**os.environ, **environment}, cwd=HERE, stdout=DEVNULL)
        self._await(begun + 60)
        self.started_in = time.perf_counter() - begun

    def cpu(self) -> float:
        """Seconds of processor time so far, of this process without its children."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)

    def _await(self, until: float) -> None:
        while True:
            with suppress(OSError), create_connection(("127.0.0.1", self._port), 1):
                return
            if time.perf_counter() > until or self._process.poll() is not None:
                raise RuntimeError(f"{self.url} did not start")
            time.sleep(0.01)


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.stop()


def _uvicorn(app: str, environment: Mapping[str, str]) -> AbstractContextManager[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--log-level", "error"]
    return _running(Server(command, environment, port))


def _gateway(upstream: str) -> AbstractContextManager[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "ai_gateway.runtime.cli", "--ephemeral", "--port", str(port)]
    environment = {
        "AI_GATEWAY_KEY": KEY,
        "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true",
        "AI_GATEWAY_OPENAI_BASE_URL": f"{upstream}/v1",
        "AI_GATEWAY_ANTHROPIC_BASE_URL": upstream,
    }
    return _running(Server(command, environment, port))


def _compare(gateway: Server, passthrough: Server, upstream: Server, requests: int) -> None:
    cases = [
        ("direct", upstream, "gpt-4o-mini/openai"),
        ("pass-through", passthrough, "gpt-4o-mini/openai"),
        ("gateway", gateway, "gpt-4o-mini/openai"),
        ("gateway, translating", gateway, "claude-sonnet-4/anthropic"),
    ]
    print(f"\n{'':22}{'callers':>8}{'p50 ms':>9}{'p99 ms':>9}{'req/s':>8}{'CPU us/req':>12}   ratio")
    for callers in (1, 16, 64):
        _rows(cases, requests, callers, stream=False)
    print(f"\n{'streams':22}{'callers':>8}{'p50 ms':>9}{'first ms':>9}{'req/s':>8}{'CPU us/chunk':>13}   ratio")
    for callers in (1, 32):
        _rows(cases, requests // 20, callers, stream=True)
    print(f"\nresident: gateway {gateway.resident_mb():.0f} MB, pass-through {passthrough.resident_mb():.0f} MB")


def _rows(cases: list[tuple[str, Server, str]], requests: int, callers: int, *, stream: bool) -> None:
    best: dict[str, dict[str, float]] = {}
    for _ in range(PASSES):
        for name, server, model in cases:
            _load(server, model, max(callers, requests // 10), callers, stream=stream)
            row = _load(server, model, requests, callers, stream=stream)
            known = best.setdefault(name, row)
            best[name] = {key: (max if key == "requests_per_second" else min)(known[key], row[key]) for key in row}
    per = CHUNKS_A_STREAM if stream else 1
    for name, row in best.items():
        second = row["first_byte_p50_ms"] if stream else row["p99_ms"]
        ratio = "" if name == "direct" else f"{row['cpu_us'] / best['pass-through']['cpu_us']:8.2f}"
        print(
            f"{name:22}{callers:8}{row['p50_ms']:9.2f}{second:9.2f}{row['requests_per_second']:8.0f}"
            f"{row['cpu_us'] / per:12.0f}{ratio}"
        )


def _load(server: Server, model: str, requests: int, callers: int, *, stream: bool) -> dict[str, float]:
    requests -= requests % callers
    command = [sys.executable, "load.py", f"{server.url}/v1/chat/completions", KEY, model, str(requests), str(callers)]
    before = server.cpu()
    finished = run([*command, "stream"] if stream else command, cwd=HERE, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RuntimeError(finished.stderr[-2000:])
    row: dict[str, float] = json.loads(finished.stdout)
    return {**row, "cpu_us": (server.cpu() - before) / requests * 1e6}


def _soak(gateway: Server, requests: int) -> None:
    """Resident memory over many requests: the first tenth warms up, the rest must not grow."""
    print("\nsoak, requests and resident MB:")
    for step in range(1, 11):
        _load(gateway, "gpt-4o-mini/openai", requests // 10, 50, stream=False)
        print(f"{requests * step // 10:9,} {gateway.resident_mb():6.0f}", flush=True)


def _free_port() -> int:
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--soak", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
