"""Measures the console's pages and its API over a table of many requests in the emulator.

    uv run python -m tests.bench.console [--requests 100000] [--hours 24] [--times 9]

`ms` is the median of a page from the request to its last byte. `own` and `emulator` are the processor time, in
milliseconds, that the console and the emulator take for it: DynamoDB finds its place in a partition by an index, where
the emulator looks at every item. The other columns are what DynamoDB is asked for. The rollups are as far behind as
they ever are, 70 seconds.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

import httpx
from starlette.types import ASGIApp

from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.periods import HOUR
from ai_gateway.core.records import RequestRecord
from ai_gateway.runtime import collector
from ai_gateway.runtime.access import Surroundings
from ai_gateway.runtime.alerts import AlertClients
from ai_gateway.runtime.aws.configurations import configurations_of
from ai_gateway.runtime.console import create_console_app
from ai_gateway.runtime.settings import Settings
from ai_gateway.services.rollups import RollupRun
from tests.bench.counting import Counter, Reads
from tests.bench.filling import TABLE, Home, emulated, fill
from tests.bench.traffic import traffic

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = "sk-aig-bench"
ORGANIZATION = "acme"
BEHIND = 60.0
"""Seconds since the last run of the rollups, which itself leaves out the last ten."""
TARGET = 150.0


def main() -> None:
    options = _options()
    with emulated() as home:
        client = home.opening()()
        DynamoDBCallers(client, TABLE).put(hash_key(KEY), Caller("bench", "Bench", ORGANIZATION, admin=True), 0)
        now = int(time.time() * 1000)
        fill(client, traffic(options.requests, now - options.hours * HOUR, now, ORGANIZATION))
        last = _roll_up(client)
        asyncio.run(_measure(home, client, _pages(last), options.times))


class _Behind(SystemClock):
    def time(self) -> float:
        return super().time() - BEHIND


def _roll_up(client: "DynamoDBClient") -> RequestRecord:
    """Make the buckets; the newest request in a session that they hold."""
    begun = time.perf_counter()
    records, rollups = DynamoDBRecords(client, TABLE), DynamoDBRollups(client, TABLE)
    RollupRun(records, rollups, _Behind()).catch_up()
    print(f"rolled them up in {time.perf_counter() - begun:.0f} s", flush=True)
    now = int(time.time() * 1000)
    found = records.hour(ORGANIZATION, now - now % HOUR, newest_first=True, page=50)
    return next(record for record in found if record.session_id)


def _pages(last: RequestRecord) -> Sequence[str]:
    return (
        "/",
        "/?range=7d",
        "/?range=30d",
        "/requests",
        "/requests?model=gpt-4o",
        "/requests?status=5xx",
        "/requests?user=user-4000%40example.com",
        f"/requests?session={last.session_id}",
        f"/requests/{last.id}",
        "/sessions",
        f"/sessions/{last.session_id}",
        "/users",
        "/properties",
        "/catalog",
        "/providers",
        "/api/v1/requests",
        "/api/v1/requests?status=5xx",
        "/api/v1/requests/live?minutes=1",
        "/api/v1/sessions",
        "/api/v1/costs?last=24h&by=model",
        "/api/v1/users",
        "/api/v1/models",
        "/api/v1/properties/team",
        "/api/v1/providers",
    )


async def _measure(home: Home, client: "DynamoDBClient", pages: Sequence[str], times: int) -> None:
    counter = Counter(client)
    transport = httpx.ASGITransport(app=_console(home, client))
    collector.relax()
    print(f"\n{'':44}{'ms':>6}{'own':>6}{'emulator':>10}{'calls':>7}{'items':>8}{'KB':>7}{'units':>7}")
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        answer = await browser.post("/login", data={"key": KEY})
        if answer.status_code != 303:
            raise RuntimeError(answer.text)
        for page in pages:
            await _page(browser, home, counter, page, times)


async def _page(browser: httpx.AsyncClient, home: Home, counter: Counter, page: str, times: int) -> None:
    took, reads = [], Reads()
    own = emulator = 0.0
    for turn in range(times + 1):
        counter.taken()
        before = time.perf_counter(), time.process_time(), home.cpu()
        (await browser.get(page)).raise_for_status()
        if turn == 0:
            continue  # templates are compiled
        reads = counter.taken()
        took.append((time.perf_counter() - before[0]) * 1000)
        own += (time.process_time() - before[1]) * 1000 / times
        emulator += (home.cpu() - before[2]) * 1000 / times
    mark = "" if median(took) < TARGET else "  !"
    print(
        f"{page[:43]:44}{median(took):6.0f}{own:6.0f}{emulator:10.0f}{reads.calls:7}{reads.items:8,}"
        f"{reads.bytes / 1000:7.0f}{reads.units:7.1f}{mark}",
        flush=True,
    )


def _console(home: Home, client: "DynamoDBClient") -> ASGIApp:
    settings, opening = Settings(table=TABLE), home.opening()
    clients = AlertClients(client, opening.secrets_manager(), opening.sns)
    configurations = configurations_of(Surroundings({}, frozenset()), DynamoDBAdditions(client, TABLE))
    return create_console_app(settings, clients, configurations)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--times", type=int, default=9)
    return parser.parse_args()


if __name__ == "__main__":
    main()
