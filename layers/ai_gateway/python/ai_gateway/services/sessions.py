"""Sessions: found by their last requests, and each of them whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ai_gateway.core.errors import NotFound
from ai_gateway.core.filters import Filter, Position
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.sessions import Session, session_of
from ai_gateway.services.requests import Requests

MOST_SUMMED = 1_000
"""Requests of one session that are added up for a list."""
MOST_SHOWN = 2_000
MOST_BODIES = 60
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Newest first by their last requests; the rest is as in `requests.Page`."""

    sessions: Sequence[Session]
    next: Position | None
    examined: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Sessions:
    """Of one organisation at a time. Every call blocks, and raises StoreUnavailable."""

    requests: Requests

    def page(
        self, organization: str, wanted: Filter, limit: int, before: Position | None = None, name: str | None = None
    ) -> SessionPage:
        """Those whose last request matches and stands before a position. There is no index of sessions: this reads
        requests, as bounded as a page of those.
        """
        found: list[Session] = []
        page = self.requests.page(organization, replace(wanted, in_session=True), AT_ONCE, before)
        left = iter(_newest(record for record in page.records if name in (None, record.session_name)).items())
        while some := dict(islice(left, limit - len(found))):
            sessions = self._read(organization, [*some], MOST_SUMMED)
            found += [session for session in sessions if _is_last(session, some[session.id])]
            if len(found) == limit:
                return SessionPage(found, Position.of(some[found[-1].id]), page.examined, stopped=False)
        # A page of requests may hold few sessions: there may be more of them further back.
        return SessionPage(found, page.next, page.examined, stopped=page.next is not None)

    def one(self, organization: str, session_id: str) -> Session:
        """Raises NotFound."""
        found = self._read(organization, [session_id], MOST_SHOWN)
        if not found:
            raise NotFound(f"There is no session {session_id[:80]!r}. Records are kept for the retention period only.")
        return found[0]

    def spoken(self, session: Session) -> list[RequestRecord]:
        """The first requests with their bodies."""
        return self.requests.records.with_bodies(session.records[:MOST_BODIES])

    def _read(self, organization: str, session_ids: Sequence[str], most: int) -> list[Session]:
        """Those that there are."""
        found = self.requests.records.sessions(organization, session_ids, most)
        return [
            session_of(session_id, records, complete=len(records) < most)
            for session_id, records in zip(session_ids, found, strict=True)
            if records
        ]


def _newest(records: Iterable[RequestRecord]) -> dict[str, RequestRecord]:
    """The first request of each session, in the order of those."""
    found: dict[str, RequestRecord] = {}
    for record in records:
        if record.session_id is not None:
            found.setdefault(record.session_id, record)
    return found


def _is_last(session: Session, record: RequestRecord) -> bool:
    """Whether a session belongs where this request is: on an earlier page it was at a later one. The end of a session
    too long to be read is not known.
    """
    return not session.complete or max(map(Position.of, session.records)) <= Position.of(record)
