"""The pages of who is told: destinations of notices, reports, and webhooks of requests."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, NamedTuple, Protocol, TypeVar

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ai_gateway.core.alerts.destinations import Destination, destination_fields
from ai_gateway.core.alerts.history import Delivery
from ai_gateway.core.alerts.reports import Report, report_fields
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import NotFound
from ai_gateway.core.webhooks import webhook_fields
from ai_gateway.services.alerts.desk import Desk
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.alert_rows import ReportBody
from ai_gateway.web.console.alerts import UNSAVED
from ai_gateway.web.console.pages.alert_forms import CHOICES, NEW_DESTINATION, NEW_REPORT, NEW_WEBHOOK
from ai_gateway.web.console.rendering import Pages


class Place(NamedTuple):
    """A destination, the rules and reports that use it, and what is on its way to it."""

    destination: Destination
    rules: Sequence[Rule]
    reports: Sequence[Report]
    waiting: Sequence[Delivery]


class Named(Protocol):
    @property
    def id(self) -> str: ...


Definition = TypeVar("Definition", bound=Named)
Fields = dict[str, object]


def alert_places_pages(desk: Desk, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    _add_destinations(router, desk, admin, pages)
    _add_reports(router, desk, admin, pages)
    _add_webhooks(router, desk, admin, pages)
    return router


def _add_destinations(router: APIRouter, desk: Desk, admin: AdminOf, pages: Pages) -> None:
    by = Annotated[Caller, Depends(admin)]

    @router.get("/alerts/destinations")
    async def destinations(request: Request, caller: by) -> Response:
        overview = await desk.overview(caller.organization)
        waiting = await desk.waiting(caller.organization)
        rows = [
            Place(
                one,
                [rule for rule in overview.rules if one.id in rule.destinations],
                [report for report in overview.reports if one.id in report.destinations],
                [delivery for delivery in waiting if delivery.destination == one.id],
            )
            for one in overview.destinations
        ]
        return pages.page(request, "alert_destinations.html", rows=rows)

    @router.get("/alerts/destinations/{name}")
    @router.get("/alerts/new-destination")
    async def destination(request: Request, caller: by, name: str | None = None) -> Response:
        known = (await desk.overview(caller.organization)).destinations
        fields = _fields(known, name, destination_fields, NEW_DESTINATION)
        return pages.page(request, "alert_destination.html", fields=fields, new=name is None)


def _add_reports(router: APIRouter, desk: Desk, admin: AdminOf, pages: Pages) -> None:
    by = Annotated[Caller, Depends(admin)]

    @router.get("/alerts/reports")
    async def reports(request: Request, caller: by) -> Response:
        overview = await desk.overview(caller.organization)
        return pages.page(request, "alert_reports.html", reports=overview.reports)

    @router.get("/alerts/reports/{name}")
    @router.get("/alerts/new-report")
    async def report(request: Request, caller: by, name: str | None = None) -> Response:
        overview = await desk.overview(caller.organization)
        fields = _fields(overview.reports, name, report_fields, NEW_REPORT)
        takers = [one for one in overview.destinations if one.kind != "pagerduty"]
        return pages.page(
            request, "alert_report.html", fields=fields, new=name is None, destinations=takers, choices=CHOICES
        )

    @router.post("/alerts/reports/preview")
    async def preview(request: Request, body: ReportBody, caller: by) -> Response:
        message = await desk.preview_report(caller.organization, body.fields(UNSAVED))
        return pages.part(request, "alert_report.html", "preview", message=message)


def _add_webhooks(router: APIRouter, desk: Desk, admin: AdminOf, pages: Pages) -> None:
    by = Annotated[Caller, Depends(admin)]

    @router.get("/alerts/webhooks")
    async def webhooks(request: Request, caller: by) -> Response:
        overview = await desk.overview(caller.organization)
        return pages.page(request, "alert_webhooks.html", webhooks=overview.webhooks)

    @router.get("/alerts/webhooks/{name}")
    @router.get("/alerts/new-webhook")
    async def webhook(request: Request, caller: by, name: str | None = None) -> Response:
        known = (await desk.overview(caller.organization)).webhooks
        fields = _fields(known, name, webhook_fields, NEW_WEBHOOK)
        return pages.page(request, "alert_webhook.html", fields=fields, new=name is None)


def _fields(
    known: Iterable[Definition], name: str | None, fields_of: Callable[[Definition], Fields], new: Fields
) -> Fields:
    """Of the definition of that name, or of a new one."""
    if name is None:
        return new
    for one in known:
        if one.id == name:
            return {**new, **fields_of(one)}
    raise NotFound(f"There is no {name!r}.")
