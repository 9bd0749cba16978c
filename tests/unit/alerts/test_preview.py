import pytest

from ai_gateway.core.alerts.preview import Preview, preview, timeline
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.tally import Slices
from ai_gateway.core.records import RequestRecord
from tests.unit.alerts.making import DOLLAR, NOW, failed, record, rule

HOUR, DAY = 3600, 86_400


def previewed(of: Rule, records: list[RequestRecord], *, over: float = HOUR) -> Preview:
    line = timeline(of, NOW - over, NOW)
    slices = Slices(line.ask, line.slices)
    for one in records:
        slices.add(one)
    return preview(line, slices.measured())


def test_a_burst_of_errors_would_have_fired_and_resolved() -> None:
    burst = [failed(number, before=1800 + number) for number in range(30)]
    calm = [record(number, before=number * 10) for number in range(360)]
    (firing,) = previewed(rule(), burst + calm).firings
    assert firing.began == pytest.approx(NOW - 1800, abs=60)
    assert firing.ended == pytest.approx(NOW - 1800 + 300 + 300, abs=120)
    assert firing.worst == pytest.approx(100 * 30 / 60, rel=0.2)


def test_what_lasts_has_no_end() -> None:
    (firing,) = previewed(rule(), [failed(before=30)]).firings
    assert (firing.ended, firing.worst) == (None, 100.0)


def test_nothing_would_have_fired_without_requests() -> None:
    found = previewed(rule(), [])
    assert found.firings == ()
    assert {point.value for point in found.values[""]} == {None}
    assert len(found.values[""]) == 60


def test_each_group_has_firings_of_its_own() -> None:
    records = [failed(1, user="ada", before=30), record(2, user="bob"), failed(3, user="eve", before=1200)]
    found = previewed(rule(group_by="user"), records)
    assert [firing.group for firing in found.firings] == ["eve", "ada"]
    assert found.values.keys() == {"ada", "bob", "eve"}


def test_a_group_is_watched_from_when_it_is_first_heard_of() -> None:
    of = rule(metric="requests", direction="below", threshold=1, window=300, group_by="user", clear_for=0)
    found = previewed(of, [record(1, user="ada", before=1830)])
    (firing,) = found.firings
    assert firing.began == pytest.approx(NOW - 1830 + 300, abs=120)
    assert firing.ended is None


def test_a_budget_counts_from_the_start_of_its_period() -> None:
    """Also when that lies before the start of the preview."""
    of = rule(metric="budget_share", threshold=100.0, budget=10 * DOLLAR, period="month")
    records = [record(1, cost=9 * DOLLAR, before=3 * DAY), record(2, cost=DOLLAR, before=HOUR)]
    (firing,) = previewed(of, records, over=DAY).firings
    assert firing.began == pytest.approx(NOW - HOUR, abs=120)


@pytest.mark.parametrize("window", [60, 90, 300, 3600, DAY])
@pytest.mark.parametrize("days", [1, 7, 30])
def test_no_request_falls_between_two_evaluations_however_long_the_look_back(window: int, days: int) -> None:
    of = rule(metric="requests", threshold=1, window=window, clear_for=0)
    when = (days * DAY - 7200, 5 * HOUR + 59, 6 * HOUR, 2 * HOUR + 1, 45)
    found = previewed(of, [record(number, before=before) for number, before in enumerate(when)], over=days * DAY)
    assert {firing.worst for firing in found.firings} <= set(range(1, 6))
    firings = {(firing.began, firing.ended or NOW) for firing in found.firings}
    for before in when:
        assert any(began - window - 60 <= NOW - before <= ended for began, ended in firings), before


def test_a_long_look_back_has_fewer_evaluations_and_points() -> None:
    line = timeline(rule(window=3600), NOW - 30 * DAY, NOW)
    assert len(line.moments) <= 1000
    assert line.step % 60 == 0
    assert line.ask.end == line.moments[-1] == NOW
    assert line.ask.start <= NOW - 30 * DAY - 3600
    found = previewed(rule(metric="requests", window=60), [record(1, before=9 * DAY + 7)], over=30 * DAY)
    (points,) = found.values.values()
    assert len(points) <= 1000
    assert [point.value for point in points if point.value] == [1]


@pytest.mark.parametrize("direction", ["above", "below"])
def test_the_worst_value_is_the_farthest_from_the_threshold(direction: str) -> None:
    of = rule(metric="requests", threshold=2, direction=direction, window=60, clear_for=0)
    records = [record(number, before=90 + number / 10) for number in range(5)]
    records += [record(10 + number, before=150 + number / 10) for number in range(3)]
    worst = {firing.worst for firing in previewed(of, records).firings}
    assert worst == ({5} if direction == "above" else {0})
