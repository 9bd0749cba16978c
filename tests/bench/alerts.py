"""Measures what the alerts function does each minute: many rules over many requests of the last hour, in a process of
its own.

    uv run python -m tests.bench.alerts [--rules 500] [--requests 100000]

Two rules in three look back an hour, so that every request is looked at. `own` is the processor time of that process,
and its memory is all that it ever held, from Python's start on. The rest of the time it waits for the emulator, which
looks at a whole partition for each page, where DynamoDB goes on where it was.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice, product

from ai_gateway.adapters.dynamodb.alert_definitions import DynamoDBAlertDefinitions
from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.core.alerts.rules import Rule, read_rule
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.periods import HOUR
from ai_gateway.core.wire import JsonObject
from ai_gateway.runtime import collector
from ai_gateway.runtime.alerts import AlertClients, wire_alerts
from ai_gateway.runtime.rollups import rollup_run
from ai_gateway.runtime.settings import Settings
from tests.bench.counting import Counter, most_memory
from tests.bench.filling import TABLE, Home, emulated, fill
from tests.bench.traffic import FEATURES, MODELS, TEAMS, traffic

ORGANIZATION = "acme"
MOST_SECONDS, MOST_MEGABYTES = 10, 256
METRICS = ("spend", "error_rate", "latency_p95", "ttft_p90", "requests", "tokens", "fallback_rate", "rate_limited")
WINDOWS = (3600, 3600, 300)
GROUPS = (None, None, "user", "model", "provider", "key", "property:feature")


def _equal(field: str, value: str) -> list[JsonObject]:
    return [{"field": field, "operator": "equals", "value": value}]


FILTERS: tuple[list[JsonObject], ...] = (
    [],
    *(_equal("model", model) for model in MODELS),
    *(_equal("property:team", team) for team in TEAMS),
    *(_equal("property:feature", feature) for feature in FEATURES),
    [{"field": "status", "operator": "gte", "value": 500}],
    [{"field": "user", "operator": "contains", "value": "example.com"}, {"field": "stream", "value": True}],
    [{"field": "latency", "operator": "gt", "value": 5000}],
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.url:
        _evaluate(Home(options.url, 0))
        return
    with emulated() as home:
        client, now = home.opening()(), int(time.time() * 1000)
        DynamoDBCallers(client, TABLE).put(hash_key("bench"), Caller("bench", "Bench", ORGANIZATION), 0)
        definitions = DynamoDBAlertDefinitions(client, TABLE)
        asyncio.run(_keep(definitions, list(_rules(options.rules))))
        fill(client, traffic(options.requests, now - HOUR, now, ORGANIZATION))
        rollup_run(Settings(table=TABLE), client).catch_up()
        before = home.cpu()
        command = [sys.executable, "-m", "tests.bench.alerts", "--url", home.url]
        subprocess.run(command, check=True, env={**os.environ, "AWS_ENDPOINT_URL": home.url})
        print(f"emulator {home.cpu() - before:6.1f} s of processor time")


def _rules(count: int) -> Iterator[Rule]:
    """Every third looks at five minutes only; some go off in the first run."""
    kinds = zip(cycle(product(FILTERS, GROUPS)), cycle(METRICS), cycle(WINDOWS), strict=False)
    for number, ((conditions, group_by), metric, window) in enumerate(islice(kinds, count)):
        rule: JsonObject = {
            "id": f"rule-{number}",
            "name": f"Rule {number}",
            "metric": metric,
            "threshold": 1 if number % 25 == 0 else 1_000_000_000,
            "window": window,
            "filter": conditions,
            "minimum_requests": 50,
        }
        yield read_rule({**rule, "group_by": group_by} if group_by else rule, ORGANIZATION)


async def _keep(definitions: DynamoDBAlertDefinitions, rules: list[Rule]) -> None:
    for rule in rules:
        await definitions.put(rule)


def _evaluate(home: Home) -> None:
    opening = home.opening()
    client = opening()
    alerts, counter = (
        wire_alerts(Settings(table=TABLE), AlertClients(client, opening.secrets_manager(), opening.sns)),
        Counter(client),
    )
    collector.relax()
    for turn in ("first", "second"):
        imported, begun, worked = most_memory(), time.perf_counter(), time.process_time()
        outcome = asyncio.run(alerts.alerting.run())
        took, worked, reads = time.perf_counter() - begun, time.process_time() - worked, counter.taken()
        print(f"{turn} run: {outcome.rules} rules, {outcome.changes} changes, {outcome.sent} messages sent")
        print(f"took     {took:6.1f} s")
        print(f"own      {worked:6.1f} s of processor time (at most {MOST_SECONDS})")
        print(f"memory   {most_memory():6.0f} MB, {imported:.0f} of them before it began (at most {MOST_MEGABYTES})")
        print(
            f"asked    {reads.calls:,} calls, {reads.items:,} items, {reads.bytes / 1e6:.0f} MB, {reads.units:,.0f} units",
            flush=True,
        )


if __name__ == "__main__":
    main()
