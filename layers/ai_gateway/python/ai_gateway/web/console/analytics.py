"""The API of sums: costs, users, properties, models, providers. The console mounts it under `/api/v1`."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.measures import Measures, total
from ai_gateway.core.records import LONGEST_VALUE
from ai_gateway.core.rollups import (
    DIMENSIONS,
    MODEL,
    PROPERTY,
    PROPERTY_VALUES,
    TOTAL,
    USER,
    Breakdown,
    Dimension,
    is_dimension,
)
from ai_gateway.services.analytics import Analytics
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.analytics_ranges import AnalyticsRange, Between
from ai_gateway.web.console.analytics_rows import (
    Costs,
    MeasuresRow,
    Period,
    ProviderPage,
    ProviderRow,
    ValuePage,
    ValueRow,
    VersionPage,
    VersionRow,
)
from ai_gateway.web.console.times import when

Order: TypeAlias = Literal["cost", "requests", "errors", "name"]
ORDERS: dict[Order, Callable[[tuple[str, Measures]], tuple[int, str]]] = {
    "cost": lambda row: (-row[1].cost, row[0]),
    "requests": lambda row: (-row[1].requests, row[0]),
    "errors": lambda row: (-row[1].errors, row[0]),
    "name": lambda row: (0, row[0]),
}


class CostQuery(AnalyticsRange):
    by: Annotated[
        str | None,
        Field(
            max_length=300,
            description="`model`, `provider`, `user`, `key`, `session`, `prompt`, `prompt_version` (`support@1.2`), "
            "`property:NAME`.",
        ),
    ] = None
    value: Annotated[
        str | None, Field(max_length=1500, description="The series and the total of this value of `by` alone.")
    ] = None


class ValueQuery(AnalyticsRange):
    order: Order = "cost"
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[str | None, Field(pattern=r"^\d{1,4}$", description="The `next` of the page before.")] = None

    @property
    def offset(self) -> int:
        return int(self.cursor or 0)


def analytics_router(analytics: Analytics, admin_of: AdminOf) -> APIRouter:
    router = APIRouter(tags=["analytics"])
    _add_costs(router, analytics, admin_of)
    _add_values(router, analytics, admin_of)
    _add_prompts(router, analytics, admin_of)
    return router


def ordered(breakdown: Breakdown, order: Order) -> list[tuple[str, Measures]]:
    """Values with their sums; those beyond the bound are not among them."""
    return sorted(breakdown.values.items(), key=ORDERS[order])


def _add_costs(router: APIRouter, analytics: Analytics, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    @router.get("/costs")
    def costs(by: admin, asked: Annotated[CostQuery, Query()]) -> Costs:
        """What requests cost over time, and by the values of a dimension."""
        between, dimension = asked.between(analytics.now()), _dimension(asked.by)
        if asked.value is not None and dimension is None:
            raise InvalidRequest("'value' is one of the dimension that 'by' names.", param="by")
        mine, tail = by.organization, analytics.tail(by.organization)
        place = (TOTAL, "") if asked.value is None else (dimension or TOTAL, asked.value[:LONGEST_VALUE])
        series = analytics.series(mine, *between, tail, *place)
        split = analytics.breakdown(mine, dimension, *between[:2], tail) if dimension is not None else Breakdown()
        return Costs(
            **_range(between),
            grain=between.grain,
            total=MeasuresRow.of(total(measures for _, measures in series)),
            series=[Period.at(start, measures) for start, measures in series],
            by=[ValueRow.named(value, measures) for value, measures in ordered(split, "cost")],
            other=MeasuresRow.of(split.other) if split.other is not None else None,
        )


def _add_values(router: APIRouter, analytics: Analytics, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    def page(by: Caller, asked: ValueQuery, dimension: Dimension) -> ValuePage:
        between = asked.between(analytics.now())
        split = analytics.breakdown(by.organization, dimension, *between[:2], analytics.tail(by.organization))
        rows, end = ordered(split, asked.order), asked.offset + asked.limit
        return ValuePage(
            **_range(between),
            data=[ValueRow.named(value, measures) for value, measures in rows[asked.offset : end]],
            other=MeasuresRow.of(split.other) if split.other is not None else None,
            next=str(end) if len(rows) > end else None,
        )

    @router.get("/users")
    def users(by: admin, asked: Annotated[ValueQuery, Query()]) -> ValuePage:
        """Users by what their requests cost."""
        return page(by, asked, USER)

    @router.get("/models")
    def models(by: admin, asked: Annotated[ValueQuery, Query()]) -> ValuePage:
        """Models that were used. `/v1/models` has the catalog with prices."""
        return page(by, asked, MODEL)

    @router.get("/properties")
    def properties(by: admin, asked: Annotated[ValueQuery, Query()]) -> ValuePage:
        """Names of properties, with the sums of the requests that have them."""
        return page(by, asked, PROPERTY)

    @router.get("/properties/{name:path}")
    def values(name: str, by: admin, asked: Annotated[ValueQuery, Query()]) -> ValuePage:
        """The values of a property."""
        return page(by, asked, PROPERTY_VALUES + name)

    @router.get("/providers")
    def providers(by: admin, asked: Annotated[AnalyticsRange, Query()]) -> ProviderPage:
        """Providers: what they served, every call of them, and why calls failed."""
        between = asked.between(analytics.now())
        found = analytics.providers(by.organization, *between[:2], analytics.tail(by.organization))
        return ProviderPage(**_range(between), data=[ProviderRow.of_usage(one) for one in found], next=None)


def _add_prompts(router: APIRouter, analytics: Analytics, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    @router.get("/prompts/{prompt_id}/metrics", tags=["prompts"])
    def metrics(prompt_id: str, by: admin, asked: Annotated[AnalyticsRange, Query()]) -> VersionPage:
        """What requests with each version of a prompt cost, how they fared and how they were scored."""
        between, mine = asked.between(analytics.now()), by.organization
        found = analytics.versions(mine, prompt_id, *between[:2], analytics.tail(mine))
        rows = [VersionRow.of_version(str(number), measures) for number, measures in found.items()]
        return VersionPage(**_range(between), data=rows)


def _dimension(by: str | None) -> Dimension | None:
    if by is None:
        return None
    if by in (TOTAL, "attempt") or not is_dimension(by):
        known = ", ".join(name for name in DIMENSIONS if name not in (TOTAL, "attempt"))
        raise InvalidRequest(f"There is no dimension {by[:80]!r}. Use {known} or property:NAME.", param="by")
    return by


def _range(between: Between) -> dict[str, object]:
    return {"start": when(between.start), "end": when(between.end)}
