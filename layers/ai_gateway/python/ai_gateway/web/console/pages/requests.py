"""The page of requests: a list that its address filters, live if wanted, and each of them whole in a drawer."""

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import Field
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.filters import Position
from ai_gateway.core.helicone_columns import FEEDBACK
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.services.requests import Requests
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.conversations import conversation_of, raw
from ai_gateway.web.console.curl import curl_of
from ai_gateway.web.console.pages.chips import Chip, chips_of
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.console.request_filters import RequestFilters

ROWS = 50


class ShownFilters(RequestFilters):
    cursor: Annotated[str | None, Field(max_length=3000)] = None
    live: bool = False


class Bar(NamedTuple):
    """An attempt on the line of time, in hundredths of the whole request."""

    attempt: AttemptRecord
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the page leads with the same filters."""

    query: str
    chips: list[Chip]

    @property
    def here(self) -> str:
        return f"/requests?{self.query}" if self.query else "/requests"

    def export(self, form: str) -> str:
        return f"/api/v1/requests/export?{self.query}{'&' if self.query else ''}format={form}"

    def older(self, cursor: str) -> str:
        return f"/requests?{self.query}{'&' if self.query else ''}cursor={cursor}"


def requests_page(requests: Requests, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/requests")
    def listing(request: Request, caller: by, shown: Annotated[ShownFilters, Query()]) -> Response:
        before = Position.read(shown.cursor) if shown.cursor is not None else None
        page = requests.page(caller.organization, shown.filter(requests.now()), ROWS, before)
        told: dict[str, Any] = {
            "page": page,
            "filters": shown,
            "addresses": _addresses(shown),
            "older": before is not None,
        }
        if request.headers.get("hx-request"):
            return pages.part(request, "requests.html", "rows", **told)
        return pages.page(request, "requests.html", **told)

    @router.get("/requests/{request_id}")
    def one(request: Request, request_id: str, caller: by) -> Response:
        record = requests.one(caller.organization, request_id)
        told = _details(record, pages.gateway_of(request))
        if request.headers.get("hx-request"):
            return pages.part(request, "request.html", "details", drawer=True, **told)
        return pages.page(request, "request.html", drawer=False, **told)

    @router.post("/requests/{request_id}/feedback")
    def feedback(request: Request, request_id: str, caller: by, rating: Annotated[bool, Form()]) -> Response:
        scores = requests.score(caller.organization, request_id, {FEEDBACK: rating})
        return pages.part(request, "request.html", "scores", id=request_id, scores=scores, feedback=FEEDBACK)

    return router


def _addresses(shown: ShownFilters) -> Addresses:
    told = shown.model_dump(mode="json", exclude={"cursor", "live"}, exclude_none=True)
    pairs = [
        (name, str(one)) for name, value in told.items() for one in (value if isinstance(value, list) else [value])
    ]
    return Addresses(urlencode(pairs), chips_of("/requests", pairs))


def _details(record: RequestRecord, gateway_url: str) -> dict[str, Any]:
    return {
        "record": record,
        "id": record.id,
        "scores": record.scores,
        "feedback": FEEDBACK,
        "conversation": conversation_of(record.request, record.response),
        "bodies": (("Request", raw(record.request)), ("Response", raw(record.response))),
        "bars": bars_of(record),
        "curl": curl_of(record, gateway_url),
    }


def bars_of(record: RequestRecord) -> list[Bar]:
    """Attempts on the line of time; the one that served goes on to the end."""
    whole = max(record.duration_ms, *(one.started_ms + one.latency_ms for one in record.attempts), 1)
    return [_bar(attempt, record, whole) for attempt in record.attempts]


def _bar(attempt: AttemptRecord, record: RequestRecord, whole: int) -> Bar:
    serves = attempt.error_type is None and not attempt.skipped
    lasted = record.duration_ms - attempt.started_ms if serves else attempt.latency_ms
    start = min(99.0, attempt.started_ms / whole * 100)
    return Bar(attempt, round(start, 2), round(max(1.0, min(100 - start, max(0, lasted) / whole * 100)), 2))
