from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.alerts.reports import Report, last_due, report_message, report_needs
from ai_gateway.core.alerts.tally import Tally
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.wire import dumps
from tests.unit.alerts.making import DOLLAR, NOW, attempt, failed, record

DAILY = Report("daily", "Daily", "day", at=time(8), zone="Europe/Berlin")
WEEKLY = Report("weekly", "Weekly", "week", at=time(8), weekday="monday")


def moment(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("report", "now", "due"),
    [
        (DAILY, "2026-11-24T06:59:59", "2026-11-23T07:00"),
        (DAILY, "2026-11-24T07:00:00", "2026-11-24T07:00"),
        (DAILY, "2026-07-24T06:00:00", "2026-07-24T06:00"),
        (WEEKLY, "2026-11-23T08:00:00", "2026-11-23T08:00"),
        (WEEKLY, "2026-11-23T07:59:00", "2026-11-16T08:00"),
        (WEEKLY, "2026-11-29T23:59:00", "2026-11-23T08:00"),
    ],
)
def test_a_report_is_due_at_its_wall_clock_time(report: Report, now: str, due: str) -> None:
    assert last_due(report, moment(now)) == moment(due)


def test_a_report_tells_of_the_time_that_ended_and_the_one_before() -> None:
    due = moment("2026-03-29T08:00", "Europe/Berlin")
    needs = report_needs(DAILY, due)
    assert needs.whole.end - needs.whole.start == 23 * 3600
    assert needs.before.end == needs.whole.start
    assert needs.before.end - needs.before.start == 24 * 3600


def told(records: list[RequestRecord], report: Report = DAILY) -> Message:
    tally = Tally(report_needs(report, NOW).asks())
    for one in records:
        tally.add(one)
    return report_message(report, NOW, tally.measured(), "https://gw.example")


def test_a_report_has_spend_change_tops_errors_and_savings() -> None:
    day = 86_400
    records = [
        record(
            1,
            cost=3 * DOLLAR,
            user="ada",
            cost_computed=3 * DOLLAR,
            cost_uncached=3 * DOLLAR + 9,
            cost_dearest=7 * DOLLAR,
            tokens={"input": 10, "cache_read": 10},
        ),
        record(2, cost=DOLLAR, user="bob", model="claude", cost_parts={}),
        failed(3, user="bob", model=None, model_asked="gpt-4o", attempts=(attempt("azure", 500),)),
        record(4, cost=2 * DOLLAR, before=day + 60),
        record(5, cost=None),
    ]
    message = told(records)
    facts = dict(message.facts)
    assert message.title == "Daily: $4.00 for 4 requests"
    assert facts["Spend"] == "$4.00 (+100 %)"
    assert facts["Requests"] == "4 requests (+300 %)"
    assert facts["Error rate"] == "25 % (before: 0 %)"
    assert facts["Saved by caches"] == "$0.0000000000090"
    assert facts["Saved by routing"] == "$4.00"
    assert facts["Without a known price"] == "1 request"
    models, users, providers = message.tables
    assert models.rows == (
        ("Model", "Spend", "Requests", "Errors"),
        ("gpt-4o", "$3.00", "3", "33.3 %"),
        ("claude", "$1.00", "1", "0 %"),
    )
    assert [row[0] for row in users.rows] == ["User", "ada", "bob"]
    assert providers.rows[1] == ("azure", "1", "100 %")
    assert dumps(message.data)


def test_a_quiet_day_is_reported_too() -> None:
    message = told([])
    assert message.title == "Daily: $0.00 for 0 requests"
    assert message.tables == ()
    assert dict(message.facts)["Error rate"] == "no requests"


def test_a_report_has_the_same_id_however_often_it_is_made() -> None:
    assert told([]).id == told([record()]).id
