"""Sessions, users and properties as Helicone's API has them: `/v1/session`, `/v1/user`, `/v1/property`."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from ai_gateway.core.caller import Caller
from ai_gateway.core.conditions import All, Condition, Some, Tree
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.filters import LAST_MOMENT, Filter
from ai_gateway.core.helicone_filters import read_filter
from ai_gateway.core.rollups import PROPERTY
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.requests import AHEAD
from ai_gateway.services.selecting import Selecting
from ai_gateway.services.user_metrics import UserMetrics, Users
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.helicone_results import HeliconeRoute, result
from ai_gateway.web.console.helicone_rows import others, session_row, user_row, user_sum
from ai_gateway.web.console.times import iso, when

Direction = Literal["asc", "desc"]
MOST_USERS_LISTED = 100
"""As with Helicone."""
ORDERS = (
    "user_id", "active_for", "first_active", "last_active", "total_requests", "average_requests_per_day_active",
    "average_tokens_per_request", "total_prompt_tokens", "total_completion_tokens", "cost", "rate_limited_count",
)  # fmt: skip


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Milliseconds(Strict):
    startTimeUnixMs: Annotated[int, Field(ge=0, lt=LAST_MOMENT)]  # noqa: N815
    endTimeUnixMs: Annotated[int, Field(ge=0, lt=LAST_MOMENT)]  # noqa: N815


class Seconds(Strict):
    startTimeUnixSeconds: Annotated[float, Field(ge=0, lt=LAST_MOMENT / 1000)]  # noqa: N815
    endTimeUnixSeconds: Annotated[float, Field(ge=0, lt=LAST_MOMENT / 1000)]  # noqa: N815

    def range(self) -> tuple[int, int]:
        """Milliseconds."""
        return round(self.startTimeUnixSeconds * 1000), round(self.endTimeUnixSeconds * 1000)


class SessionQuery(Strict):
    """Requests that ended between count. Times in answers are UTC, whatever `timezoneDifference` is."""

    filter: object = "all"
    search: Annotated[str, Field(max_length=500, description="In the session's id or name.")] = ""
    timeFilter: Milliseconds | None = None  # noqa: N815
    nameEquals: Annotated[str | None, Field(max_length=500)] = None  # noqa: N815
    timezoneDifference: float = 0  # noqa: N815
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    def read(self) -> Filter:
        """Raises InvalidRequest."""
        found = read_filter(self.filter, bodies=False)
        if self.timeFilter is not None:
            found = _between(found, self.timeFilter.startTimeUnixMs, self.timeFilter.endTimeUnixMs)
        asked: list[Tree] = [found.tree or All()]
        if name := self.nameEquals:
            asked.append(Condition(lambda record: record.session_name == name))
        if word := self.search.casefold():
            asked.append(
                Some(
                    (
                        Condition(lambda record: word in (record.session_id or "").casefold()),
                        Condition(lambda record: word in (record.session_name or "").casefold()),
                    )
                )
            )
        return replace(found, tree=All(tuple(asked)))


class UserQuery(Strict):
    userIds: Annotated[list[str], Field(max_length=1000)] = []  # noqa: N815
    timeFilter: Seconds | None = None  # noqa: N815


class UserMetricsQuery(Strict):
    filter: object = "all"
    timeFilter: Seconds | None = None  # noqa: N815
    timeZoneDifferenceMinutes: float = 0  # noqa: N815
    offset: Annotated[int, Field(ge=0, le=10_000)] = 0
    limit: Annotated[int, Field(ge=0, le=1000)] = 100
    sort: Annotated[dict[str, Direction], Field(max_length=1)] = {}


def helicone_sums_router(selecting: Selecting, analytics: Analytics, admin_of: AdminOf) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["Helicone's sums"], route_class=HeliconeRoute)
    _add_sessions(router, selecting, analytics, admin_of)
    _add_users(router, UserMetrics(analytics, selecting), admin_of)
    return router


def _add_sessions(router: APIRouter, selecting: Selecting, analytics: Analytics, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    @router.post("/session/query")
    def sessions(asked: SessionQuery, by: admin) -> JsonObject:
        """Sessions with requests that match, and the sums of these; the one that was seen last first."""
        found = selecting.sessions(by.organization, asked.read(), asked.offset, asked.limit)
        rows = [session_row(session) for session in found.sessions]
        return result(rows, searched_to=iso(when(found.searched_to.ended)) if found.searched_to else None)

    @router.post("/property/query")
    def properties(by: admin) -> JsonObject:
        """Names of properties."""
        end = analytics.now() + AHEAD
        known = analytics.breakdown(by.organization, PROPERTY, 0, end, analytics.tail(by.organization))
        return result([{"property": name} for name in sorted(known.values)])


def _add_users(router: APIRouter, metrics: UserMetrics, admin_of: AdminOf) -> None:
    admin = Annotated[Caller, Depends(admin_of)]

    @router.post("/user/metrics/query")
    def user_metrics(asked: UserMetricsQuery, by: admin) -> JsonObject:
        """Users with their sums. Without a filter a time filter is of whole hours; with one it is exact, and refused
        where too many requests match. `other` is the sum of those beyond the 500 of an hour that are told apart.
        """
        wanted = read_filter(asked.filter, bodies=False)
        users = _users(metrics, by.organization, wanted, asked.timeFilter)
        rows = _ordered([user_row(use) for use in users.known], asked.sort)
        page = rows[asked.offset : asked.offset + asked.limit]
        data = {"users": page, "count": len(rows), "hasUsers": bool(rows)}
        return result(data, other=others(users.other))

    @router.post("/user/query")
    def user_sums(asked: UserQuery, by: admin) -> JsonObject:
        """Sums of these users, or of all; the dearest hundred."""
        found = _users(metrics, by.organization, Filter(tree=All()), asked.timeFilter).known
        named = [use for use in found if not asked.userIds or use.user in asked.userIds]
        named.sort(key=lambda use: (-use.measures.cost, use.user))
        return result([user_sum(use) for use in named[:MOST_USERS_LISTED]])


def _users(metrics: UserMetrics, organization: str, wanted: Filter, time: Seconds | None) -> Users:
    if wanted == Filter(tree=All()):
        end = metrics.analytics.now() + AHEAD
        start, until = time.range() if time is not None else (0, end)
        return metrics.all(organization, start, min(until, end))
    return metrics.matching(organization, _between(wanted, *time.range()) if time is not None else wanted)


def _ordered(rows: list[JsonObject], sort: dict[str, Direction]) -> list[JsonObject]:
    """By when they were last active, unless something else is asked for."""
    name, direction = next(iter(sort.items()), ("last_active", "desc"))
    if name not in ORDERS:
        raise InvalidRequest(f"There is no order by {name[:80]!r}. There are {', '.join(ORDERS)}.", param="sort")
    return sorted(rows, key=lambda row: (row[name], row["user_id"]), reverse=direction == "desc")


def _between(wanted: Filter, since: int, until: int) -> Filter:
    """Raises InvalidRequest for a range that holds nothing."""
    if since >= until:
        raise InvalidRequest("The time filter ends before it begins.", param="timeFilter")
    return replace(wanted, since=max(since, wanted.since or 0), until=min(until, wanted.until or LAST_MOMENT))
