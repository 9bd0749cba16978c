"""Requests as Helicone's API has them, for the scripts that call it: `/v1/request`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from ai_gateway.core.caller import Caller
from ai_gateway.core.conditions import All, Condition
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.filters import Filter
from ai_gateway.core.helicone_columns import FEEDBACK
from ai_gateway.core.helicone_filters import read_filter
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.rollups import TOTAL, WHOLE
from ai_gateway.core.usage import TokenCounts
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.requests import AHEAD, AT_ONCE
from ai_gateway.services.selecting import Ordering, Selecting
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.helicone_results import HeliconeRoute, result
from ai_gateway.web.console.helicone_rows import request_row
from ai_gateway.web.console.request_rows import Feedback, ScoresOf
from ai_gateway.web.console.times import iso, when

LARGEST_BODIES = 3_000_000
"""Bytes of bodies in one answer; Lambda's answers have at most 6 MB."""
Direction = Literal["asc", "desc"]
KEYS: dict[str, Callable[[RequestRecord], float | str] | None] = {
    "created_at": None,
    "latency": lambda record: record.duration_ms,
    "total_tokens": lambda record: TokenCounts.of(record.tokens).total,
    "prompt_tokens": lambda record: TokenCounts.of(record.tokens).prompt,
    "completion_tokens": lambda record: TokenCounts.of(record.tokens).completion,
    "cost": lambda record: record.cost or 0,
    "user_id": lambda record: record.user or "",
    "body_model": lambda record: record.model or record.model_asked,
}


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    filter: Annotated[
        object, Field(description='"all", {table: {column: {operator: value}}} or {left, operator, right}.')
    ] = "all"
    isCached: Annotated[bool | None, Field(description="True: only those.")] = None  # noqa: N815
    isScored: Annotated[bool | None, Field(description="True: only those.")] = None  # noqa: N815
    isPartOfExperiment: Literal[False] | None = None  # noqa: N815
    includeInputs: Annotated[bool | None, Field(description="Inputs are in the body, filled in.")] = None  # noqa: N815

    def read(self) -> Filter:
        """Raises InvalidRequest."""
        found = read_filter(self.filter)
        if self.isScored:
            found = replace(found, tree=All((found.tree or All(), Condition(lambda record: bool(record.scores)))))
        return replace(found, cached=True) if self.isCached else found


class Query(Wanted):
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=0, le=1000)] = 10
    sort: Annotated[dict[str, Direction], Field(max_length=1)] = {}

    def ordering(self) -> Ordering:
        """Raises InvalidRequest."""
        for name, direction in self.sort.items():
            if name not in KEYS:
                raise InvalidRequest(f"There is no order by {name[:80]!r}. There are {', '.join(KEYS)}.", param="sort")
            return Ordering(KEYS[name], descending=direction == "desc")
        return Ordering()


def helicone_requests_router(selecting: Selecting, analytics: Analytics, admin_of: AdminOf) -> APIRouter:
    router = APIRouter(prefix="/v1/request", tags=["Helicone's requests"], route_class=HeliconeRoute)
    _add_queries(router, selecting, analytics, admin_of)
    _add_one(router, selecting, admin_of)
    return router


def _add_queries(router: APIRouter, selecting: Selecting, analytics: Analytics, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    @router.post("/query")
    @router.post("/query-clickhouse")
    def query(asked: Query, by: admin) -> JsonObject:
        """Requests by when they ended, or in another order. `searched_to` is where a search was given up, else null."""
        found = selecting.some(by.organization, asked.read(), asked.ordering(), asked.offset, asked.limit)
        rows = [request_row(record, bodies=has_room) for record, has_room in _with_bodies(selecting, found.records)]
        return result(rows, searched_to=iso(when(found.searched_to.ended)) if found.searched_to else None)

    @router.post("/count/query")
    @router.post("/count/query-clickhouse", include_in_schema=False)
    def count(asked: Wanted, by: admin) -> JsonObject:
        """How many match; refused where they are too many to be looked at."""
        wanted = asked.read()
        if replace(wanted, tree=None) == Filter() and wanted.tree == All():
            end = analytics.now() + AHEAD
            every = analytics.breakdown(by.organization, TOTAL, 0, end, analytics.tail(by.organization))
            return result(every.values[WHOLE].requests if WHOLE in every.values else 0)
        return result(sum(1 for _ in selecting.every(by.organization, wanted)))


def _add_one(router: APIRouter, selecting: Selecting, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]
    requests = selecting.requests

    @router.get("/{request_id}")
    def one(request_id: str, by: admin) -> JsonObject:
        return result(request_row(requests.one(by.organization, request_id)))

    @router.post("/{request_id}/feedback")
    def feedback(request_id: str, new: Feedback, by: admin) -> JsonObject:
        requests.score(by.organization, request_id, {FEEDBACK: new.rating})
        return result(None)

    @router.post("/{request_id}/score", status_code=201)
    def score(request_id: str, new: ScoresOf, by: admin) -> JsonObject:
        requests.score(by.organization, request_id, new.scores)
        return result(None)


def _with_bodies(selecting: Selecting, records: Iterable[RequestRecord]) -> Iterator[tuple[RequestRecord, bool]]:
    """Records with their bodies, and whether an answer has room for them."""
    left, coming = LARGEST_BODIES, iter(records)
    while some := [*islice(coming, AT_ONCE)]:
        for record in selecting.requests.records.with_bodies(some) if left > 0 else some:
            left -= len(record.request or b"") + len(record.response or b"")
            yield record, left > 0
