"""Sums of parts are the straight sums, and percentiles are those of the library's sketch."""

import gzip
from collections import Counter

from ddsketch import DDSketch
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.adapters.dynamodb import rollup_fields
from ai_gateway.core import sketches
from ai_gateway.core.measures import CAUSE, MOST_CAUSES, Measures, total
from ai_gateway.core.rollups import Breakdown
from ai_gateway.core.sketches import Bins

names = st.sampled_from(["requests", "cost", "tokens.input", "cause.a"])
numbers = st.lists(st.integers(-5, 2000), max_size=8)
parts = st.lists(
    st.tuples(st.dictionaries(names, st.integers(1, 10**18)), numbers, numbers, st.integers(0, 99)), max_size=6
)
Part = tuple[dict[str, int], list[int], list[int], int]


def of(sums: dict[str, int], latency: list[int], ttft: list[int], ended: int) -> Measures:
    return Measures(ended, ended, dict(sums), Bins.of(latency), Bins.of(ttft))


def stored(measures: Measures) -> Measures:
    return rollup_fields.read(rollup_fields.written(Breakdown({"one": measures}))).values["one"]


@given(parts, st.booleans())
def test_what_is_merged_is_the_straight_sum(found: list[Part], from_storage: bool) -> None:
    measures = [of(*part) for part in found]
    whole = total(map(stored, measures) if from_storage else measures)
    wanted = Counter[str]()
    for sums, *_ in found:
        wanted.update(sums)
    assert whole.sums == wanted
    assert (whole.requests, whole.cost) == (wanted["requests"], wanted["cost"])
    assert whole.latency == Bins.of([number for _, latency, _, _ in found for number in latency])
    assert whole.ttft == Bins.of([number for _, _, ttft, _ in found for number in ttft])
    ends = [ended for *_, ended in found]
    assert (whole.first, whole.last) == (min(ends, default=None), max(ends, default=None))


def test_what_was_merged_goes_its_own_way_afterwards() -> None:
    one, other = of({"cost": 1}, [1], [], 1), stored(of({"cost": 10}, [2], [], 2))
    one.merge(other)
    other.merge(of({"cost": 100}, [3], [], 3))
    one.merge(of({"cost": 1000}, [4], [], 3))
    assert (one.cost, other.cost) == (1011, 110)
    assert (one.latency, other.latency) == (Bins.of([1, 2, 4]), Bins.of([2, 3]))


def test_causes_are_bounded_where_hours_with_different_ones_are_read_together() -> None:
    hours = [of({f"{CAUSE}.{hour}-{number}": 1 for number in range(MOST_CAUSES)}, [], [], hour) for hour in range(3)]
    whole = total(hours)
    assert len(whole.causes) == MOST_CAUSES + 1
    assert whole.causes["other"] == 2 * MOST_CAUSES
    before = whole.causes
    whole.bound()
    assert (whole.causes, whole.family(CAUSE)) == (before, before)


@given(st.lists(st.integers(0, 600), max_size=30), st.lists(st.floats(0, 100), min_size=1))
def test_percentiles_are_those_of_a_sketch(bins: list[int], percents: list[float]) -> None:
    sketch = DDSketch(sketches.ACCURACY)
    for number in bins:
        sketch.add(sketches.middle(number))
    wanted = [sketch.get_quantile_value(percent / 100) for percent in percents]
    assert Bins.of(bins).percentiles(*percents) == wanted


@given(parts)
def test_sums_come_back_as_they_were_stored(found: list[Part]) -> None:
    whole = total(of(*part) for part in found)
    assert stored(whole) == whole


def test_sums_that_were_stored_before_times_stood_apart_are_read_without_them() -> None:
    rows = (
        b'{"values": {"a": [{"requests": 2}, 1, 9], "b": [{"requests": 3}, 1, 9, {"latency": "5 3"}]}, "other": null}'
    )
    values = rollup_fields.read(gzip.compress(rows)).values
    assert [(values[name].requests, values[name].last, values[name].latency.counts) for name in "ab"] == [
        (2, 9, {}),
        (3, 9, {}),
    ]
