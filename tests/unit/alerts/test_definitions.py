"""Rules, destinations, reports and webhooks as an operator writes them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from ai_gateway.core.alerts.destinations import (
    Destination,
    check_secret,
    destination_fields,
    host_of,
    read_destination,
)
from ai_gateway.core.alerts.filters import Condition
from ai_gateway.core.alerts.periods import QuietHours
from ai_gateway.core.alerts.reports import Report, read_report, report_fields
from ai_gateway.core.alerts.rules import Rule, read_rule, rule_fields
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.webhooks import RequestWebhook, read_webhook, webhook_fields
from ai_gateway.core.wire import dumps, parse_object

RULE = {"id": "errors", "name": "Errors", "metric": "error_rate", "threshold": 5}
SLACK = {"id": "ops", "name": "Ops", "kind": "slack"}
HOOK = {"id": "hook", "name": "Hook", "kind": "webhook", "url": "https://example.com/in"}
MAIL = {"id": "mail", "name": "Mail", "kind": "email", "to": "ops@example.com, dev@example.com"}
TOPIC = {"id": "sns", "name": "SNS", "kind": "sns", "topic_arn": "arn:aws:sns:us-east-1:123456789012:alerts"}
REPORT = {"id": "weekly", "name": "Weekly", "every": "week"}
WEBHOOK = {"id": "all", "url": "https://example.com/in"}

TWO = [{"field": "user", "value": "ada"}, {"field": "model", "value": "gpt-4o"}]

Reading = Callable[[Mapping[str, object], str], object]


def test_the_shortest_rule_has_sane_defaults() -> None:
    assert read_rule(RULE, "acme") == Rule("errors", "Errors", "error_rate", 5.0, "acme")


def test_money_is_read_to_the_last_digit() -> None:
    written = {**RULE, "metric": "spend", "threshold": "0.000000000001"}
    assert read_rule(written, "acme").threshold == 1
    assert read_rule({**written, "threshold": 12.5}, "acme").threshold == 12_500_000_000_000
    assert rule_fields(read_rule({**written, "threshold": "12.50"}, "acme"))["threshold"] == "12.5"
    assert read_rule({**written, "change": True, "threshold": 50}, "acme").threshold == 50.0


@pytest.mark.parametrize(
    "rule",
    [
        Rule("a", "A", "error_rate", 5.0),
        Rule("a", "A", "spend", 123_456_789, direction="above", window=86_400, enabled=False, clear_for=0),
        Rule("a", "A", "requests", 10.0, direction="below", minimum_requests=3, severity="critical"),
        Rule("a", "A", "spend", -50.0, change=True, direction="below", group_by="property:team"),
        Rule("a", "A", "budget_share", 80.0, budget=5 * 10**12, period="week", zone="Europe/Berlin"),
        Rule("a", "A", "forecast", 10**15, period="day", window=3600),
        Rule(
            "a",
            "A",
            "latency_p95",
            2500.5,
            filter=(Condition("property:team", "equals", "x"), Condition("status", "gte", 500)),
            quiet=QuietHours(time(22), time(6, 30), "Asia/Tokyo", ("saturday", "sunday")),
            destinations=("ops", "mail"),
            pending_for=60,
            cooldown=600,
            remind_every=3600,
        ),
    ],
)
def test_a_rule_survives_being_written_and_read(rule: Rule) -> None:
    stored = parse_object(dumps(rule_fields(rule)))
    assert stored is not None
    assert read_rule(stored, "default") == rule


@pytest.mark.parametrize("definition", [SLACK, HOOK, MAIL, TOPIC])
def test_a_destination_survives_being_written_and_read(definition: dict[str, object]) -> None:
    assert destination_fields(read_destination(definition, "acme")) == definition


@pytest.mark.parametrize(
    "report",
    [
        Report("r", "R", "day"),
        Report("r", "R", "week", at=time(17, 45), weekday="friday", zone="America/New_York", enabled=False),
        Report("r", "R", "day", filter=(Condition("user", "equals", "ada"),), destinations=("mail",)),
    ],
)
def test_a_report_survives_being_written_and_read(report: Report) -> None:
    assert read_report(report_fields(report), "default") == report


@pytest.mark.parametrize(
    "webhook",
    [
        RequestWebhook("w", "https://example.com"),
        RequestWebhook("w", "https://example.com", sample_percent=12.5, include_data=False, enabled=False),
        RequestWebhook("w", "https://example.com", properties={"team": "x"}),
    ],
)
def test_a_webhook_survives_being_written_and_read(webhook: RequestWebhook) -> None:
    assert read_webhook(webhook_fields(webhook), "default") == webhook


@pytest.mark.parametrize(
    ("read", "definition", "change", "param"),
    [
        (read_rule, RULE, {"id": "Errors!"}, "id"),
        (read_rule, RULE, {"id": None}, "id"),
        (read_rule, RULE, {"id": "a" * 65}, "id"),
        (read_rule, RULE, {"name": ""}, "name"),
        (read_rule, RULE, {"name": "two\nlines"}, "name"),
        (read_rule, RULE, {"metric": "happiness"}, "metric"),
        (read_rule, RULE, {"threshold": None}, "threshold"),
        (read_rule, RULE, {"threshold": True}, "threshold"),
        (read_rule, RULE, {"threshold": "NaN"}, "threshold"),
        (read_rule, RULE, {"threshold": "1e400"}, "threshold"),
        (read_rule, RULE, {"threshold": [5]}, "threshold"),
        (read_rule, RULE, {"threshold": 0}, "threshold"),
        (read_rule, RULE, {"direction": "sideways"}, "direction"),
        (read_rule, RULE, {"window": 59}, "window"),
        (read_rule, RULE, {"window": 30 * 86_400 + 1}, "window"),
        (read_rule, RULE, {"window": True}, "window"),
        (read_rule, RULE, {"window": "5m"}, "window"),
        (read_rule, RULE, {"minimum_requests": -1}, "minimum_requests"),
        (read_rule, RULE, {"group_by": "moon"}, "group_by"),
        (read_rule, RULE, {"group_by": "property:"}, "group_by"),
        (read_rule, RULE, {"severity": "mild"}, "severity"),
        (read_rule, RULE, {"zone": "Mars/Olympus"}, "zone"),
        (read_rule, RULE, {"zone": "../../etc/passwd"}, "zone"),
        (read_rule, RULE, {"budget": "5"}, "budget"),
        (read_rule, RULE, {"metric": "budget_share"}, "budget"),
        (read_rule, RULE, {"metric": "budget_share", "budget": 0}, "budget"),
        (read_rule, RULE, {"metric": "forecast", "change": True}, "change"),
        (read_rule, RULE, {"enabled": "yes"}, "enabled"),
        (read_rule, RULE, {"treshold": 5}, "treshold"),
        (read_rule, RULE, {"destinations": "ops"}, "destinations"),
        (read_rule, RULE, {"destinations": [""]}, "destinations"),
        (read_rule, RULE, {"filter": {"field": "user"}}, "filter"),
        (read_rule, RULE, {"filter": ["user"]}, "filter"),
        (read_rule, RULE, {"filter": [{"field": "shoe", "value": "x"}]}, "field"),
        (read_rule, RULE, {"filter": [{"field": "user", "operator": "like", "value": "x"}]}, "operator"),
        (read_rule, RULE, {"filter": [{"field": "user", "operator": "gt", "value": "x"}]}, "operator"),
        (read_rule, RULE, {"filter": [{"field": "status", "value": "x"}]}, "value"),
        (read_rule, RULE, {"filter": [{"field": "user", "value": 5}]}, "value"),
        (read_rule, RULE, {"filter": [{"field": "user"}]}, "value"),
        (read_rule, RULE, {"filter": [{"field": "cached", "value": "yes"}]}, "value"),
        (read_rule, RULE, {"filter": [{"field": "model", "value": True}]}, "value"),
        (read_rule, RULE, {"group_by": "user", "direction": "below", "filter": TWO, "window": 100_000}, "filter"),
        (read_rule, RULE, {"filter": [{"field": "user", "value": "x", "not": True}]}, "not"),
        (read_rule, RULE, {"quiet": {"start": "22:00", "end": "25:00"}}, "end"),
        (read_rule, RULE, {"quiet": {"start": "22:00", "end": "22:00"}}, "end"),
        (read_rule, RULE, {"quiet": {"start": "22:00", "end": "06:00", "days": ["funday"]}}, "days"),
        (read_rule, RULE, {"quiet": "always"}, "quiet"),
        (read_destination, SLACK, {"kind": "pigeon"}, "kind"),
        (read_destination, SLACK, {"url": "https://hooks.slack.com/x"}, "url"),
        (read_destination, HOOK, {"url": None}, "url"),
        (read_destination, HOOK, {"url": "ftp://example.com"}, "url"),
        (read_destination, HOOK, {"url": "https://user:password@example.com"}, "url"),
        (read_destination, HOOK, {"url": "https://example.com:port"}, "url"),
        (read_destination, HOOK, {"url": "https://[::1"}, "url"),
        (read_destination, MAIL, {"to": "nobody"}, "to"),
        (read_destination, MAIL, {"to": "a@example.com,"}, "to"),
        (read_destination, MAIL, {"to": "Eve <eve@example.com>"}, "to"),
        (read_destination, TOPIC, {"topic_arn": "alerts"}, "topic_arn"),
        (read_destination, TOPIC, {"topic_arn": "arn:aws:alerts"}, "topic_arn"),
        (read_destination, TOPIC, {"topic_arn": "arn:aws:sqs:eu-central-1:123456789012:alerts"}, "topic_arn"),
        (read_destination, HOOK, {"url": "https://example.com/ä"}, "url"),
        (read_destination, HOOK, {"url": "https://example.com/a b"}, "url"),
        (read_destination, HOOK, {"url": "https://a..example.com/"}, "url"),
        (read_report, REPORT, {"every": "year"}, "every"),
        (read_report, REPORT, {"at": "8 o'clock"}, "at"),
        (read_report, REPORT, {"at": "08:00:00"}, "at"),
        (read_report, REPORT, {"weekday": "someday"}, "weekday"),
        (read_webhook, WEBHOOK, {"sample_percent": 101}, "sample_percent"),
        (read_webhook, WEBHOOK, {"sample_percent": "half"}, "sample_percent"),
        (read_webhook, WEBHOOK, {"properties": {"team": 5}}, "properties"),
        (read_webhook, WEBHOOK, {"properties": ["team"]}, "properties"),
        (read_webhook, WEBHOOK, {"url": "javascript:alert(1)"}, "url"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_the_fields_name(
    read: Reading, definition: dict[str, object], change: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read({**definition, **change}, "acme")
    assert refused.value.param == param


def test_what_is_watched_of_providers_is_grouped_by_them() -> None:
    assert read_rule({**RULE, "metric": "provider_errors"}, "acme").group_by == "provider"


def test_property_names_have_no_case() -> None:
    assert read_rule({**RULE, "group_by": "property:Team"}, "acme").group_by == "property:team"
    assert read_webhook({**WEBHOOK, "properties": {"Team": "X"}}, "acme").properties == {"team": "X"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("slack", ""),
        ("slack", "not-an-url"),
        ("slack", "https://:443/services"),
        ("slack", "https://hooks.slack.com:99999/services"),
        ("webhook", "short"),
        ("webhook", "with spaces in it"),
        ("pagerduty", "clé-de-routage"),
        ("email", "whatever-it-is"),
    ],
)
def test_a_secret_that_cannot_be_one_is_refused_and_not_repeated(kind: Any, value: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_secret(kind, value)
    assert not value or value not in refused.value.message


def test_a_secret_is_stored_under_the_name_that_its_destination_gives_it() -> None:
    assert check_secret("pagerduty", "R0UT1NGK3Y") == {"routing_key": "R0UT1NGK3Y"}
    hook = read_destination(HOOK, "acme")
    assert hook.secret_name == "alerts/acme/hook"
    assert host_of(hook) == "example.com"
    assert host_of(replace(hook, settings={"url": "https://example.com:8443/in"})) == "example.com:8443"
    assert host_of(Destination("ops", "Ops", "slack")) == ""
