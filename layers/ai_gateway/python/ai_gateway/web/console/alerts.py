"""The API of alerts. The console mounts it under `/api/v1`, and says who edits."""

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from ai_gateway.core.alerts.messages import payload
from ai_gateway.core.alerts.rules import read_rule
from ai_gateway.core.errors import NotFound
from ai_gateway.core.wire import JsonObject
from ai_gateway.ports.alerts import DeliveryFailed
from ai_gateway.services.alerts.desk import Desk
from ai_gateway.services.alerts.places import Places
from ai_gateway.services.prompts.editing import Editor
from ai_gateway.web.console.alert_rows import (
    DestinationBody,
    DestinationRow,
    EntryRow,
    PreviewRow,
    ReportBody,
    ReportRow,
    RuleBody,
    RuleRow,
    SnoozeBody,
    SnoozeRow,
    Trial,
    WebhookBody,
    WebhookRow,
)
from ai_gateway.web.console.prompts import EditorOf

UNSAVED = "unsaved"
"""The id of a rule or a report that is only looked at."""


def alerts_router(desk: Desk, places: Places, editor_of: EditorOf) -> APIRouter:
    router = APIRouter(prefix="/alerts", tags=["alerts"])
    _add_rules(router, desk, editor_of)
    _add_snoozes(router, desk, editor_of)
    _add_reports(router, desk, editor_of)
    _add_destinations(router, desk, places, editor_of)
    _add_webhooks(router, desk, places, editor_of)
    return router


def _add_rules(router: APIRouter, desk: Desk, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.get("/rules")
    async def rules(by: editor) -> list[RuleRow]:
        """Every rule with the states of its groups."""
        overview = await desk.overview(by.organization)
        return [RuleRow.of(rule, overview) for rule in overview.rules]

    @router.get("/rules/{rule_id}")
    async def rule(rule_id: str, by: editor) -> RuleRow:
        overview = await desk.overview(by.organization)
        for known in overview.rules:
            if known.id == rule_id:
                return RuleRow.of(known, overview)
        raise NotFound(f"There is no rule {rule_id!r}.")

    @router.put("/rules/{rule_id}")
    async def put_rule(rule_id: str, body: RuleBody, by: editor) -> RuleRow:
        saved = await desk.put_rule(by.organization, body.fields(rule_id))
        return RuleRow.of(saved, await desk.overview(by.organization))

    @router.delete("/rules/{rule_id}", status_code=204)
    async def remove_rule(rule_id: str, by: editor) -> None:
        """What fires is over with it, and that is told."""
        await desk.remove_rule(by.organization, rule_id)

    @router.post("/preview")
    async def preview(body: RuleBody, by: editor, days: Annotated[int, Query(ge=1, le=30)] = 7) -> PreviewRow:
        """When such a rule would have fired over the last days. Nothing is kept."""
        fields = body.fields(UNSAVED)
        return PreviewRow.of(read_rule(fields, by.organization), await desk.preview(by.organization, fields, days))

    @router.get("/history")
    async def history(
        by: editor,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        before: Annotated[float | None, Query(description="Unix seconds: only what is older.")] = None,
        subject: Annotated[str | None, Query(description="Only this rule or report.")] = None,
    ) -> list[EntryRow]:
        """What fired, ended and was told to whom, the newest first."""
        entries = await desk.history(by.organization, limit, before=before, subject=subject)
        return [EntryRow.of(entry) for entry in entries]


def _add_snoozes(router: APIRouter, desk: Desk, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.put("/rules/{rule_id}/snooze")
    async def snooze(rule_id: str, body: SnoozeBody, by: editor) -> SnoozeRow:
        """Hold back its notices. What still fires afterwards is told then."""
        made = await desk.snooze(by.organization, rule_id, seconds=body.seconds, group=body.group, by=by.name)
        return SnoozeRow.of(made)

    @router.delete("/rules/{rule_id}/snooze", status_code=204)
    async def wake(rule_id: str, by: editor, group: str | None = None) -> None:
        await desk.wake(by.organization, rule_id, group)


def _add_reports(router: APIRouter, desk: Desk, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.get("/reports")
    async def reports(by: editor) -> list[ReportRow]:
        return [ReportRow.of(report) for report in (await desk.overview(by.organization)).reports]

    @router.put("/reports/{report_id}")
    async def put_report(report_id: str, body: ReportBody, by: editor) -> ReportRow:
        return ReportRow.of(await desk.put_report(by.organization, body.fields(report_id)))

    @router.delete("/reports/{report_id}", status_code=204)
    async def remove_report(report_id: str, by: editor) -> None:
        await desk.remove_report(by.organization, report_id)

    @router.post("/reports/preview")
    async def preview_report(body: ReportBody, by: editor) -> JsonObject:
        """What it would have said the last time."""
        return payload(await desk.preview_report(by.organization, body.fields(UNSAVED)))


def _add_destinations(router: APIRouter, desk: Desk, places: Places, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.get("/destinations")
    async def destinations(by: editor) -> list[DestinationRow]:
        """Without their secrets."""
        return [DestinationRow.of(one) for one in (await desk.overview(by.organization)).destinations]

    @router.put("/destinations/{destination_id}")
    async def put_destination(destination_id: str, body: DestinationBody, by: editor) -> DestinationRow:
        """Without `secret` the known one stays; a webhook that has none, or moves to another host, gets a new one."""
        saved, made = await places.put_destination(by.organization, body.fields(destination_id), body.secret)
        return DestinationRow.of(saved, made)

    @router.delete("/destinations/{destination_id}", status_code=204)
    async def remove_destination(destination_id: str, by: editor) -> None:
        """409 while rules or reports use it."""
        await places.remove_destination(by.organization, destination_id)

    @router.post("/destinations/{destination_id}/test")
    async def test_destination(destination_id: str, by: editor) -> Trial:
        """Send a message now, and say what came of it."""
        return await _tried(places.test_destination(by.organization, destination_id))


def _add_webhooks(router: APIRouter, desk: Desk, places: Places, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.get("/webhooks")
    async def webhooks(by: editor) -> list[WebhookRow]:
        return [WebhookRow.of(webhook) for webhook in (await desk.overview(by.organization)).webhooks]

    @router.put("/webhooks/{webhook_id}")
    async def put_webhook(webhook_id: str, body: WebhookBody, by: editor) -> WebhookRow:
        saved, made = await places.put_webhook(by.organization, body.fields(webhook_id), body.secret)
        return WebhookRow.of(saved, made)

    @router.delete("/webhooks/{webhook_id}", status_code=204)
    async def remove_webhook(webhook_id: str, by: editor) -> None:
        await places.remove_webhook(by.organization, webhook_id)

    @router.post("/webhooks/{webhook_id}/test")
    async def test_webhook(webhook_id: str, by: editor) -> Trial:
        """Tell of a request that never was."""
        return await _tried(places.test_webhook(by.organization, webhook_id))


async def _tried(trial: Awaitable[object]) -> Trial:
    try:
        await trial
    except DeliveryFailed as error:
        return Trial(sent=False, error=str(error))
    return Trial(sent=True)
