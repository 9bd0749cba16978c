"""What the overview reads of a month or a year, by how much went through the gateway.

    uv run python -m tests.bench.months [--times 5]

Buckets are as large as what is in them is varied, up to bounds (500 values a dimension, bins of times 2 % wide), and
not as large as what went through. Hours, days and months are written as a rollup writes them, of an hour of traffic of
the size that the month is made of; then the overview's sums are read, with DynamoDB's part told in calls, items and
units, and the emulator's in processor time.
"""

import argparse
import time
from collections.abc import Iterator
from statistics import median

from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.core.measures import total
from ai_gateway.core.periods import DAY, HOUR, Grain, StoredGrain, floor, starts
from ai_gateway.core.rollups import ATTEMPT, MODEL, TOTAL, USER, Bucket, fold
from ai_gateway.services.analytics import Analytics
from tests.bench.counting import Counter
from tests.bench.filling import TABLE, Home, emulated
from tests.bench.traffic import traffic
from tests.fakes import FakeClock

MONTHLY = (100_000, 1_000_000, 10_000_000)
HOURS_A_MONTH = 30 * 24
RANGES: tuple[tuple[str, int, Grain], ...] = (("30 days", 30 * DAY, "day"), ("12 months", 365 * DAY, "month"))
LAST_EVENING = 1_434_600
"""2027-01-31, 22:30 UTC in the seconds of `FakeClock`: on the last evening of a month ranges have the most buckets."""
MOST_FOLDED = 300_000
"""Requests that a bucket is made of: one of more has no more values, and hardly more bins."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    print(
        f"{'requests a month':18}{'read':12}{'ms':>6}{'own':>6}{'emulator':>10}{'calls':>7}{'items':>7}{'KB':>7}{'units':>8}"
    )
    with emulated() as home:
        for monthly in MONTHLY:
            _measure(home, f"org-{monthly}", monthly, times)


def _measure(home: Home, organization: str, monthly: int, times: int) -> None:
    client = home.opening()()
    rollups, counter = DynamoDBRollups(client, TABLE), Counter(client)
    analytics = Analytics(DynamoDBRecords(client, TABLE), rollups, FakeClock(LAST_EVENING))
    now = analytics.now()
    for grain, start, bucket in _buckets(monthly, now, organization):
        rollups.put(organization, grain, start, bucket, through=now, version=now)
    rollups.advance(organization, now)
    counter.taken()
    for name, length, shown in RANGES:
        took, begun_own, begun_emulator = [], time.process_time(), home.cpu()
        for _ in range(times):
            begun = time.perf_counter()
            requests = _overview(analytics, organization, floor("hour", now) + HOUR, length, shown)
            took.append((time.perf_counter() - begun) * 1000)
        own, emulator = (time.process_time() - begun_own) * 1000 / times, (home.cpu() - begun_emulator) * 1000 / times
        reads = counter.taken()
        print(
            f"{monthly:<18,}{name:12}{median(took):6.0f}{own:6.0f}{emulator:10.0f}{reads.calls // times:7}"
            f"{reads.items // times:7}{reads.bytes / times / 1000:7.0f}{reads.units / times:8.1f}",
            flush=True,
        )
        if not requests:
            raise RuntimeError("There was nothing to read.")


def _buckets(monthly: int, now: int, organization: str) -> Iterator[tuple[StoredGrain, int, Bucket]]:
    """Two days of hours, 61 days and 12 months: all that one of the ranges is made of."""
    sizes: tuple[tuple[StoredGrain, int, int], ...] = (
        ("hour", 2 * DAY, monthly // HOURS_A_MONTH),
        ("day", 61 * DAY, monthly // 30),
        ("month", 400 * DAY, monthly),
    )
    for bucketed, length, size in sizes:
        first = floor(bucketed, now - length)
        bucket = fold(traffic(min(size, MOST_FOLDED), first, first + HOUR, organization, bodies=False))
        for start in starts(bucketed, first, now):
            yield bucketed, start, bucket


def _overview(analytics: Analytics, organization: str, end: int, length: int, grain: Grain) -> int:
    """What the page asks for: requests of the whole range."""
    start, tail = floor(grain, end - length), analytics.tail(organization)
    for dimension in (MODEL, ATTEMPT, USER):
        analytics.breakdown(organization, dimension, start, end, tail).ranked()
    series = analytics.series(organization, start, end, grain, tail)
    analytics.breakdown(organization, TOTAL, start - (end - start), start, tail)
    return total(measures for _, measures in series).requests


if __name__ == "__main__":
    main()
