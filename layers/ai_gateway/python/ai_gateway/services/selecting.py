"""Requests in any order and by offset, and what those that match add up to. Lists say where a search was given up;
counts and sums are of all that match or refused.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest, nsmallest
from itertools import islice
from typing import TypeAlias

from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.filters import Filter, Position
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.sessions import Session, session_of
from ai_gateway.services.requests import Requests

AT_ONCE = 500
MOST_EXAMINED = 50_000
MOST_GIVEN_UP = 8
"""Pages of a search that may end before they are full."""
MOST_SKIPPED = 10_000
MOST_OF_SESSION = 1_000
"""Requests of one session that are added up."""

Key: TypeAlias = Callable[[RequestRecord], float | str]


@dataclass(frozen=True, slots=True)
class Ordering:
    """By a key; without one by when requests ended."""

    key: Key | None = None
    descending: bool = True

    @property
    def newest_first(self) -> bool:
        return self.key is None and self.descending


@dataclass(frozen=True, slots=True)
class Selection:
    """`searched_to` is None unless the search was given up, and then where: older requests have not been looked at."""

    records: Sequence[RequestRecord]
    searched_to: Position | None = None


@dataclass(frozen=True, slots=True)
class SelectedSessions:
    """As `Selection`; each session is of those of its requests that match."""

    sessions: Sequence[Session]
    searched_to: Position | None = None


@dataclass(frozen=True, slots=True)
class Selecting:
    """Of one organisation at a time. Every call blocks, and raises StoreUnavailable."""

    requests: Requests

    def some(self, organization: str, wanted: Filter, ordering: Ordering, offset: int, limit: int) -> Selection:
        """Raises InvalidRequest where the order needs all that match, and those are too many to be read."""
        _check(offset)
        if ordering.newest_first:
            search = _Search(self.requests, organization, wanted, min(AT_ONCE, offset + limit))
            return Selection([*islice(search.found(), offset, offset + limit)], search.given_up)
        pick, by = nlargest if ordering.descending else nsmallest, ordering.key
        key = (lambda one: (by(one), Position.of(one))) if by is not None else Position.of
        return Selection(pick(offset + limit, self.every(organization, wanted), key=key)[offset:])

    def every(self, organization: str, wanted: Filter) -> Iterator[RequestRecord]:
        """Newest first. Raises InvalidRequest in the end unless they were all."""
        search = _Search(self.requests, organization, wanted)
        yield from search.found()
        if search.given_up is not None:
            raise InvalidRequest(
                "Too many requests would have to be read for this. Narrow it by 'request_created_at' or a time filter.",
                param="filter",
            )

    def sessions(self, organization: str, wanted: Filter, offset: int, limit: int) -> SelectedSessions:
        """Those with requests that match, the one whose last of these ended last first."""
        _check(offset)
        search = _Search(self.requests, organization, replace(wanted, in_session=True))
        ids: dict[str, None] = {}
        for record in search.found():
            ids[record.session_id or ""] = None
            if len(ids) > offset + limit:
                break
        shown = islice(ids, offset, offset + limit)
        return SelectedSessions([self._session(organization, one, wanted) for one in shown], search.given_up)

    def _session(self, organization: str, session_id: str, wanted: Filter) -> Session:
        (found,) = self.requests.records.sessions(organization, [session_id], MOST_OF_SESSION)
        matching = [record for record in found if wanted.matches(record)]
        return session_of(session_id, matching, complete=len(found) < MOST_OF_SESSION)


def _check(offset: int) -> None:
    if offset > MOST_SKIPPED:
        raise InvalidRequest(
            f"'offset' is at most {MOST_SKIPPED}. Ask for what is older than the last by 'request_created_at'.",
            param="offset",
        )


class _Search:
    """Pages one after the other. `given_up` is where it ended before it came to the end."""

    def __init__(self, requests: Requests, organization: str, wanted: Filter, at_once: int = AT_ONCE) -> None:
        self._requests = requests
        self._organization = organization
        self._wanted = wanted
        self._at_once = at_once
        self.given_up: Position | None = None

    def found(self) -> Iterator[RequestRecord]:
        before, examined, stopped = None, 0, 0
        while True:
            page = self._requests.page(self._organization, self._wanted, self._at_once, before)
            yield from page.records
            examined, stopped, before = examined + page.examined, stopped + page.stopped, page.next
            if before is None:
                return
            if examined >= MOST_EXAMINED or stopped >= MOST_GIVEN_UP:
                self.given_up = before
                return
