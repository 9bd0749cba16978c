"""Sums that are added up late are what they would be at once, and percentiles are those of the library's sketch."""

from collections import Counter

from ddsketch import DDSketch
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core import sketches
from ai_gateway.core.measures import CAUSE, MOST_CAUSES, Measures, total

names = st.sampled_from(["requests", "cost", "tokens.input", "latency.10", "latency.11", "cause.a"])
parts = st.lists(st.tuples(st.dictionaries(names, st.integers(1, 10**18)), st.integers(0, 99)), max_size=6)


def of(sums: dict[str, int], ended: int) -> Measures:
    return Measures.of((sums, {}), ended, ended)


@given(parts)
def test_what_is_merged_late_is_the_straight_sum(found: list[tuple[dict[str, int], int]]) -> None:
    whole = total(of(*part) for part in found)
    wanted = Counter[str]()
    for sums, _ in found:
        wanted.update(sums)
    assert (whole.requests, whole.cost) == (wanted["requests"], wanted["cost"])
    assert whole.sums == wanted
    assert (whole.requests, whole.cost) == (wanted["requests"], wanted["cost"])
    ends = [ended for _, ended in found]
    assert (whole.first, whole.last) == (min(ends, default=None), max(ends, default=None))


def test_what_was_merged_goes_its_own_way_afterwards() -> None:
    one, other = of({"cost": 1}, 1), of({"cost": 10}, 2)
    other.sums["cost"] += 5
    one.merge(other)
    other.merge(of({"cost": 100}, 3))
    other.sums["cost"] += 1000
    assert (one.cost, one.sums["cost"]) == (16, 16)
    assert (other.cost, other.sums["cost"]) == (1115, 1115)


def test_causes_are_bounded_where_hours_with_different_ones_are_read_together() -> None:
    hours = [of({f"{CAUSE}.{hour}-{number}": 1 for number in range(MOST_CAUSES)}, hour) for hour in range(3)]
    whole = total(hours)
    assert len(whole.causes) == MOST_CAUSES + 1
    assert whole.causes["other"] == 2 * MOST_CAUSES
    before = whole.causes
    whole.bound()
    assert (whole.causes, whole.family(CAUSE)) == (before, before)


@given(st.dictionaries(st.integers(0, 600), st.integers(1, 50), max_size=30), st.lists(st.floats(0, 100), min_size=1))
def test_percentiles_are_those_of_a_sketch(bins: dict[int, int], percents: list[float]) -> None:
    sketch = DDSketch(sketches.ACCURACY)
    for number, count in bins.items():
        sketch.add(sketches.middle(number), count)
    assert sketches.percentiles(bins, percents) == [sketch.get_quantile_value(percent / 100) for percent in percents]


@given(st.dictionaries(st.integers(-5, 2000), st.integers(1, 10**9)))
def test_bins_come_back_as_they_were_written(bins: dict[int, int]) -> None:
    assert dict(sketches.read(sketches.written(bins))) == bins


@given(parts)
def test_sums_come_back_as_they_were_written(found: list[tuple[dict[str, int], int]]) -> None:
    whole = total(of(*part) for part in found)
    written = whole.written()
    assert Measures.of(written, whole.first, whole.last) == whole
    assert not any(name.startswith("latency") for name in written[0])
