"""What each metric reads, and when a rule is broken."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ai_gateway.core.alerts.evaluation import Reading, broken, needs_of, readings
from ai_gateway.core.alerts.filters import Condition
from ai_gateway.core.alerts.groups import EVERYTHING
from ai_gateway.core.alerts.measures import Measures
from ai_gateway.core.alerts.metrics import METRICS
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.tally import Tally
from ai_gateway.core.records import RequestRecord
from tests.unit.alerts.making import DOLLAR, NOW, attempt, failed, record, rule


def read(of: Rule, records: list[RequestRecord], known: tuple[str, ...] = ()) -> dict[str, Reading]:
    needs = needs_of(of, NOW)
    tally = Tally(needs.asks())
    for one in records:
        tally.add(one)
    return readings(of, needs, tally.measured(), known)


def value(of: Rule, records: list[RequestRecord]) -> Any:
    return read(of, records)[EVERYTHING].value


FIVE = [record(1), failed(2), failed(3, status=429, error_type="rate_limit_exceeded"), record(4, cost=None), record(5)]
SLOW = [record(number, duration_ms=number * 10, ttft_ms=number) for number in range(1, 101)]
CACHED = [record(1, tokens={"input": 25, "cache_read": 70, "cache_write_5m": 5, "output": 9, "web_searches": 3})]
FALLBACK = [
    record(1, attempts=(attempt("azure", 503), attempt("openai"))),
    record(2, attempts=(attempt("openai"),)),
    record(3, attempts=(attempt("openai", 500), attempt("openai", retry=1))),
    record(4, attempts=(attempt("azure", 0, skipped=True), attempt("openai"))),
]


@pytest.mark.parametrize(
    ("metric", "records", "expected"),
    [
        ("requests", FIVE, 5),
        ("requests", [], 0),
        ("errors", FIVE, 2),
        ("error_rate", FIVE, 40.0),
        ("error_rate", [], None),
        ("rate_limited", FIVE, 1),
        ("unpriced", FIVE, 1),
        ("spend", FIVE, 2_000_000),
        ("spend", [], 0),
        ("tokens", FIVE, 45),
        ("prompt_tokens", CACHED, 100),
        ("completion_tokens", CACHED, 9),
        ("tokens", CACHED, 109),
        ("cache_hit_rate", CACHED, 70.0),
        ("cache_hit_rate", [failed()], None),
        ("fallback_rate", FALLBACK, 25.0),
        ("latency_avg", SLOW, pytest.approx(505.0, rel=0.01)),
        ("latency_avg", [], None),
        ("ttft_avg", SLOW, pytest.approx(50.5, rel=0.01)),
        ("ttft_avg", [record()], None),
        ("latency_p95", [], None),
    ],
)
def test_a_metric_reads_what_its_name_says(metric: str, records: list[RequestRecord], expected: object) -> None:
    assert value(rule(metric=metric), records) == expected


@pytest.mark.parametrize(("percent", "exact"), [(50, 505), (90, 901), (95, 950.5), (99, 990.1)])
def test_a_percentile_is_within_one_percent(percent: int, exact: float) -> None:
    assert value(rule(metric=f"latency_p{percent}"), SLOW) == pytest.approx(exact, rel=0.02)


def test_percentiles_of_any_times_are_within_one_percent_of_a_measured_one() -> None:
    random = Random(6)
    times = sorted(int(random.lognormvariate(6, 2)) for _ in range(2001))
    records = [record(number, duration_ms=time) for number, time in enumerate(times) if time < 200_000]
    kept = [one.duration_ms for one in records]
    of = rule(metric="latency_p90", window=600)
    assert value(of, records) == pytest.approx(kept[int(0.9 * (len(kept) - 1))], rel=0.011)


def test_a_request_counts_when_it_ends_not_when_it_began() -> None:
    """A provider that hangs for longer than the window is seen all the same."""
    assert value(rule(), [failed(duration_ms=600_000, before=1)]) == 100.0
    assert value(rule(metric="requests"), [record(before=301)]) == 0
    assert value(rule(metric="requests"), [record(before=300)]) == 1
    assert value(rule(metric="requests"), [record(before=0)]) == 0


def test_a_filter_leaves_out_what_does_not_meet_all_of_it() -> None:
    records = [
        record(1, properties={"team": "Search"}, status=500, outcome="error"),
        record(2, properties={"team": "Search"}, user="ada"),
        record(3, properties={"team": "Shop"}),
        record(4),
    ]

    def counted(*conditions: Condition) -> Any:
        return value(rule(metric="requests", filter=conditions), records)

    assert counted(Condition("property:team", "equals", "Search")) == 2
    assert counted(Condition("property:Team", "equals", "Search"), Condition("status", "gte", 500)) == 1
    assert counted(Condition("property:team", "not-equals", "Search")) == 2
    assert counted(Condition("property:team", "contains", "SE")) == 2
    assert counted(Condition("property:team", "not-contains", "s")) == 1
    assert counted(Condition("user", "starts-with", "a")) == 1
    assert counted(Condition("status", "lt", 300)) == 3
    assert counted(Condition("status", "gt", 300)) == 1
    assert counted(Condition("status", "lte", 200)) == 3
    assert counted(Condition("ttft", "lte", 200)) == 0
    assert counted(Condition("stream", "equals", False)) == 4
    assert counted(Condition("cached", "equals", True)) == 0
    assert counted(Condition("priced", "equals", True)) == 4
    assert counted(Condition("prompt", "equals", "support")) == 0
    assert counted(Condition("model", "equals", "gpt-4o"), Condition("provider", "equals", "azure")) == 0


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        (None, {"": 100.0}),
        ("user", {"ada": 100.0}),
        ("provider", {"openai": 100.0}),
        ("model", {"gpt-4o": 100.0}),
        ("key", {"key-1": 100.0}),
        ("property:team", {"search": 100.0}),
        ("property:other", {}),
    ],
)
def test_groups_have_readings_of_their_own(group_by: str | None, expected: dict[str, float]) -> None:
    found = read(rule(group_by=group_by), [failed(user="ada", key_id="key-1", properties={"team": "search"})])
    assert {group: reading.value for group, reading in found.items()} == expected


def test_a_group_that_is_known_has_a_reading_when_nothing_is_heard_of_it() -> None:
    found = read(rule(group_by="user"), [failed(user="ada")], ("bob",))
    assert found == {"ada": Reading(100.0, 1), "bob": Reading(None, 0)}
    assert read(rule(metric="requests", group_by="user"), [], ("bob",)) == {"bob": Reading(0, 0)}


def test_a_group_of_which_nothing_is_heard_any_more_is_below_what_was_expected_of_it() -> None:
    """Although no state is kept of what was well."""
    records = [record(1, user="ada", before=310), record(2, user="bob", before=10), record(3, user="eve", before=610)]
    of = rule(metric="requests", direction="below", threshold=1, group_by="user")
    assert read(of, records) == {"ada": Reading(0, 0), "bob": Reading(1, 1)}


def test_rate_limited_requests_are_counted_by_user() -> None:
    refused = [failed(number, status=429, user="ada") for number in range(3)]
    found = read(rule(metric="rate_limited", group_by="user"), [*refused, record(9, user="bob")])
    assert {user: reading.value for user, reading in found.items()} == {"ada": 3, "bob": 0}


def test_a_failing_provider_is_seen_behind_the_fallback_that_hides_it() -> None:
    of = rule(metric="provider_errors", group_by="provider")
    found = read(of, FALLBACK)
    assert {group: (reading.value, reading.requests) for group, reading in found.items()} == {
        "azure": (100.0, 1),
        "openai": (20.0, 5),
    }


@pytest.mark.parametrize(
    ("status", "expected"), [(400, 0.0), (422, 0.0), (401, 100.0), (404, 100.0), (429, 100.0), (529, 100.0)]
)
def test_what_the_caller_did_wrong_is_no_failure_of_the_provider(status: int, expected: float) -> None:
    found = read(rule(metric="provider_errors", group_by="provider"), [failed(attempts=(attempt("openai", status),))])
    assert found["openai"].value == expected


def test_a_rule_with_too_few_requests_has_no_value() -> None:
    assert value(rule(minimum_requests=2), [failed()]) is None
    assert value(rule(minimum_requests=2), [failed(1), failed(2)]) == 100.0


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [(3, 2, 50.0), (1, 2, -50.0), (2, 2, 0.0), (0, 2, -100.0), (2, 0, None)],
)
def test_a_change_is_against_the_window_before(now: int, before: int, expected: float | None) -> None:
    records = [record(number, before=10) for number in range(now)]
    records += [record(10 + number, before=310) for number in range(before)]
    records.append(record(99, before=601))
    found = read(rule(metric="requests", change=True), records)[EVERYTHING]
    assert (found.value, found.previous) == (expected, before)


MIDDAY = datetime.fromtimestamp(NOW, UTC)
ELAPSED = (MIDDAY - MIDDAY.replace(hour=0, minute=0, second=0)).total_seconds()


def test_the_share_of_a_budget_is_of_the_period_so_far() -> None:
    of = rule(metric="budget_share", threshold=80.0, budget=10 * DOLLAR, period="day")
    spent = [record(1, cost=3 * DOLLAR, before=60), record(2, cost=2 * DOLLAR, before=ELAPSED - 1)]
    assert value(of, [*spent, record(3, cost=9 * DOLLAR, before=ELAPSED + 1)]) == 50.0


def test_a_forecast_goes_on_as_the_window_did_to_the_end_of_the_period() -> None:
    of = rule(metric="forecast", threshold=1, window=3600, period="day")
    spent = [record(1, cost=DOLLAR, before=60), record(2, cost=4 * DOLLAR, before=4000)]
    left = (86_400 - ELAPSED) / 3600
    assert value(of, spent) == 5 * DOLLAR + round(DOLLAR * left)
    share = rule(metric="forecast_share", window=3600, period="day", budget=10 * DOLLAR)
    assert value(share, spent) == pytest.approx((5 + left) * 10)


@pytest.mark.parametrize(
    ("direction", "found", "expected"),
    [
        ("above", 4.999, False),
        ("above", 5.0, True),
        ("above", 5.001, True),
        ("above", None, False),
        ("below", 4.999, True),
        ("below", 5.0, False),
        ("below", None, False),
    ],
)
def test_a_rule_is_broken_at_or_above_or_below_its_threshold(
    direction: str, found: float | None, expected: bool
) -> None:
    assert broken(rule(direction=direction), Reading(found, 1)) is expected


@pytest.mark.parametrize(("part", "whole"), [(1, 1000), (29, 1000), (3, 7), (57, 999), (7, 700), (1, 3)])
def test_percentages_meet_the_threshold_that_is_written_for_them(part: int, whole: int) -> None:
    """Division is rounded once: 29 of 1,000 is what `2.9` is."""
    measures = Measures(requests=whole, errors=part)
    assert METRICS["error_rate"].read(measures) == float(Decimal(100 * part) / whole)


def test_the_order_of_records_and_of_rules_does_not_matter() -> None:
    records = [record(number, user=f"u{number % 3}", duration_ms=number) for number in range(60)]
    rules = [
        rule(metric="latency_p90", group_by="user"),
        rule(metric="requests", filter=(Condition("user", "equals", "u1"),)),
        rule(metric="requests", filter=(Condition("latency", "gt", 30),), group_by="user"),
    ]
    asks = [ask for of in rules for ask in needs_of(of, NOW).asks()]
    shuffled = [records[index] for index in Random(1).sample(range(60), 60)]
    one, other = Tally(asks), Tally(reversed(asks))
    for first, second in zip(records, shuffled, strict=True):
        one.add(first)
        other.add(second)
    assert one.measured() == other.measured()
