"""Hours, days, weeks and months of UTC."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.periods import HOUR, Grain, Tile, floor, following, runs, starts, tiles


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("grain", "start", "end"),
    [
        ("hour", "2028-02-29T13:00", "2028-02-29T14:00"),
        ("day", "2028-02-29", "2028-03-01"),
        ("week", "2028-02-28", "2028-03-06"),
        ("month", "2028-02-01", "2028-03-01"),
    ],
)
def test_a_moment_is_in_the_period_around_it(grain: Grain, start: str, end: str) -> None:
    assert floor(grain, at("2028-02-29T13:45")) == at(start)
    assert following(grain, at(start)) == at(end)


def test_the_last_month_of_a_year_is_followed_by_the_first() -> None:
    assert following("month", at("2026-12-01")) == at("2027-01-01")


def test_periods_that_a_range_has_a_part_of() -> None:
    found = list(starts("day", at("2026-12-30T22:00"), at("2027-01-01T00:00")))
    assert found == [at("2026-12-30"), at("2026-12-31")]


def test_a_range_is_filled_with_the_largest_periods() -> None:
    found = tiles(at("2026-10-30T22:00"), at("2026-12-02T01:00"), at("2027-01-01"))
    assert found == [
        Tile("hour", at("2026-10-30T22:00")),
        Tile("hour", at("2026-10-30T23:00")),
        Tile("day", at("2026-10-31")),
        Tile("month", at("2026-11-01")),
        Tile("day", at("2026-12-01")),
        Tile("hour", at("2026-12-02")),
    ]
    assert next(iter(runs(found))) == ("hour", at("2026-10-30T22:00"), at("2026-10-30T23:00"))


def test_days_that_are_not_settled_are_read_by_hours() -> None:
    found = tiles(at("2026-12-01"), at("2026-12-02"), at("2026-12-01T23:59"))
    assert [tile.grain for tile in found] == ["hour"] * 24


@given(st.integers(480_000, 520_000), st.integers(0, 2000), st.integers(480_000, 520_000))
def test_tiles_cover_a_range_without_gap_or_overlap(first: int, hours: int, settled: int) -> None:
    start, end = first * HOUR, (first + hours) * HOUR
    moment = start
    for tile in tiles(start, end, settled * HOUR):
        assert tile.start == moment
        moment = following(tile.grain, moment)
    assert moment == end
    spans = list(runs(tiles(start, end, settled * HOUR)))
    assert sum(1 for grain, low, high in spans for _ in starts(grain, low, following(grain, high))) == len(
        tiles(start, end, settled * HOUR)
    )
