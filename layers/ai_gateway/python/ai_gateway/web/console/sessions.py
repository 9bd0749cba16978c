"""The API of sessions. The console mounts it under `/api/v1`, and says who asks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from ai_gateway.core.caller import Caller
from ai_gateway.core.filters import Position
from ai_gateway.core.sessions import tree_of
from ai_gateway.services.sessions import Sessions
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.request_filters import RequestFilters
from ai_gateway.web.console.session_rows import SessionPageRow, SessionRow, SessionWhole
from ai_gateway.web.console.times import when


class SessionFilters(RequestFilters):
    """Of a session's last request."""

    name: Annotated[str | None, Field(max_length=4000, description="The session's name.")] = None
    cursor: Annotated[str | None, Field(max_length=3000)] = None


class SessionListing(SessionFilters):
    limit: Annotated[int, Field(ge=1, le=100)] = 25


def sessions_router(sessions: Sessions, admin_of: AdminOf) -> APIRouter:
    router = APIRouter(prefix="/sessions", tags=["sessions"])
    admin = Annotated[Caller, Depends(admin_of)]

    @router.get("")
    def listing(by: admin, asked: Annotated[SessionListing, Query()]) -> SessionPageRow:
        """Sessions, the one that was seen last first. Filters are those of requests, of its last request."""
        before = Position.read(asked.cursor) if asked.cursor is not None else None
        wanted = asked.filter(sessions.requests.now())
        page = sessions.page(by.organization, wanted, asked.limit, before, asked.name)
        return SessionPageRow(
            data=[SessionRow.of(session) for session in page.sessions],
            next=page.next.cursor if page.next else None,
            examined=page.examined,
            stopped=page.stopped,
            searched_to=when(page.next.ended) if page.next else None,
        )

    @router.get("/{session_id:path}")
    def one(session_id: str, by: admin) -> SessionWhole:
        """A session whole: as a tree by path, and its requests in order."""
        session = sessions.one(by.organization, session_id)
        return SessionWhole.with_tree(session, tree_of(session.records))

    return router
