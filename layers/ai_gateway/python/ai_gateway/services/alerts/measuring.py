"""Measures for alerts: whole hours from rollups where those can tell, all else from the records of requests."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

from ai_gateway.core.alerts.groups import EVERYTHING
from ai_gateway.core.alerts.measures import Measures, of_sums
from ai_gateway.core.alerts.tally import Ask, Groups, Measured, Slices, Tally, finished_at
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.measures import Measures as Sums
from ai_gateway.core.measures import total
from ai_gateway.core.periods import HOUR, floor, starts
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.rollups import ATTEMPT, PROVIDER, TOTAL, WHOLE, Breakdown, Dimension
from ai_gateway.ports import RecordReader
from ai_gateway.services.analytics import Analytics, Tail

MOST_RECORDS = 200_000
"""That one series, for which somebody waits, is made of."""
MOST_TRACED = 20_000
"""The newest records, of which trends are made: they go along with a notice, and hold none up."""
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class HoursAndRecords:
    """A `ports.alerts.Measuring`. Of a long time, what one value of 500 others outdid in every hour is not seen: see
    `core.rollups`.
    """

    records: RecordReader
    analytics: Analytics

    async def measure(self, organization: str, asks: Collection[Ask]) -> Measured:
        return await asyncio.to_thread(self._measure, organization, set(asks))

    async def series(self, organization: str, ask: Ask, slices: int) -> Sequence[Groups]:
        """Raises InvalidRequest when there are more requests than anybody would wait for."""
        return await asyncio.to_thread(self._series, organization, ask, slices)

    async def trends(self, organization: str, asks: Collection[Ask], slices: int) -> Mapping[Ask, Sequence[Groups]]:
        return await asyncio.to_thread(self._trends, organization, asks, slices)

    def _measure(self, organization: str, asks: set[Ask]) -> Measured:
        parts = {ask: _parts(ask) for ask in asks}
        tally = Tally({edge for part in parts.values() for edge in part.edges})
        for record in self._records(organization, tally.asks()):
            tally.add(record)
        counted, hours = tally.measured(), _Hours(organization, self.analytics)

        def groups(part: _Parts) -> Iterator[Groups]:
            yield from (counted[edge] for edge in part.edges)
            if part.hours is not None:
                yield hours.groups(part.hours, part.dimension)

        return {ask: _added(list(groups(part))) for ask, part in parts.items()}

    def _series(self, organization: str, ask: Ask, slices: int) -> Sequence[Groups]:
        sliced = Slices(ask, slices)
        for number, record in enumerate(self._records(organization, [ask], among=self._busy_hours(organization, ask))):
            if number == MOST_RECORDS:
                raise InvalidRequest(
                    f"There are more than {MOST_RECORDS:,} requests in that time. Ask for fewer days.", param="days"
                )
            sliced.add(record)
        return sliced.measured()

    def _busy_hours(self, organization: str, ask: Ask) -> set[int]:
        """Those in which there were requests: a month of which most hours are quiet is soon read."""
        start, end = floor("hour", round(ask.start * 1000)), ceil(ask.end * 1000)
        found = self.analytics.series(organization, start, end, "hour", self.analytics.tail(organization))
        return {hour for hour, sums in found if sums.requests}

    def _trends(self, organization: str, asks: Collection[Ask], slices: int) -> Mapping[Ask, Sequence[Groups]]:
        sliced = {ask: Slices(ask, slices) for ask in asks}
        reached = -inf
        for number, record in enumerate(self._records(organization, asks, newest_first=True)):
            if number == MOST_TRACED:
                reached = finished_at(record)
                break
            for one in sliced.values():
                one.add(record)
        return {ask: one.measured() for ask, one in sliced.items() if ask.start > reached}

    def _records(
        self,
        organization: str,
        asks: Collection[Ask],
        *,
        among: Collection[int] | None = None,
        newest_first: bool = False,
    ) -> Iterator[RequestRecord]:
        """Once each, of every hour from the first moment to the last that is asked for, or of those `among` them."""
        needed: dict[int, tuple[int, int]] = {}
        for ask in asks:
            since, until = ceil(ask.start * 1000), ceil(ask.end * 1000)
            for hour in starts("hour", since, until):
                first, last = needed.get(hour, (since, until))
                needed[hour] = min(first, since), max(last, until)
        page = AT_ONCE if newest_first else None
        for hour in sorted(needed, reverse=newest_first):
            if among is not None and hour not in among:
                continue
            since, until = needed[hour]
            yield from self.records.hour(
                organization, hour, since=since, until=until, newest_first=newest_first, page=page
            )


class _Hours:
    """Whole hours from rollups and what they do not hold yet. Many rules ask for the same ones."""

    def __init__(self, organization: str, analytics: Analytics) -> None:
        self._organization = organization
        self._analytics = analytics
        self._tail: Tail | None = None
        self._known: dict[tuple[Dimension, float, float], Breakdown] = {}

    def groups(self, ask: Ask, dimension: Dimension) -> Groups:
        found = self._breakdown(dimension, ask).values
        if ask.filter:
            sums = found.get(str(ask.filter[0].value))
            return {EVERYTHING: of_sums(sums, None)} if sums else {}
        if dimension == TOTAL:
            calls = total(self._breakdown(ATTEMPT, ask).values.values()) if ask.calls else None
            return {EVERYTHING: of_sums(found[WHOLE], calls)} if WHOLE in found else {}
        if dimension == PROVIDER:
            calls_of = self._breakdown(ATTEMPT, ask).values
            return {
                name: of_sums(found.get(name, Sums()), calls_of.get(name)) for name in found.keys() | calls_of.keys()
            }
        return {name: of_sums(sums, None) for name, sums in found.items()}

    def _breakdown(self, dimension: Dimension, ask: Ask) -> Breakdown:
        key = dimension, ask.start, ask.end
        if key not in self._known:
            if self._tail is None:
                self._tail = self._analytics.tail(self._organization)
            start, end = round(ask.start * 1000), round(ask.end * 1000)
            self._known[key] = self._analytics.breakdown(self._organization, dimension, start, end, self._tail)
        return self._known[key]


@dataclass(frozen=True, slots=True)
class _Parts:
    """`hours` are the whole ones that rollups tell by the dimension, `edges` what is before and after them."""

    edges: tuple[Ask, ...]
    hours: Ask | None = None
    dimension: Dimension = TOTAL


def _parts(ask: Ask) -> _Parts:
    dimension = ask.dimension()
    first, last = -floor("hour", -round(ask.start * 1000)), floor("hour", round(ask.end * 1000))
    if dimension is None or last - first < 2 * HOUR:
        return _Parts((ask,))
    hours = replace(ask, start=first / 1000, end=last / 1000)
    edges = replace(ask, end=hours.start), replace(ask, start=hours.end)
    return _Parts(tuple(edge for edge in edges if edge.start < edge.end), hours, dimension)


def _added(parts: Sequence[Groups]) -> Groups:
    """Most are one part, which is not copied."""
    if len(parts) == 1:
        return parts[0]
    whole: dict[str, Measures] = {}
    for part in parts:
        for group, measures in part.items():
            whole.setdefault(group, Measures()).merge(measures)
    return whole
