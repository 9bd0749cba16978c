"""The pages of users and of properties: who or what requests were for, and what those cost."""

from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.measures import Measures, total
from ai_gateway.core.rollups import PROPERTY, PROPERTY_VALUES, USER, Breakdown
from ai_gateway.services.analytics import Analytics
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.analytics import Order, ordered
from ai_gateway.web.console.pages.ranges import Option, range_of
from ai_gateway.web.console.rendering import Pages

Asked: TypeAlias = Callable[[str], Mapping[str, str]]
"""The filter of requests that a value stands for."""

ROWS = 100


class Row(NamedTuple):
    """`share` is of what the first row has most of; `href` leads to its requests."""

    value: str
    measures: Measures
    share: float
    href: str


class Shown(NamedTuple):
    """How many were `found`, the `rows` to show, the sums of all values, and of the `other` ones beyond the bound."""

    rows: list[Row]
    found: int
    sums: Measures
    other: Measures | None


def users_page(analytics: Analytics, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/users")
    def users(
        request: Request, caller: by, order: Order = "cost", search: Annotated[str, Query(max_length=200)] = ""
    ) -> Response:
        shown, mine = range_of(request, analytics.now()), caller.organization
        split = analytics.breakdown(mine, USER, shown.start, shown.end, analytics.tail(mine))
        return pages.page(
            request,
            "users.html",
            range=shown,
            order=order,
            orders=_orders(request),
            search=search,
            shown=_shown(split, order, search, lambda value: {"user": value}, shown.since),
        )

    return router


def properties_page(analytics: Analytics, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/properties")
    def properties(
        request: Request,
        caller: by,
        name: Annotated[str | None, Query(max_length=300)] = None,
        order: Order = "cost",
        search: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        shown, mine = range_of(request, analytics.now()), caller.organization
        tail = analytics.tail(mine)
        found = analytics.breakdown(mine, PROPERTY, shown.start, shown.end, tail)
        names = ordered(found, "requests")
        chosen = name if name is not None else next((one for one, _ in names), None)
        split = Breakdown()
        if chosen is not None:
            split = analytics.breakdown(mine, PROPERTY_VALUES + chosen, shown.start, shown.end, tail)
        return pages.page(
            request,
            "properties.html",
            range=shown,
            names=[(one, measures, _here(request, name=one)) for one, measures in names],
            other=found.other,
            chosen=chosen,
            order=order,
            orders=_orders(request),
            search=search,
            shown=_shown(split, order, search, lambda value: {"property": f"{chosen}={value}"}, shown.since),
        )

    return router


def _shown(split: Breakdown, order: Order, search: str, asked: Asked, since: str) -> Shown:
    wanted = search.casefold()
    found = [(value, sums) for value, sums in ordered(split, order) if wanted in value.casefold()]
    most = max((_amount(sums, order) for _, sums in found), default=0) or 1
    rows = [
        Row(
            value,
            sums,
            max(0.0, _amount(sums, order) / most),
            f"/requests?{urlencode({**asked(value), 'since': since})}",
        )
        for value, sums in found[:ROWS]
    ]
    return Shown(rows, len(found), total(split.values.values()), split.other)


def _amount(sums: Measures, order: Order) -> int:
    return sums.cost if order == "cost" else sums.errors if order == "errors" else sums.requests


def _orders(request: Request) -> list[Option]:
    now = request.query_params.get("order", "cost")
    names = {"cost": "Cost", "requests": "Requests", "errors": "Errors", "name": "Name"}
    return [Option(told, _here(request, order=key), key == now) for key, told in names.items()]


def _here(request: Request, **changed: str) -> str:
    return f"{request.url.path}?{urlencode({**request.query_params, **changed})}"
