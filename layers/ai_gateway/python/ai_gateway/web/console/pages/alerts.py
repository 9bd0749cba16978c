"""The pages of alert rules: how they are, how they are set up, and what happened."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from ai_gateway.core.alerts.history import Entry
from ai_gateway.core.alerts.links import requests_link
from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.periods import iso
from ai_gateway.core.alerts.preview import Preview
from ai_gateway.core.alerts.rules import Rule, read_rule, rule_fields
from ai_gateway.core.alerts.wording import duration, rule_value
from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import NotFound
from ai_gateway.core.pricing import PICO
from ai_gateway.services.alerts.desk import LONGEST_PREVIEW, Desk, Overview
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.alert_rows import RuleBody, RuleRow
from ai_gateway.web.console.alerts import UNSAVED
from ai_gateway.web.console.pages.alert_forms import CHOICES, NEW_RULE, STARTS, started
from ai_gateway.web.console.rendering import Pages

ENTRIES = 50
MOST_LINES = 6
_CHART_UNITS = {"dollars": "usd", "percent": "percent", "milliseconds": "ms", "tokens": "", "requests": ""}


def alerts_pages(desk: Desk, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/alerts")
    async def rules(request: Request, caller: by) -> Response:
        overview = await desk.overview(caller.organization)
        rows = sorted((RuleRow.of(rule, overview) for rule in overview.rules), key=_worst_first)
        return pages.page(request, "alerts.html", rows=rows, starts=STARTS)

    @router.get("/alerts/new")
    async def new(request: Request, caller: by) -> Response:
        overview = await desk.overview(caller.organization)
        return _form(request, pages, overview, started(request.query_params), None, [])

    @router.get("/alerts/rules/{rule_id}")
    async def one(request: Request, rule_id: str, caller: by) -> Response:
        overview = await desk.overview(caller.organization)
        rule = next((rule for rule in overview.rules if rule.id == rule_id), None)
        if rule is None:
            raise NotFound(f"There is no rule {rule_id!r}.")
        history = await desk.history(caller.organization, ENTRIES, subject=rule_id)
        return _form(request, pages, overview, {**NEW_RULE, **rule_fields(rule)}, RuleRow.of(rule, overview), history)

    @router.get("/alerts/rules/{rule_id}/trend")
    async def trend(request: Request, rule_id: str, caller: by) -> Response:
        values = await desk.trend(caller.organization, rule_id)
        return pages.part(request, "alerts.html", "trend", points=_points(values))

    @router.post("/alerts/preview")
    async def preview(
        request: Request, body: RuleBody, caller: by, days: Annotated[int, Query(ge=1, le=LONGEST_PREVIEW)]
    ) -> Response:
        fields = body.fields(UNSAVED)
        rule = read_rule(fields, caller.organization)
        found = await desk.preview(caller.organization, fields, days)
        return pages.part(
            request,
            "alert_rule.html",
            "preview",
            found=_shown(rule, found),
            chart=_chart(rule, found),
            days=days,
        )

    @router.get("/alerts/history")
    async def history(
        request: Request, caller: by, before: Annotated[float | None, Query(gt=0)] = None, subject: str | None = None
    ) -> Response:
        entries = await desk.history(caller.organization, ENTRIES + 1, before=before, subject=subject or None)
        older = entries[ENTRIES - 1].at if len(entries) > ENTRIES else None
        shown = {"entries": entries[:ENTRIES], "older": older, "subject": subject}
        if request.headers.get("hx-request"):
            return pages.part(request, "alert_history.html", "rows", 200, **shown)
        return pages.page(request, "alert_history.html", 200, **shown)

    return router


class ShownFiring(NamedTuple):
    """`began` and `ended` are Unix milliseconds."""

    group: str
    began: float
    ended: float | None
    lasted: str
    worst: str
    link: str | None


def _form(
    request: Request,
    pages: Pages,
    overview: Overview,
    fields: dict[str, object],
    row: RuleRow | None,
    history: Sequence[Entry],
) -> Response:
    return pages.page(
        request,
        "alert_rule.html",
        fields=fields,
        row=row,
        destinations=overview.destinations,
        entries=history,
        choices=CHOICES,
    )


def _worst_first(row: RuleRow) -> tuple[int, str]:
    name = row.rule["name"]
    return ("firing", "pending", "resolved", "ok").index(row.status), str(name).casefold()


def _points(values: Sequence[Number | None]) -> str:
    """Of a polyline 100 wide and 24 high; empty when there is nothing to draw."""
    known = [value for value in values if value is not None]
    if len(values) < 2 or not known:
        return ""
    highest = max(known) or 1
    step = 100 / (len(values) - 1)
    return " ".join(f"{place * step:.1f},{23 - 22 * (value or 0) / highest:.1f}" for place, value in enumerate(values))


def _shown(rule: Rule, found: Preview) -> list[ShownFiring]:
    return [
        ShownFiring(
            one.group,
            one.began * 1000,
            one.ended * 1000 if one.ended else None,
            duration((one.ended or 0) - one.began) if one.ended else "",
            rule_value(rule, one.worst),
            requests_link("", rule, one.group, one.began),
        )
        for one in reversed(found.firings)
    ]


def _chart(rule: Rule, found: Preview) -> dict[str, object]:
    lines = list(found.values.items())[:MOST_LINES]
    labels = [iso(point.at) for point in lines[0][1]] if lines else []
    series = [
        {
            "name": group or "Value",
            "unit": _CHART_UNITS[rule.unit],
            "values": [_plain(rule, one.value) for one in points],
        }
        for group, points in lines
    ]
    threshold = {
        "name": "Threshold",
        "unit": _CHART_UNITS[rule.unit],
        "colour": "--bad",
        "values": [_plain(rule, rule.threshold)] * len(labels),
    }
    return {"labels": labels, "series": [*series, threshold]}


def _plain(rule: Rule, value: Number | None) -> Number | None:
    return value / PICO if rule.unit == "dollars" and value is not None else value
