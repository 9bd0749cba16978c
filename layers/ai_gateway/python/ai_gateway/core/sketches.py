"""Times in bins from which percentiles are read: the counts of a DDSketch's bins (https://arxiv.org/abs/1908.10693).

Bins add up in any order to what one sketch of all the values would be, so that percentiles of days come from those of
hours, where averages of averages would not.
"""

from collections.abc import Mapping
from functools import lru_cache

from ddsketch import DDSketch, LogarithmicMapping

ACCURACY = 0.01
"""A percentile is at most this share off."""
_MAPPING = LogarithmicMapping(ACCURACY)


@lru_cache(maxsize=16_384)
def bin_of(milliseconds: int) -> int:
    """The bin of a time; what took no time counts as a millisecond."""
    return _MAPPING.key(max(1, milliseconds))


def middle(number: int) -> float:
    """The milliseconds that a bin stands for."""
    return _MAPPING.value(number)


def percentile(bins: Mapping[int, int], percent: float) -> float | None:
    """The milliseconds that so many of a hundred values do not exceed; None of none."""
    sketch = DDSketch(ACCURACY)
    for number, count in bins.items():
        sketch.add(middle(number), count)
    return sketch.get_quantile_value(percent / 100)
