"""What users add up to: out of the rollups, or of the requests that match a filter."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ai_gateway.core.filters import Filter
from ai_gateway.core.measures import Measures, share_of
from ai_gateway.core.periods import floor
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.rollups import USER
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.selecting import Selecting


@dataclass(slots=True)
class UserUse:
    """`days` are those of UTC that the user had requests in."""

    user: str
    measures: Measures = field(default_factory=Measures)
    days: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Users:
    """`other` is the sum of those beyond the most that an hour tells apart; None where there are none."""

    known: Sequence[UserUse]
    other: Measures | None = None


@dataclass(frozen=True, slots=True)
class UserMetrics:
    """Of one organisation at a time. Every call blocks, and raises StoreUnavailable."""

    analytics: Analytics
    selecting: Selecting

    def all(self, organization: str, start: int, end: int) -> Users:
        """Of all requests in the whole hours of a range, in Unix milliseconds."""
        uses, other = _Uses(), Measures()
        for day, breakdown in self.analytics.daily(organization, USER, start, end, self.analytics.tail(organization)):
            for user, measures in breakdown.values.items():
                uses.of(user, day).measures.merge(measures)
            if breakdown.other is not None:
                other.merge(breakdown.other)
        return Users([*uses.known.values()], other if other.requests else None)

    def matching(self, organization: str, wanted: Filter) -> Users:
        """Of the requests that match. Raises InvalidRequest where they are too many to be read."""
        uses = _Uses()
        uses.count(self.selecting.every(organization, wanted))
        return Users([*uses.known.values()])


class _Uses:
    def __init__(self) -> None:
        self.known: dict[str, UserUse] = {}

    def of(self, user: str, day: int) -> UserUse:
        use = self.known.setdefault(user, UserUse(user))
        use.days.add(day)
        return use

    def count(self, records: Iterable[RequestRecord]) -> None:
        shares = defaultdict(list)
        for record in records:
            if record.user:
                self.of(record.user, floor("day", record.ended_ms))
                shares[record.user].append(share_of(record))
        for user, some in shares.items():
            self.known[user].measures.add(some)
