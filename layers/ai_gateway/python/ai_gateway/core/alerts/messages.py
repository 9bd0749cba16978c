"""What people are told: one message, which every kind of destination puts into its own form."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from ai_gateway.core.alerts.evaluation import Reading
from ai_gateway.core.alerts.groups import group_hash
from ai_gateway.core.alerts.links import requests_link
from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.periods import iso, shown
from ai_gateway.core.alerts.rules import Rule, Severity
from ai_gateway.core.alerts.states import AlertState, Telling
from ai_gateway.core.alerts.wording import amount, condition, duration, group_name, quantity, rule_value, sparkline
from ai_gateway.core.wire import JsonObject, present

MessageKind: TypeAlias = Literal["alert.firing", "alert.resolved", "alert.reminder", "report", "test"]
Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The first row of `rows` is its head."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the same each time that this message is sent, and `incident` in all messages about one incident: by them
    a receiver knows what it has. `facts` are labels with values, `trend` a sparkline, `at` Unix seconds, `data` what
    programs get, as JSON.
    """

    id: str
    kind: MessageKind
    title: str
    text: str
    severity: Severity
    at: float
    incident: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    trend: str = ""
    tables: tuple[Table, ...] = ()
    link: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


def message_fields(message: Message) -> JsonObject:
    return asdict(message)


def read_message(fields: Mapping[str, object]) -> Message:
    """Of `message_fields`, after a journey as JSON."""
    known = dict(fields)
    known["facts"] = tuple(tuple(fact) for fact in _rows(fields["facts"]))
    known["tables"] = tuple(
        Table(str(table["title"]), tuple(tuple(row) for row in _rows(table["rows"])))
        for table in _objects(fields["tables"])
    )
    return Message(**known)  # type: ignore[arg-type]


def payload(message: Message) -> JsonObject:
    """What a webhook gets."""
    return present(
        id=message.id,
        type=message.kind,
        timestamp=iso(message.at),
        severity=message.severity,
        incident=message.incident or None,
        title=message.title,
        text=message.text,
        link=message.link,
        data=dict(message.data),
    )


def incident_id(rule: Rule, group: str, state: AlertState) -> str:
    return "-".join(filter(None, (rule.organization, rule.id, group_hash(group), f"{int(state.incident * 1000)}")))


def notice(
    rule: Rule,
    group: str,
    state: AlertState,
    telling: Telling,
    found: Reading,
    *,
    trend: Sequence[Number | None] = (),
    console: str | None = None,
    ended: str | None = None,
) -> Message:
    """`state` is the one after the step that owes the notice. `ended` says why it is over when no reading says it."""
    incident = incident_id(rule, group, state)
    about = ": ".join(filter(None, (rule.name, group_name(rule, group))))
    return Message(
        id=f"{incident}-{telling}-{int(state.told_at * 1000)}",
        kind=_KINDS[telling],
        title=f"{_WORDS[telling]}: {about}",
        text=ended or _sentence(rule, telling, found),
        severity=rule.severity,
        at=state.told_at,
        incident=incident,
        facts=tuple(_facts(rule, group, state, found)),
        trend=sparkline(trend),
        link=requests_link(console, rule, group, state.told_at),
        data=_data(rule, group, state, telling, found, trend),
    )


def trial_message(destination: str, at: float, token: str) -> Message:
    """What the test button sends; `token` makes its id one of its own."""
    return Message(
        id=f"test-{destination}-{token}",
        kind="test",
        title="Test of ai-gateway alerts",
        text=f"Notices for the destination {destination!r} arrive here. Nothing is wrong.",
        severity="info",
        at=at,
        incident=f"test-{destination}-{token}",
        data={"destination": destination},
    )


_KINDS: Mapping[Telling, MessageKind] = {
    "firing": "alert.firing",
    "resolved": "alert.resolved",
    "reminder": "alert.reminder",
}
_WORDS: Mapping[Telling, str] = {"firing": "Firing", "resolved": "Resolved", "reminder": "Still firing"}


def _sentence(rule: Rule, telling: Telling, found: Reading) -> str:
    now = f"{'there are' if found.value is None else 'it is'} {rule_value(rule, found.value)}"
    if telling == "resolved":
        return f"No longer {condition(rule)}: {now}."
    said = condition(rule)
    return f"{said[0].upper()}{said[1:]}: {now}."


def _facts(rule: Rule, group: str, state: AlertState, found: Reading) -> list[tuple[str, str]]:
    facts = [("Value", rule_value(rule, found.value)), ("Threshold", rule_value(rule, rule.threshold))]
    if rule.change:
        facts.append(("The window before", quantity(found.previous, rule.measure.unit)))
    if name := group_name(rule, group):
        facts.append(("Group", name))
    facts += [
        ("Requests", f"{found.requests:,}"),
        ("Severity", rule.severity),
        ("Since", shown(state.incident, rule.zone)),
    ]
    if state.status == "resolved" and state.since > state.incident:
        facts.append(("Lasted", duration(state.since - state.incident)))
    return facts


def _data(
    rule: Rule, group: str, state: AlertState, telling: Telling, found: Reading, trend: Sequence[Number | None]
) -> JsonObject:
    unit = rule.measure.unit
    return {
        "rule": {"id": rule.id, "name": rule.name, "metric": rule.metric, "condition": condition(rule)},
        "organization": rule.organization,
        "group": {"by": rule.group_by, "value": group} if rule.group_by else None,
        "state": "resolved" if telling == "resolved" else "firing",
        "value": amount(found.value, rule.unit),
        "previous": amount(found.previous, unit),
        "threshold": amount(rule.threshold, rule.unit),
        "unit": rule.unit,
        "requests": found.requests,
        "since": iso(state.incident),
        "trend": [amount(value, unit) for value in trend],
    }


def _rows(value: object) -> list[list[str]]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[JsonObject]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
