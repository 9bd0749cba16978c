"""Requests as they were recorded: found newest first, looked at whole, scored, taken away."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from ai_gateway.core.errors import InvalidRequest, NotFound
from ai_gateway.core.filters import Filter, Position
from ai_gateway.core.periods import floor, starts
from ai_gateway.core.records import RequestRecord, Score
from ai_gateway.ports import Clock, RecordReader, Rollups
from ai_gateway.services.rollups import REPAIRED

MOST_EXAMINED = 10_000
"""Summaries that are read for one page."""
MOST_BODIES = 400
"""Requests whose bodies are read for one page."""
MOST_HOURS = 200
"""Hours that are visited for one page: each costs a read of every shard."""
MOST_OF_SESSION = 2_000
"""Requests up to which a session is read by its index instead."""
AT_ONCE = 32
AHEAD = 60_000
"""Milliseconds that the clock of another machine may be ahead."""
MOST_SCORES = 50
LONGEST_SCORE_NAME = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `next` is where to go on, None at the end. `stopped` says that the search was given up before the
    page was full, after examining so many requests; what is older than `next` has not been looked at.
    """

    records: Sequence[RequestRecord]
    next: Position | None
    examined: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Requests:
    """Of one organisation at a time. Every call blocks, and raises StoreUnavailable."""

    records: RecordReader
    rollups: Rollups
    clock: Clock

    def now(self) -> int:
        """Unix milliseconds."""
        return int(self.clock.time() * 1000)

    def page(self, organization: str, wanted: Filter, limit: int, before: Position | None = None) -> Page:
        """Those that match and stand before a position."""
        return _Search(self, organization, wanted, limit).page(before)

    def every(self, organization: str, wanted: Filter, *, bodies: bool, limit: int) -> Iterator[RequestRecord]:
        """All that match, however many pages they are, read as they are asked for."""
        before, left = None, limit
        while left > 0:
            page = self.page(organization, wanted, min(left, 500), before)
            for start in range(0, len(page.records), AT_ONCE):
                some = page.records[start : start + AT_ONCE]
                yield from self.records.with_bodies(some) if bodies else some
            left -= len(page.records)
            before = page.next
            if before is None:
                return

    def one(self, organization: str, request_id: str) -> RequestRecord:
        """With its bodies. Raises NotFound."""
        record = self.records.one(organization, request_id)
        if record is None:
            raise _unknown(request_id)
        return record

    def score(self, organization: str, request_id: str, scores: Mapping[str, Score]) -> Mapping[str, Score]:
        """Add scores, or replace those of the same name, and have the sums of its hour made anew; all that it has now.
        Raises NotFound, InvalidRequest.
        """
        record = self.one(organization, request_id)
        known = {**record.scores, **scores}
        if len(known) > MOST_SCORES or not all(map(_is_score_name, known)):
            raise InvalidRequest(
                f"A request has at most {MOST_SCORES} scores, with names of 1 to {LONGEST_SCORE_NAME} printable "
                "characters.",
                param="scores",
            )
        with self._remaking(organization, record):
            if not self.records.score(organization, request_id, known):
                raise _unknown(request_id)
        return known

    def delete(self, organization: str, request_id: str) -> None:
        """Take a request away, and have the sums of its hour made anew. Raises NotFound."""
        with self._remaking(organization, self.one(organization, request_id)):
            self.records.delete(organization, request_id)

    @contextmanager
    def _remaking(self, organization: str, record: RequestRecord) -> Iterator[None]:
        """A change of a record, after which its hour is made anew."""
        hour = floor("hour", record.ended_ms)
        # Before, for should this be cut off afterwards; after, for should a run have been between.
        self.rollups.remake(organization, hour)
        yield
        self.rollups.remake(organization, hour)


def _is_score_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_SCORE_NAME and name.isprintable()


def _unknown(request_id: str) -> NotFound:
    return NotFound(f"There is no request {request_id[:80]!r}. Records are kept for the retention period only.")


_Place: TypeAlias = tuple[Position, RequestRecord | None]


class _Search:
    """One page being looked for."""

    def __init__(self, requests: Requests, organization: str, wanted: Filter, limit: int) -> None:
        self._requests = requests
        self._organization = organization
        self._wanted = wanted
        self._limit = limit
        self._examined = 0
        self._bodies = 0
        self._hours_over = 0

    def page(self, before: Position | None) -> Page:
        found: list[RequestRecord] = []
        matching = self._matching(before)
        for position, record in self._as_bodies_say(matching) if self._wanted.reads_bodies else matching:
            self._examined += bool(position.id)
            self._hours_over += not position.id
            if record is not None:
                found.append(record)
            if len(found) == self._limit:
                return Page(found, position, self._examined, stopped=False)
            if self._enough():
                return Page(found, position, self._examined, stopped=True)
        return Page(found, None, self._examined, stopped=False)

    def _enough(self) -> bool:
        return self._examined >= MOST_EXAMINED or self._bodies >= MOST_BODIES or self._hours_over >= MOST_HOURS

    def _matching(self, before: Position | None) -> Iterator[_Place]:
        return (
            (position, record if record is not None and self._wanted.matches(record) else None)
            for position, record in self._places(before)
        )

    def _as_bodies_say(self, matching: Iterator[_Place]) -> Iterator[_Place]:
        while some := list(islice(matching, AT_ONCE)):
            read = self._requests.records.with_bodies([record for _, record in some if record is not None])
            kept = {record.id for record in read if self._wanted.matches_with(record)}
            for position, record in some:
                self._bodies += record is not None
                yield position, record if position.id in kept else None

    def _places(self, before: Position | None) -> Iterator[_Place]:
        """Requests before a position, newest first, and where hours are over: there, positions have no id."""
        newest = self._requests.now() + AHEAD
        if self._wanted.until is not None:
            newest = min(newest, self._wanted.until - 1)
        if before is not None:
            newest = min(newest, before.ended)
        for position, record in self._of_session(newest) or self._of_hours(newest):
            if before is None or position < before:
                yield position, record

    def _of_session(self, newest: int) -> list[_Place]:
        """Read by the index; nothing where no session is looked for, or one that is too long."""
        if self._wanted.session is None:
            return []
        (found,) = self._requests.records.sessions(self._organization, [self._wanted.session], MOST_OF_SESSION)
        if len(found) == MOST_OF_SESSION:
            return []
        places = ((Position.of(record), record) for record in reversed(found))
        return [(position, record) for position, record in places if position.ended <= newest]

    def _of_hours(self, newest: int) -> Iterator[_Place]:
        # Of each shard at first; where that does not fill a page within an hour, further hours are read whole.
        page = 2 * self._limit if self._wanted.narrows else max(10, self._limit // 4)
        for number, hour in enumerate(self._hours(newest, self._wanted.since or 0)):
            at_first = None if number and self._wanted.narrows else page
            found = self._requests.records.search(
                self._organization, hour, self._wanted, until=newest + 1, page=at_first
            )
            yield from found
            yield Position(hour, ""), None

    def _hours(self, newest: int, oldest: int) -> Iterator[int]:
        """Hours that requests may have ended in, newest first: those that have buckets, and all that may yet have."""
        if oldest > newest:
            return
        rollups, organization = self._requests.rollups, self._organization
        through = rollups.through(organization) or self._requests.now() - REPAIRED
        live = list(starts("hour", max(through, oldest), newest + 1))
        yield from reversed(live)
        settled = live[0] - 1 if live else newest
        if settled >= oldest:
            yield from rollups.hours(organization, settled, oldest)
