"""Providers: whether they can be called, how they are now, and how their calls went."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple, TypeAlias

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.catalog.providers import PROVIDERS, Provider
from ai_gateway.core.measures import Measures
from ai_gateway.core.periods import HOUR
from ai_gateway.core.rollups import ATTEMPT
from ai_gateway.core.routing import ProviderAccess
from ai_gateway.ports import Configuration, Configurations
from ai_gateway.services.analytics import Analytics, ProviderUsage
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.pages.ranges import Range, range_of
from ai_gateway.web.console.rendering import Pages

Health: TypeAlias = Literal["healthy", "shaky", "failing", "quiet"]
AccessName: TypeAlias = Literal["key", "simulated"]
SHAKY, FAILING = 0.05, 0.5
"""Shares of failed calls from which a provider counts as such."""
MOST_CAUSES = 5


class Row(NamedTuple):
    """`recent` are its calls of this hour and the one before."""

    provider: Provider
    access: AccessName | None
    base_url: str | None
    health: Health
    recent: Measures
    usage: ProviderUsage
    causes: Sequence[tuple[str, int]]
    deployments: Sequence[Deployment]


class Calls(NamedTuple):
    recent: Mapping[str, Measures]
    all: Sequence[ProviderUsage]


def providers_page(analytics: Analytics, configurations: Configurations, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/providers")
    async def providers(request: Request, caller: by) -> Response:
        configuration, shown = await configurations.current(), range_of(request, analytics.now())
        calls = await run_in_threadpool(_calls, analytics, caller.organization, shown)
        rows = rows_of(configuration, calls)
        busy = [row for row in rows if row.usage.calls.requests]
        return pages.page(
            request,
            "providers.html",
            range=shown,
            busy=busy,
            idle=[row for row in rows if not row.usage.calls.requests],
            failing=[row for row in busy if row.health == "failing"],
        )

    return router


def rows_of(configuration: Configuration, calls: Calls) -> list[Row]:
    """Those that were called most first, then those that can be called."""
    usages = {usage.name: usage for usage in calls.all}
    rows = [_row(provider, configuration, calls.recent, usages) for provider in PROVIDERS.values()]
    return sorted(
        rows, key=lambda row: (-row.usage.calls.requests, row.access is None, row.provider.display_name.casefold())
    )


def access_to(way: ProviderAccess | None) -> AccessName | None:
    """How a provider can be called, if it can."""
    if way is None:
        return None
    return "simulated" if way.simulated else "key"


def health_of(recent: Measures) -> Health:
    if not recent.requests:
        return "quiet"
    share = recent.provider_errors / recent.requests
    return "failing" if share >= FAILING else "shaky" if share >= SHAKY else "healthy"


def _busiest_first(row: Row) -> tuple[int, bool, str]:
    return -row.usage.calls.requests, row.access is None, row.provider.display_name.casefold()


def _row(
    provider: Provider,
    configuration: Configuration,
    recent: Mapping[str, Measures],
    usages: Mapping[str, ProviderUsage],
) -> Row:
    way = configuration.access.providers.get(provider.name)
    usage = usages.get(provider.name) or ProviderUsage(provider.name, Measures(), Measures())
    now = recent.get(provider.name) or Measures()
    causes = sorted(usage.calls.causes.items(), key=lambda cause: (-cause[1], cause[0]))
    return Row(
        provider,
        access_to(way),
        way.base_url if way is not None and way.base_url != provider.base_url and not way.simulated else None,
        health_of(now),
        now,
        usage,
        causes[:MOST_CAUSES],
        [one for one in configuration.access.deployments.values() if one.provider == provider.name],
    )


def _calls(analytics: Analytics, organization: str, shown: Range) -> Calls:
    tail, now = analytics.tail(organization), analytics.now()
    recent = analytics.breakdown(organization, ATTEMPT, now - HOUR, shown.end, tail).values
    return Calls(recent, analytics.providers(organization, shown.start, shown.end, tail))
