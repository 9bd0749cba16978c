"""Whole hours from rollups and the rest from records say what counting every record would say."""

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_gateway.core.alerts import tally
from ai_gateway.core.alerts.filters import Condition
from ai_gateway.core.alerts.tally import Ask, Groups, Measured, Slices, Tally
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.periods import DAY, HOUR
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.sketches import Bins
from ai_gateway.services.alerts import measuring as module
from ai_gateway.services.alerts.measuring import HoursAndRecords
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.rollups import RollupRun
from tests.fakes import FakeClock, FakeRollups, FakeTable
from tests.unit.alerts.making import NOW, attempt, record

DAYS = 3
FILTERS = (
    (),
    (Condition("user", "equals", "ada"),),
    (Condition("model", "equals", "gpt-4o"),),
    (Condition("property:team", "equals", "red"),),
    (Condition("user", "contains", "a"),),
    (Condition("user", "equals", "ada"), Condition("latency", "gt", 500.0)),
)
GROUPS = (None, "user", "model", "provider", "key", "property:team")

asks = st.builds(
    lambda end, length, filter_, group_by, calls: Ask(NOW - end - length, NOW - end, filter_, group_by, calls),
    st.integers(0, 12 * 3600),
    st.integers(60, (DAYS - 1) * 86_400),
    st.sampled_from(FILTERS),
    st.sampled_from(GROUPS),
    st.just(value=True),
)


@pytest.fixture(scope="module")
def requests() -> list[RequestRecord]:
    random = Random(7)
    return [made(number, random) for number in range(400)]


def made(number: int, random: Random) -> RequestRecord:
    provider = random.choice(("openai", "anthropic"))
    failed = random.random() < 0.3
    calls = [attempt(provider, random.choice((429, 500, 400)))] * failed
    served = attempt(provider)
    return record(number, before=random.uniform(0, DAYS * 86_400))._replace(
        user=random.choice(("ada", "bob", "carla", None)),
        model=random.choice(("gpt-4o", "claude")),
        provider=provider,
        properties={"team": random.choice(("red", "blue"))} if random.random() < 0.7 else {},
        duration_ms=random.randrange(1, 3000),
        attempts=(*calls, served),
    )


@given(st.data())
def test_any_question_is_answered_as_by_counting(requests: list[RequestRecord], data: st.DataObject) -> None:
    asked = set(data.draw(st.lists(asks, min_size=1, max_size=6)))
    rolled_until = NOW - data.draw(st.integers(0, 2 * 86_400))
    assert _measured(requests, asked, rolled_until) == _counted(requests, asked)


@pytest.mark.parametrize("at_once", [1, 7])
def test_it_does_not_matter_how_many_requests_are_added_up_together(
    requests: list[RequestRecord], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {Ask(NOW - 86_400, NOW, filter_, group_by, calls=True) for filter_, group_by in product(FILTERS, GROUPS)}
    together = _measured(requests, asked, NOW - DAYS * 86_400)
    monkeypatch.setattr(tally, "AT_ONCE", at_once)
    assert _measured(requests, asked, NOW - DAYS * 86_400) == together


@pytest.mark.parametrize("rolled_until", [NOW, NOW - HOUR / 1000, NOW - 2 * DAY / 1000])
def test_a_series_is_of_all_records_although_quiet_hours_are_passed_over(
    requests: list[RequestRecord], rolled_until: float
) -> None:
    ask = Ask(NOW - 2 * 86_400 - 1234, NOW - 10, group_by="user")
    sliced = Slices(ask, 50)
    for one in requests:
        sliced.add(one)
    assert _measuring(requests, rolled_until)._series("default", ask, 50) == sliced.measured()


def test_a_long_series_is_refused_before_it_is_read(
    requests: list[RequestRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_RECORDS", 100)
    with pytest.raises(InvalidRequest, match="fewer days"):
        _measuring(requests, NOW)._series("default", Ask(NOW - DAYS * 86_400, NOW), 10)


def test_a_trend_that_reaches_farther_back_than_can_be_read_is_left_out(
    requests: list[RequestRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = Ask(NOW - 6 * 3600, NOW), Ask(NOW - DAYS * 86_400, NOW)
    measuring = _measuring(requests, NOW)
    both = measuring._trends("default", {near, far}, 6)
    assert both == {ask: measuring._series("default", ask, 6) for ask in (near, far)}
    monkeypatch.setattr(module, "MOST_TRACED", 100)
    assert measuring._trends("default", {near, far}, 6) == {near: both[near]}


@settings(max_examples=15)
@given(st.data())
def test_what_is_counted_does_not_depend_on_whether_times_are_wanted(
    requests: list[RequestRecord], data: st.DataObject
) -> None:
    ask = data.draw(asks)
    without = replace(ask, times=False)
    alone, both = _measured(requests, {without}, NOW), _measured(requests, {ask, without}, NOW)
    assert _without_times(alone[without]) == _without_times(both[without]) == _without_times(both[ask])


def _without_times(groups: Groups) -> Groups:
    return {group: replace(of, latency=Bins(), ttft=Bins()) for group, of in groups.items()}


def _measured(requests: list[RequestRecord], asked: set[Ask], rolled_until: float) -> Measured:
    return _measuring(requests, rolled_until)._measure("default", asked)


def _measuring(requests: list[RequestRecord], rolled_until: float) -> HoursAndRecords:
    table, rollups = FakeTable(), FakeRollups({}, {"default": 0})
    table.keep(*requests)
    run = RollupRun(table, rollups, clock_at(rolled_until))
    rollups.progress["default"] = int((NOW - DAYS * 86_400) * 1000) - DAY + HOUR
    run.catch_up()
    return HoursAndRecords(table, Analytics(table, rollups, clock_at(NOW)))


def _counted(requests: list[RequestRecord], asked: set[Ask]) -> object:
    tally = Tally(asked)
    for one in requests:
        tally.add(one)
    return tally.measured()


def clock_at(moment: float) -> FakeClock:
    return FakeClock(now=moment - FakeClock(now=0).time())
