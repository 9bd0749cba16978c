from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from ai_gateway.core.alerts.periods import QuietHours, period_at


def moment(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


NIGHT = QuietHours(time(22), time(6))
LUNCH = QuietHours(time(12), time(13), "Europe/Berlin")
WEEKEND = QuietHours(time(22), time(6), days=("friday", "saturday"))


@pytest.mark.parametrize(
    ("quiet", "at", "expected"),
    [
        (NIGHT, "2026-11-24T21:59:59", False),
        (NIGHT, "2026-11-24T22:00:00", True),
        (NIGHT, "2026-11-25T05:59:59", True),
        (NIGHT, "2026-11-25T06:00:00", False),
        (LUNCH, "2026-11-24T11:00:00", True),
        (LUNCH, "2026-11-24T12:00:00", False),
        (LUNCH, "2026-07-24T10:30:00", True),
        (WEEKEND, "2026-11-27T23:00:00", True),
        (WEEKEND, "2026-11-28T05:00:00", True),
        (WEEKEND, "2026-11-29T05:00:00", True),
        (WEEKEND, "2026-11-29T23:00:00", False),
        (WEEKEND, "2026-11-27T05:00:00", False),
    ],
)
def test_quiet_hours_are_wall_clock_times(quiet: QuietHours, at: str, expected: bool) -> None:
    assert quiet.covers(moment(at)) is expected


@pytest.mark.parametrize(
    ("period", "zone", "at", "start", "end"),
    [
        ("day", "UTC", "2026-11-24T12:00", "2026-11-24T00:00", "2026-11-25T00:00"),
        ("week", "UTC", "2026-11-24T12:00", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("month", "UTC", "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("month", "UTC", "2028-02-29T00:00", "2028-02-01T00:00", "2028-03-01T00:00"),
        ("day", "Europe/Berlin", "2026-03-29T12:00", "2026-03-29T00:00", "2026-03-30T00:00"),
        ("day", "Pacific/Auckland", "2026-11-24T00:30", "2026-11-24T00:00", "2026-11-25T00:00"),
    ],
)
def test_a_period_is_what_people_of_the_zone_call_it(period: str, zone: str, at: str, start: str, end: str) -> None:
    found = period_at(moment(at, zone), period, zone)  # type: ignore[arg-type]
    assert found == (moment(start, zone), moment(end, zone))


def test_the_day_on_which_clocks_go_forward_has_23_hours() -> None:
    start, end = period_at(moment("2026-03-29T12:00", "Europe/Berlin"), "day", "Europe/Berlin")
    assert end - start == 23 * 3600
