"""Bodies and answers of the API of alerts. What bodies say is checked where it is understood, in `core.alerts`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ai_gateway.core.alerts.destinations import KINDS, Destination, destination_fields
from ai_gateway.core.alerts.history import Entry
from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.preview import Preview
from ai_gateway.core.alerts.reports import Report, report_fields
from ai_gateway.core.alerts.rules import Rule, rule_fields
from ai_gateway.core.alerts.snoozes import FOR_EVER, Snooze
from ai_gateway.core.alerts.states import AlertState
from ai_gateway.core.alerts.wording import amount, condition, rule_value
from ai_gateway.core.webhooks import RequestWebhook, webhook_fields
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.alerts.desk import Overview


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def fields(self, name: str) -> JsonObject:
        """What was sent, with the id that the path names."""
        sent: JsonObject = self.model_dump(exclude_unset=True, exclude={"secret"})
        return {**sent, "id": name}


class ConditionBody(Body):
    field: str
    operator: str = "equals"
    value: str | int | float | bool


class QuietBody(Body):
    start: str = Field(examples=["22:00"])
    end: str = Field(examples=["06:30"])
    zone: str = Field("UTC", examples=["Europe/Berlin"])
    days: list[str] = Field([], examples=[["saturday", "sunday"]])


class RuleBody(Body):
    """Seconds throughout. Dollars, in `threshold` and `budget`, may be text, which keeps every digit."""

    name: str
    metric: str
    threshold: float | str
    direction: str = "above"
    change: bool = False
    window: int = 300
    minimum_requests: int = 0
    filter: list[ConditionBody] = []
    group_by: str | None = None
    severity: str = "warning"
    pending_for: int = 0
    clear_for: int = 300
    cooldown: int = 0
    remind_every: int = 0
    budget: float | str | None = None
    period: str = "month"
    zone: str = "UTC"
    quiet: QuietBody | None = None
    destinations: list[str] = []
    enabled: bool = True


class DestinationBody(Body):
    """`secret` is written and never read: the URL of Slack's webhook, PagerDuty's routing key, what signs webhooks."""

    name: str
    kind: str
    url: str | None = None
    to: str | None = None
    topic_arn: str | None = None
    secret: str | None = None


class ReportBody(Body):
    name: str
    every: str
    at: str = "08:00"
    weekday: str = "monday"
    zone: str = "UTC"
    filter: list[ConditionBody] = []
    destinations: list[str] = []
    enabled: bool = True


class WebhookBody(Body):
    url: str
    sample_percent: float = 100
    properties: dict[str, str] = {}
    include_data: bool = True
    enabled: bool = True
    secret: str | None = None


class SnoozeBody(Body):
    """`seconds` null mutes until further notice; without a `group`, all of the rule."""

    seconds: int | None = None
    group: str | None = None


class StateRow(BaseModel):
    """`since` and `incident` are Unix seconds; `value` is in words."""

    group: str
    status: Literal["ok", "pending", "firing", "resolved"]
    since: float
    value: str

    @classmethod
    def of(cls, rule: Rule, group: str, state: AlertState) -> "StateRow":
        return cls(group=group, status=state.status, since=state.since, value=rule_value(rule, state.value))


class SnoozeRow(BaseModel):
    """`until` is Unix seconds, or null for until further notice."""

    group: str | None
    until: float | None
    by: str

    @classmethod
    def of(cls, snooze: Snooze) -> "SnoozeRow":
        return cls(group=snooze.group, until=None if snooze.until >= FOR_EVER else snooze.until, by=snooze.by)


class RuleRow(BaseModel):
    """`status` is the worst of its groups'."""

    rule: JsonObject
    condition: str
    unit: str
    status: Literal["ok", "pending", "firing", "resolved"]
    states: list[StateRow]
    snoozes: list[SnoozeRow]

    @classmethod
    def of(cls, rule: Rule, overview: Overview) -> "RuleRow":
        states = overview.states.get(rule.id, {})
        worst = max((state.status for state in states.values()), key=_BADNESS.index, default="ok")
        return cls(
            rule=rule_fields(rule),
            condition=condition(rule),
            unit=rule.unit,
            status=worst,
            states=[StateRow.of(rule, group, state) for group, state in sorted(states.items())],
            snoozes=[SnoozeRow.of(snooze) for snooze in overview.snoozes if snooze.rule == rule.id],
        )


class DestinationRow(BaseModel):
    """`signing_secret` is there once, when it was made."""

    destination: JsonObject
    secret: str | None
    signing_secret: str | None = None

    @classmethod
    def of(cls, destination: Destination, made: str | None = None) -> "DestinationRow":
        name = KINDS[destination.kind].secret
        return cls(destination=destination_fields(destination), secret=name, signing_secret=made)


class WebhookRow(BaseModel):
    webhook: JsonObject
    signing_secret: str | None = None

    @classmethod
    def of(cls, webhook: RequestWebhook, made: str | None = None) -> "WebhookRow":
        return cls(webhook=webhook_fields(webhook), signing_secret=made)


class ReportRow(BaseModel):
    report: JsonObject

    @classmethod
    def of(cls, report: Report) -> "ReportRow":
        return cls(report=report_fields(report))


class ToldRow(BaseModel):
    destination: str
    at: float
    attempts: int
    error: str | None


class EntryRow(BaseModel):
    """`waiting` are destinations that are still to be told."""

    subject: str
    name: str
    group: str
    happening: str
    at: float
    value: str
    threshold: str
    severity: str
    incident: str
    held: str | None
    told: list[ToldRow]
    waiting: list[str]

    @classmethod
    def of(cls, entry: Entry) -> "EntryRow":
        return cls(
            subject=entry.subject,
            name=entry.name,
            group=entry.group,
            happening=entry.happening,
            at=entry.at,
            value=entry.value,
            threshold=entry.threshold,
            severity=entry.severity,
            incident=entry.incident,
            held=entry.held,
            told=[
                ToldRow(destination=one.destination, at=one.at, attempts=one.attempts, error=one.error)
                for one in entry.told
            ],
            waiting=list(entry.waiting),
        )


class FiringRow(BaseModel):
    group: str
    began: float
    ended: float | None
    worst: Number | str | None


class PointRow(BaseModel):
    at: float
    value: Number | str | None


class PreviewRow(BaseModel):
    """`step` is the seconds between two points; dollars are exact decimal numbers as text."""

    step: int
    threshold: Number | str | None
    firings: list[FiringRow]
    values: dict[str, list[PointRow]]

    @classmethod
    def of(cls, rule: Rule, found: Preview) -> "PreviewRow":
        return cls(
            step=found.step,
            threshold=amount(rule.threshold, rule.unit),
            firings=[
                FiringRow(group=one.group, began=one.began, ended=one.ended, worst=amount(one.worst, rule.unit))
                for one in found.firings
            ],
            values={
                group: [PointRow(at=point.at, value=amount(point.value, rule.unit)) for point in points]
                for group, points in found.values.items()
            },
        )


class Trial(BaseModel):
    """What came of a test."""

    sent: bool
    error: str | None = None


_BADNESS = ("ok", "resolved", "pending", "firing")
