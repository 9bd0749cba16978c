from dataclasses import replace

import pytest

from ai_gateway.core.alerts.evaluation import Reading
from ai_gateway.core.alerts.filters import Condition
from ai_gateway.core.alerts.messages import (
    Message,
    Table,
    message_fields,
    notice,
    payload,
    read_message,
)
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.states import AlertState
from ai_gateway.core.alerts.wording import condition, duration, money, quantity, sparkline
from ai_gateway.core.wire import dumps, parse_object
from tests.unit.alerts.making import DOLLAR, NOW, rule

FIRING = AlertState("firing", NOW, None, 12.5, True, NOW, NOW, 1)


@pytest.mark.parametrize(
    ("pico", "expected"),
    [
        (0, "$0.00"),
        (DOLLAR, "$1.00"),
        (1_234_567 * DOLLAR + DOLLAR // 2, "$1,234,567.50"),
        (DOLLAR // 200, "$0.0050"),
        (123_456_789, "$0.00012"),
        (DOLLAR // 4, "$0.25"),
        (-3 * DOLLAR, "$-3.00".replace("$-", "-$")),
        (1, "$0.0000000000010"),
    ],
)
def test_money_shows_digits_that_say_something(pico: int, expected: str) -> None:
    assert money(pico) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (5.0, "percent", "5 %"),
        (33.333333, "percent", "33.3 %"),
        (0.05, "percent", "0.05 %"),
        (999, "milliseconds", "999 ms"),
        (1234.5, "milliseconds", "1.23 s"),
        (1, "requests", "1 request"),
        (12_345, "tokens", "12,345 tokens"),
        (None, "percent", "no requests"),
    ],
)
def test_quantities_have_units(value: float | None, unit: str, expected: str) -> None:
    assert quantity(value, unit) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (60, "1 minute"),
        (300, "5 minutes"),
        (5400, "1 hour 30 minutes"),
        (90_061, "1 day 1 hour"),
        (0.4, "no time"),
        (30 * 86_400, "30 days"),
    ],
)
def test_durations_are_exact_in_their_two_largest_units(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 2, 4, 8], "▁▂▃▅█"),
        ([None, 5, None], " █ "),
        ([0, 0], "▁▁"),
        ([], ""),
        ([-5, 10], "▁█"),
    ],
)
def test_a_sparkline_has_a_bar_a_value(values: list[float | None], expected: str) -> None:
    assert sparkline(values) == expected


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (rule(), "error rate at or above 5 % over 5 minutes"),
        (rule(metric="spend", threshold=10 * DOLLAR, window=86_400), "spend at or above $10.00 over 1 day"),
        (
            rule(metric="requests", threshold=10, direction="below", filter=(Condition("status", "gte", 500),)),
            "requests below 10 requests over 5 minutes, status ≥ 500",
        ),
        (
            rule(metric="spend", threshold=50.0, change=True, window=3600),
            "change of spend at or above +50 % over 1 hour",
        ),
        (
            rule(metric="budget_share", threshold=80.0, budget=100 * DOLLAR),
            "share of the budget spent at or above 80 % of $100.00 this month",
        ),
        (rule(metric="forecast", threshold=DOLLAR, period="week"), "forecast spend at or above $1.00 this week"),
    ],
)
def test_a_rule_can_be_said(of: Rule, expected: str) -> None:
    assert condition(of) == expected


def test_a_notice_says_what_where_and_how_much() -> None:
    of = rule(group_by="user", severity="critical")
    told = notice(of, "ada", FIRING, "firing", Reading(12.5, 40), trend=(1.0, 12.5), console="https://gw.example/")
    assert told.title == "Firing: Errors: user = ada"
    assert told.text == "Error rate at or above 5 % over 5 minutes: it is 12.5 %."
    assert ("Value", "12.5 %") in told.facts
    assert told.trend == "▁█"
    assert told.link is not None
    assert told.link.startswith("https://gw.example/requests?since=")
    assert "user=ada" in told.link
    assert told.data["value"] == 12.5
    assert told.data["group"] == {"by": "user", "value": "ada"}


def test_an_incident_has_one_name_and_each_of_its_notices_another() -> None:
    resolved = replace(FIRING, status="resolved", since=NOW + 600, told=False, told_at=NOW + 600)
    first = notice(rule(), "", FIRING, "firing", Reading(12.5, 40))
    last = notice(rule(), "", resolved, "resolved", Reading(1.0, 40))
    assert first.incident == last.incident == f"default-errors-{int(NOW * 1000)}"
    assert first.id != last.id
    assert ("Lasted", "10 minutes") in last.facts
    assert last.text == "No longer error rate at or above 5 % over 5 minutes: it is 1 %."


def test_the_same_groups_of_two_rules_are_two_incidents() -> None:
    names = {
        notice(
            rule(id=name, group_by="user", organization=organization), user, FIRING, "firing", Reading(9.0, 1)
        ).incident
        for name in ("a", "b")
        for organization in ("x", "y")
        for user in ("ada", "bob", "a" * 1000)
    }
    assert len(names) == 12
    assert max(map(len, names)) < 255


def test_programs_get_money_exactly() -> None:
    told = notice(rule(metric="spend", threshold=DOLLAR), "", FIRING, "firing", Reading(10**20 + 1, 3))
    assert told.data["value"] == "100000000.000000000001"
    assert told.data["threshold"] == "1"
    assert told.data["unit"] == "dollars"
    assert parse_object(dumps(payload(told)))


def test_a_message_survives_storage() -> None:
    told = notice(rule(), "", FIRING, "firing", Reading(12.5, 40), trend=(None, 2.0))
    told = replace(told, tables=(Table("T", (("A", "B"), ("1", "2"))),))
    stored = parse_object(dumps(message_fields(told)))
    assert stored is not None
    assert read_message(stored) == told


def test_a_message_without_a_console_has_no_link() -> None:
    assert notice(rule(), "", FIRING, "firing", Reading(12.5, 40)).link is None
    assert "link" not in payload(Message("id", "test", "T", "t", "info", NOW))
