"""Times in bins from which percentiles are read: the counts of a DDSketch's bins (https://arxiv.org/abs/1908.10693).

Bins add up in any order to what one sketch of all the values would be, so that percentiles of days come from those of
hours, where averages of averages would not.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

from ddsketch import LogarithmicMapping

ACCURACY = 0.01
"""A percentile is at most this share off."""
_MAPPING = LogarithmicMapping(ACCURACY)


@lru_cache(maxsize=16_384)
def bin_of(milliseconds: int) -> int:
    """The bin of a time; what took no time counts as a millisecond."""
    return _MAPPING.key(max(1, milliseconds))


@lru_cache(maxsize=4096)
def middle(number: int) -> float:
    """The milliseconds that a bin stands for."""
    return _MAPPING.value(number)


def written(bins: Mapping[int, int]) -> str:
    """Bins in short: of each, in order, its distance from the one before and its count."""
    numbers = sorted(bins)
    gaps = (number - before for before, number in zip([0, *numbers], numbers, strict=False))
    return " ".join(f"{gap} {bins[number]}" for gap, number in zip(gaps, numbers, strict=True))


def read(text: str) -> Iterator[tuple[int, int]]:
    """Bins and their counts."""
    told = [int(one) for one in text.split()]
    return zip(accumulate(told[::2]), told[1::2], strict=True)


def percentile(bins: Mapping[int, int], percent: float) -> float | None:
    """The milliseconds that so many of a hundred values do not exceed; None of none."""
    return percentiles(bins, (percent,))[0]


def percentiles(bins: Mapping[int, int], percents: Sequence[float]) -> list[float | None]:
    """What `DDSketch.get_quantile_value` says of a sketch with these bins, without filling one."""
    numbers = sorted(bins)
    below = list(accumulate(bins[number] for number in numbers))
    if not below or not below[-1]:
        return [None for _ in percents]
    places = (bisect_right(below, percent / 100 * (below[-1] - 1)) for percent in percents)
    return [middle(numbers[place]) for place in places]
