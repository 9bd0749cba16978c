"""Sessions: found by their last requests, and each of them whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
        found: dict[str, Session] = {}
        page = self.requests.page(organization, replace(wanted, in_session=True), AT_ONCE, before)
        for record in page.records:
            if record.session_id is None or record.session_id in found or name not in (None, record.session_name):
                continue
            session = self._read(organization, record.session_id, MOST_SUMMED)
            if session is not None and _is_last(session, record):
                found[session.id] = session
            if len(found) == limit:
                return SessionPage([*found.values()], Position.of(record), page.examined, stopped=False)
        # A page of requests may hold few sessions: there may be more of them further back.
        return SessionPage([*found.values()], page.next, page.examined, stopped=page.next is not None)

    def one(self, organization: str, session_id: str) -> Session:
        """Raises NotFound."""
        session = self._read(organization, session_id, MOST_SHOWN)
        if session is None:
            raise NotFound(f"There is no session {session_id[:80]!r}. Records are kept for the retention period only.")
        return session

    def spoken(self, session: Session) -> list[RequestRecord]:
        """The first requests with their bodies."""
        return self.requests.records.with_bodies(session.records[:MOST_BODIES])

    def _read(self, organization: str, session_id: str, most: int) -> Session | None:
        found = self.requests.records.session(organization, session_id, most)
        return session_of(session_id, found, complete=len(found) < most) if found else None


def _is_last(session: Session, record: RequestRecord) -> bool:
    """Whether a session belongs where this request is: on an earlier page it was at a later one. The end of a session
    too long to be read is not known.
    """
    return not session.complete or max(map(Position.of, session.records)) <= Position.of(record)
