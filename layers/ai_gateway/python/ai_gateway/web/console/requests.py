"""The API of requests. The console mounts it under `/api/v1`, and says who asks."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.filters import Position
from ai_gateway.core.helicone_columns import FEEDBACK
from ai_gateway.services.requests import Page, Requests
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.exports import comma_separated, json_lines
from ai_gateway.web.console.request_filters import UNITS, RequestFilters
from ai_gateway.web.console.request_rows import (
    Feedback,
    Live,
    RequestPage,
    RequestRow,
    RequestWithBodies,
    Scores,
    ScoresOf,
)
from ai_gateway.web.console.times import when

MOST_LIVE = 500
FILES: dict[str, dict[str, object]] = {"application/jsonl": {}, "text/csv": {}}


class Listing(RequestFilters):
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str | None, Field(max_length=3000, description="The `next` of the page before.")] = None


class Latest(RequestFilters):
    minutes: Annotated[int, Field(ge=1, le=60)] = 5


class Export(RequestFilters):
    format: Literal["jsonl", "csv"] = "jsonl"
    bodies: Annotated[bool, Field(description="With the bodies; in JSON Lines only.")] = False
    limit: Annotated[int, Field(ge=1, le=1_000_000)] = 100_000


def requests_router(requests: Requests, admin_of: AdminOf) -> APIRouter:
    router = APIRouter(prefix="/requests", tags=["requests"])
    _add_lists(router, requests, admin_of)
    _add_one(router, requests, admin_of)
    return router


def _add_lists(router: APIRouter, requests: Requests, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    @router.get("")
    def listing(by: admin, asked: Annotated[Listing, Query()]) -> RequestPage:
        """Requests, newest first. A page reads so much and no more: one that is `stopped` says how far it came, and its
        `next` goes on from there.
        """
        before = Position.read(asked.cursor) if asked.cursor is not None else None
        return page_row(requests.page(by.organization, asked.filter(requests.now()), asked.limit, before))

    @router.get("/live")
    def live(by: admin, asked: Annotated[Latest, Query()]) -> Live:
        """What ended in the last minutes, newest first: there within two seconds of its end."""
        now = requests.now()
        wanted = asked.filter(now)
        since = max(now - asked.minutes * UNITS["m"], wanted.since or 0)
        page = requests.page(by.organization, replace(wanted, since=since), MOST_LIVE)
        return Live(data=[RequestRow.of(record) for record in page.records], complete=page.next is None, now=when(now))

    @router.get("/export", response_class=StreamingResponse, responses={200: {"content": FILES}})
    def export(by: admin, asked: Annotated[Export, Query()]) -> StreamingResponse:
        """Everything that matches, newest first, one line each, as it is read."""
        if asked.bodies and asked.format == "csv":
            raise InvalidRequest("Bodies are in JSON Lines only: 'format=jsonl'.", param="bodies")
        wanted = asked.filter(requests.now())
        found = requests.every(by.organization, wanted, bodies=asked.bodies, limit=asked.limit)
        lines = comma_separated(found) if asked.format == "csv" else json_lines(found, bodies=asked.bodies)
        kind = "text/csv; charset=utf-8" if asked.format == "csv" else "application/jsonl"
        attached = {"content-disposition": f'attachment; filename="requests.{asked.format}"'}
        return StreamingResponse(lines, media_type=kind, headers=attached)


def _add_one(router: APIRouter, requests: Requests, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    @router.get("/{request_id}")
    def one(request_id: str, by: admin) -> RequestWithBodies:
        """A request whole: bodies, every attempt, times, cost by kind."""
        return RequestWithBodies.of(requests.one(by.organization, request_id))

    @router.delete("/{request_id}", status_code=204)
    def delete(request_id: str, by: admin) -> None:
        """Take a request away with its bodies; sums follow within minutes."""
        requests.delete(by.organization, request_id)

    @router.post("/{request_id}/scores")
    def score(request_id: str, new: ScoresOf, by: admin) -> Scores:
        """Add scores, or replace those of the same name."""
        return Scores(scores=dict(requests.score(by.organization, request_id, new.scores)))

    @router.post("/{request_id}/feedback")
    def feedback(request_id: str, new: Feedback, by: admin) -> Scores:
        return Scores(scores=dict(requests.score(by.organization, request_id, {FEEDBACK: new.rating})))


def page_row(page: Page) -> RequestPage:
    return RequestPage(
        data=[RequestRow.of(record) for record in page.records],
        next=page.next.cursor if page.next else None,
        examined=page.examined,
        stopped=page.stopped,
        searched_to=when(page.next.ended) if page.next else None,
    )
