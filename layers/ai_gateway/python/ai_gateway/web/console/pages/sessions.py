"""The pages of sessions: a list, and each of them as a tree, a timeline or a chat."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.filters import Position
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.sessions import Branch, Session, tree_of
from ai_gateway.services.sessions import MOST_BODIES, Sessions
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.conversations import Turn, conversation_of
from ai_gateway.web.console.pages.chips import chips_of
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.console.sessions import SessionFilters

ROWS = 25
View = Literal["tree", "timeline", "chat"]


class Bar(NamedTuple):
    """A request on the session's line of time, in hundredths of the whole."""

    record: RequestRecord
    start: float
    width: float


class Leaf(NamedTuple):
    """A line of the tree: a branch, or a request on one."""

    depth: int
    branch: Branch | None
    bar: Bar | None


class Exchange(NamedTuple):
    """What a request added to what was said before it."""

    record: RequestRecord
    turns: tuple[Turn, ...]


def sessions_page(sessions: Sessions, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/sessions")
    def listing(request: Request, caller: by, shown: Annotated[SessionFilters, Query()]) -> Response:
        before = Position.read(shown.cursor) if shown.cursor is not None else None
        wanted = shown.filter(sessions.requests.now())
        page = sessions.page(caller.organization, wanted, ROWS, before, shown.name)
        told = shown.model_dump(mode="json", exclude={"cursor"}, exclude_none=True)
        pairs = [
            (name, str(one)) for name, value in told.items() for one in ([value] if isinstance(value, str) else [])
        ]
        query = urlencode(pairs)
        older = f"/sessions?{query}{'&' if query else ''}cursor={page.next.cursor}" if page.next else None
        parts = {"page": page, "filters": shown, "chips": chips_of("/sessions", pairs), "older": older}
        if request.headers.get("hx-request"):
            return pages.part(request, "sessions.html", "rows", 200, **parts)
        return pages.page(request, "sessions.html", 200, **parts)

    @router.get("/sessions/{session_id:path}")
    def one(request: Request, session_id: str, caller: by, view: View = "tree") -> Response:
        session = sessions.one(caller.organization, session_id)
        return pages.page(
            request,
            "session.html",
            session=session,
            view=view,
            bars=bars_of(session) if view == "timeline" else [],
            leaves=list(_leaves(tree_of(session.records), bars_of(session))) if view == "tree" else [],
            exchanges=_exchanges(sessions.spoken(session)) if view == "chat" else [],
            most_bodies=MOST_BODIES,
        )

    return router


def bars_of(session: Session) -> list[Bar]:
    whole, first = max(session.sums.duration, 1), session.sums.first or 0
    return [_bar(record, first, whole) for record in session.records]


def _bar(record: RequestRecord, first: int, whole: int) -> Bar:
    start = min(99.0, (int(record.started * 1000) - first) / whole * 100)
    return Bar(record, round(start, 2), round(max(1.0, min(100 - start, record.duration_ms / whole * 100)), 2))


def _leaves(root: Branch, bars: Sequence[Bar]) -> Iterator[Leaf]:
    by_id = {bar.record.id: bar for bar in bars}

    def below(branch: Branch, depth: int) -> Iterator[Leaf]:
        if branch is not root or branch.records:
            yield Leaf(depth, branch, None)
            depth += 1
        yield from (Leaf(depth, None, by_id[record.id]) for record in branch.records)
        for one in branch.branches.values():
            yield from below(one, depth)

    return below(root, 0)


def _exchanges(records: Sequence[RequestRecord]) -> list[Exchange]:
    """Applications send the whole conversation each time: only what is new in a request is told."""
    known: set[Turn] = set()
    found = []
    for record in records:
        turns = conversation_of(record.request, record.response).turns
        new = tuple(turn for turn in turns if turn.answer or turn not in known)
        known.update(turns)
        known.update(Turn(turn.role, turn.parts, turn.name) for turn in turns)
        found.append(Exchange(record, new))
    return found
