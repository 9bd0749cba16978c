"""Hours, days, weeks and months of UTC, as Unix milliseconds of their starts, and which of them fill a range."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

Grain: TypeAlias = Literal["hour", "day", "week", "month"]
StoredGrain: TypeAlias = Literal["hour", "day", "month"]

HOUR = 3_600_000
DAY = 24 * HOUR
WEEK = 7 * DAY
MONDAY = 4 * DAY
"""The first Monday since the epoch: weeks start on Mondays (ISO 8601)."""


class Tile(NamedTuple):
    grain: StoredGrain
    start: int


def floor(grain: Grain, moment: int) -> int:
    """The start of the period that a moment is in."""
    match grain:
        case "hour":
            return moment - moment % HOUR
        case "day":
            return moment - moment % DAY
        case "week":
            return moment - (moment - MONDAY) % WEEK
        case "month":
            day = datetime.fromtimestamp(moment // 1000, UTC)
            return _ms(day.replace(day=1, hour=0, minute=0, second=0, microsecond=0))


def following(grain: Grain, start: int) -> int:
    """The end of the period that starts then."""
    match grain:
        case "hour":
            return start + HOUR
        case "day":
            return start + DAY
        case "week":
            return start + WEEK
        case "month":
            # No month has more days than 31, and no two of them have fewer.
            return floor("month", start + 31 * DAY)


def starts(grain: Grain, start: int, end: int) -> Iterator[int]:
    """The periods that the range has a part of, in order."""
    moment = floor(grain, start)
    while moment < end:
        yield moment
        moment = following(grain, moment)


def tiles(start: int, end: int, settled: int, *, months: bool = True) -> list[Tile]:
    """The fewest stored periods that fill a range of whole hours; days and months only where they were over by
    `settled`, and no months if they are not wanted.
    """
    found: list[Tile] = []
    moment, larger = start, _LARGER if months else _LARGER[1:]
    while moment < end:
        grain = _largest(moment, min(end, settled), larger)
        found.append(Tile(grain, moment))
        moment = following(grain, moment)
    return found


def runs(found: list[Tile]) -> Iterator[tuple[StoredGrain, int, int]]:
    """Tiles of one grain that follow each other: grain, first start, last start."""
    if not found:
        return
    breaks = [0, *(place for place, (one, next_) in enumerate(pairwise(found), 1) if one.grain != next_.grain)]
    for first, beyond in pairwise([*breaks, len(found)]):
        yield found[first].grain, found[first].start, found[beyond - 1].start


def _largest(moment: int, end: int, larger: tuple[StoredGrain, ...]) -> StoredGrain:
    for grain in larger:
        if floor(grain, moment) == moment and following(grain, moment) <= end:
            return grain
    return "hour"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


_LARGER: tuple[StoredGrain, ...] = ("month", "day")
