"""The first page: what went through the gateway, what it cost and how it fared, beside the period before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.measures import Measures, total
from ai_gateway.core.pricing import PICO
from ai_gateway.core.rollups import ATTEMPT, MODEL, TOTAL, USER, Breakdown, Dimension
from ai_gateway.core.sketches import Bins
from ai_gateway.services.analytics import Analytics
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.formats import tokens
from ai_gateway.web.console.pages.ranges import range_of
from ai_gateway.web.console.rendering import Pages

TOP = 8


class Table(NamedTuple):
    """The most of a dimension: its name, what its rows count, and the filter of requests that a value stands for."""

    name: str
    unit: str
    field: str
    dimension: Dimension


TABLES: Mapping[str, Table] = {
    "models": Table("Models", "Requests", "model", MODEL),
    "providers": Table("Providers", "Calls", "called", ATTEMPT),
    "users": Table("Users", "Requests", "user", USER),
}


class Row(NamedTuple):
    """`share` is of the requests of the first row. `one` is False for all the values beyond the bound together."""

    value: str
    measures: Measures
    share: float
    one: bool = True


def overview_page(analytics: Analytics, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    by = Annotated[Caller, Depends(admin)]

    @router.get("/")
    def overview(request: Request, caller: by) -> Response:
        shown, mine = range_of(request, analytics.now()), caller.organization
        tail = analytics.tail(mine)
        series = analytics.series(mine, shown.start, shown.end, shown.grain, tail)
        before = analytics.breakdown(mine, TOTAL, shown.before, shown.start, tail)
        now = total(measures for _, measures in series)
        return pages.page(
            request,
            "overview.html",
            range=shown,
            now=now,
            before=total(before.values.values()),
            charts=_charts(series),
            tables=TABLES,
            causes=Counter(now.causes).most_common(TOP),
        )

    @router.get("/overview/{key}")
    def top(request: Request, key: Literal["models", "providers", "users"], caller: by) -> Response:
        """One of the tables, which the page fetches when it is there: there may be hundreds of users an hour."""
        shown, table = range_of(request, analytics.now()), TABLES[key]
        tail = analytics.tail(caller.organization)
        split = analytics.breakdown(caller.organization, table.dimension, shown.start, shown.end, tail)
        return pages.part(request, "overview.html", "top", range=shown, table=table, rows=_rows(split))

    return router


def _rows(breakdown: Breakdown) -> list[Row]:
    found = [(value, breakdown.values[value], True) for value in breakdown.ranked()]
    if breakdown.other is not None:
        found.append(("other", breakdown.other, False))
    most = max((measures.requests for _, measures, _ in found), default=0)
    return [
        Row(value, measures, measures.requests / most, one) for value, measures, one in found[:TOP] if measures.requests
    ]


def _charts(series: Sequence[tuple[int, Measures]]) -> list[tuple[str, str, dict[str, Any]]]:
    """Name, kind, and what `charts.js` draws."""
    labels = [datetime.fromtimestamp(moment / 1000, UTC).isoformat() for moment, _ in series]
    all_of = [measures for _, measures in series]

    def chart(*lines: tuple[str, list[float | None], str, str | None], stacked: bool = False) -> dict[str, Any]:
        told = [
            {"name": name, "values": values, "unit": unit, "colour": colour} for name, values, unit, colour in lines
        ]
        return {"labels": labels, "series": told, "stacked": stacked}

    def times(bins: Iterable[Bins]) -> dict[str, Any]:
        found = [one.percentiles(50, 95) for one in bins]
        return chart(*((name, [of[place] for of in found], "ms", None) for place, name in enumerate(("p50", "p95"))))

    return [
        (
            "Requests",
            "bar",
            chart(
                ("Answered", [one.requests - one.errors for one in all_of], "", None),
                ("Failed", [one.errors for one in all_of], "", "--bad"),
                stacked=True,
            ),
        ),
        ("Cost", "bar", chart(("Cost", [one.cost / PICO for one in all_of], "usd", None))),
        ("Latency", "line", times(one.latency for one in all_of)),
        ("Time to first token", "line", times(one.ttft for one in all_of)),
        ("Tokens", "bar", chart(("Tokens", [tokens(one) for one in all_of], "", None))),
        ("Fallbacks", "bar", chart(("Requests with a fallback", [one.fallbacks for one in all_of], "", "--warn"))),
    ]
