"""What requests add up to: stored buckets, and the live tail of what no bucket holds yet."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ai_gateway.core.measures import Measures, total
from ai_gateway.core.periods import Grain, Tile, floor, following, runs, starts, tiles
from ai_gateway.core.prompts.versions import Number, parse_number
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.rollups import (
    ATTEMPT,
    PROMPT_VERSION,
    PROVIDER,
    TOTAL,
    WHOLE,
    Breakdown,
    Bucket,
    Dimension,
    fold,
    together,
)
from ai_gateway.ports import Clock, RecordReader, Rollups
from ai_gateway.services.rollups import REPAIRED


class Tail:
    """The requests that ended from `since` on, which the rollups may not hold yet."""

    def __init__(self, since: int, records: Sequence[RequestRecord]) -> None:
        self.since = since
        self._records = records
        self._buckets: dict[tuple[int, int], Bucket] = {}

    def hours(self) -> list[int]:
        return sorted({floor("hour", record.ended_ms) for record in self._records})

    def bucket(self, hour: int, since: int) -> Bucket:
        """Those of an hour that ended from `since` on."""
        found = self._buckets.get((hour, since))
        if found is None:
            mine = (one for one in self._records if floor("hour", one.ended_ms) == hour and one.ended_ms >= since)
            found = self._buckets[hour, since] = fold(mine)
        return found


@dataclass(frozen=True, slots=True)
class ProviderUsage:
    """`requests` are those that it served, or was the last to fail at; `calls` all that it was called for, with the
    causes of those that failed.
    """

    name: str
    requests: Measures
    calls: Measures


@dataclass(frozen=True, slots=True)
class Analytics:
    """Sums of an organisation's requests, exact to the pico-dollar. Ranges are Unix milliseconds and made of whole
    hours: the one that the start is in counts, and so does the one before the end. Every call blocks, and raises
    StoreUnavailable.
    """

    records: RecordReader
    rollups: Rollups
    clock: Clock

    def now(self) -> int:
        """Unix milliseconds."""
        return int(self.clock.time() * 1000)

    def tail(self, organization: str) -> Tail:
        now = self.now()
        since = self.rollups.through(organization) or now - REPAIRED
        hours = starts("hour", since, now + 1)
        return Tail(since, [one for hour in hours for one in self.records.hour(organization, hour, since=since)])

    def breakdown(self, organization: str, dimension: Dimension, start: int, end: int, tail: Tail) -> Breakdown:
        """The whole range by the values of a dimension."""
        stored = tiles(floor("hour", start), min(end, tail.since), tail.since)
        parts = self._parts(organization, dimension, stored, tail, floor("hour", start), end)
        return together((part for _, part in parts), dimension)

    def series(
        self,
        organization: str,
        start: int,
        end: int,
        grain: Grain,
        tail: Tail,
        dimension: Dimension = TOTAL,
        value: str = WHOLE,
    ) -> list[tuple[int, Measures]]:
        """Requests by the periods of the range, quiet ones too: all of them, or those of a dimension's value."""
        begin, settled = floor("hour", start), min(end, tail.since)
        periods = [(max(period, begin), following(grain, period)) for period in starts(grain, begin, settled)]
        stored = [tile for first, last in periods for tile in tiles(first, min(last, settled), tail.since)]
        found = defaultdict[int, list[Measures]](list)
        for moment, part in self._parts(organization, dimension, stored, tail, begin, end):
            if value in part.values:
                found[floor(grain, moment)].append(part.values[value])
        return [(period, total(found[period])) for period in starts(grain, start, end)]

    def daily(
        self, organization: str, dimension: Dimension, start: int, end: int, tail: Tail
    ) -> list[tuple[int, Breakdown]]:
        """The days of the range that have requests, each by the values of a dimension."""
        parts = defaultdict[int, list[Breakdown]](list)
        begin = floor("hour", start)
        stored = tiles(begin, min(end, tail.since), tail.since, months=False)
        for moment, part in self._parts(organization, dimension, stored, tail, begin, end):
            parts[floor("day", moment)].append(part)
        return [(day, together(parts[day], dimension)) for day in sorted(parts)]

    def providers(self, organization: str, start: int, end: int, tail: Tail) -> list[ProviderUsage]:
        """Every provider that was called or served, the one called most first."""
        served = self.breakdown(organization, PROVIDER, start, end, tail).values
        called = self.breakdown(organization, ATTEMPT, start, end, tail).values
        names = sorted(served.keys() | called.keys(), key=lambda name: (-_requests(called.get(name)), name))
        return [ProviderUsage(name, served.get(name, Measures()), called.get(name, Measures())) for name in names]

    def versions(self, organization: str, prompt_id: str, start: int, end: int, tail: Tail) -> dict[Number, Measures]:
        """What the versions of a prompt were used for, the newest first."""
        found = self.breakdown(organization, PROMPT_VERSION, start, end, tail).values
        start_of = f"{prompt_id}@"
        mine = {value.removeprefix(start_of): sums for value, sums in found.items() if value.startswith(start_of)}
        numbered = {number: sums for name, sums in mine.items() if (number := parse_number(name)) is not None}
        return {number: numbered[number] for number in sorted(numbered, reverse=True)}

    def _parts(
        self, organization: str, dimension: Dimension, stored: list[Tile], tail: Tail, begin: int, end: int
    ) -> Iterator[tuple[int, Breakdown]]:
        """What the stored buckets hold and, of the range, what they do not: starts and breakdowns."""
        through: dict[int, int] = {}
        for grain, first, last in runs(stored):
            for bucket in self.rollups.stored(organization, dimension, grain, first, last):
                yield bucket.start, bucket.breakdown
                through[bucket.start] = bucket.through
        for hour in tail.hours():
            if begin <= hour < end:
                # A bucket may be newer than what was known of the rollups when the tail was read.
                missing = tail.bucket(hour, max(tail.since, through.get(hour, 0)))
                if dimension in missing:
                    yield hour, missing[dimension]


def _requests(measures: Measures | None) -> int:
    return measures.requests if measures is not None else 0
