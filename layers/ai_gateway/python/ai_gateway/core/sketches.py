"""Times in bins from which percentiles are read: the counts of a DDSketch's bins (https://arxiv.org/abs/1908.10693).

Bins add up in any order to what one sketch of all the values would be, so that percentiles of days come from those of
hours, where averages of averages would not.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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


@dataclass(slots=True, eq=False)
class Bins:
    """How many of some times fell into each bin. What others have `written` is `unread` until it is looked at: of
    hundreds of values in a year of buckets, few are.
    """

    counted: dict[int, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Bins":
        """`numbers` are `bin_of` each time."""
        return cls(Counter(numbers))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bins) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]

    def merge(self, other: "Bins") -> None:
        if other.unread:
            self.unread += other.unread
        if other.counted:
            self._add(other.counted.items())

    @property
    def counts(self) -> Mapping[int, int]:
        """By bin."""
        if self.unread:
            told = list(map(int, " ".join(self.unread).split()))
            self.unread = []
            self._add(zip(told[::2], told[1::2], strict=True))
        return self.counted

    def written(self) -> str:
        """Each bin, in order, and its count."""
        return " ".join([f"{number} {count}" for number, count in sorted(self.counts.items())])

    def average(self) -> float | None:
        """Milliseconds; None of none."""
        count = sum(self.counts.values())
        return sum(middle(number) * times for number, times in self.counts.items()) / count if count else None

    def percentile(self, percent: float) -> float | None:
        """The milliseconds that so many of a hundred do not exceed; None of none."""
        return self.percentiles(percent)[0]

    def percentiles(self, *percents: float) -> list[float | None]:
        """What `DDSketch.get_quantile_value` says of a sketch with these bins, without filling one."""
        numbers = sorted(self.counts)
        below = list(accumulate(self.counted[number] for number in numbers))
        if not below or not below[-1]:
            return [None for _ in percents]
        places = (bisect_right(below, percent / 100 * (below[-1] - 1)) for percent in percents)
        return [middle(numbers[place]) for place in places]

    def _add(self, counted: Iterable[tuple[int, int]]) -> None:
        counts, known = self.counted, self.counted.get
        for number, count in counted:
            counts[number] = known(number, 0) + count
