"""What is added up of requests: whole numbers under names, so that sums are exact in any order and of any parts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from ai_gateway.core.errors import FALLS_BACK
from ai_gateway.core.records import AttemptRecord, RequestRecord, Score
from ai_gateway.core.sketches import Bins, bin_of

TOKENS, STATUS, CAUSE = "tokens", "status", "cause"
SCORE, SCORED = "score", "scored"
LONGEST_CAUSE = 80
MOST_CAUSES = 30
OTHER_CAUSE = "other"
MOST_SCORES = 20
"""Names of scores that are added up; of more, those that the most requests have."""
LARGEST_SCORE = 1_000_000
"""A larger one counts as this much, so that sums stay within 64 bits."""
MILLION = 1_000_000


class Share(NamedTuple):
    """What one request adds: one of each of `ones`, and `amounts` by name. `latency` and `ttft` are bins of
    `core.sketches`; `ended` is in Unix milliseconds.
    """

    ones: tuple[str, ...]
    amounts: tuple[tuple[str, int], ...]
    latency: int | None
    ttft: int | None
    ended: int


class Scored(NamedTuple):
    """The scores of one name: how many requests have one, and their mean; of true and false the share of true."""

    requests: int
    mean: float


@dataclass(slots=True)
class Measures:
    """Sums by name. Plain ones are properties below; others stand under a family: `tokens.input`, `status.429`,
    `cause.rate_limit_exceeded`, `score.helpful` in millionths and `scored.helpful` for how many. Money is pico-dollars.
    `latency` and `ttft` are milliseconds; `first` and `last` are when the requests ended, in Unix milliseconds.
    """

    first: int | None = None
    last: int | None = None
    sums: dict[str, int] = field(default_factory=dict)
    latency: Bins = field(default_factory=Bins)
    ttft: Bins = field(default_factory=Bins)

    def add(self, shares: Sequence[Share]) -> None:
        if not shares:
            return
        sums = Counter(chain.from_iterable([share.ones for share in shares]))
        for share in shares:
            for name, amount in share.amounts:
                sums[name] += amount
        latency = Bins.of([share.latency for share in shares if share.latency is not None])
        ttft = Bins.of([share.ttft for share in shares if share.ttft is not None])
        ends = [share.ended for share in shares]
        self.merge(Measures(min(ends), max(ends), sums, latency, ttft))

    def merge(self, other: "Measures") -> None:
        if other.first is None or other.last is None:
            return
        mine, known = self.sums, self.sums.get
        for name, amount in other.sums.items():
            mine[name] = known(name, 0) + amount
        self.latency.merge(other.latency)
        self.ttft.merge(other.ttft)
        if self.first is None or other.first < self.first:
            self.first = other.first
        if self.last is None or other.last > self.last:
            self.last = other.last

    def bound(self) -> None:
        """Keep the commonest causes and scores, so that it does not grow with what providers and callers think of."""
        kept = self.causes
        for cause in self.family(CAUSE):
            del self.sums[f"{CAUSE}.{cause}"]
        self.sums.update({f"{CAUSE}.{cause}": count for cause, count in kept.items()})
        for name in self.family(SCORED).keys() - self.scores().keys():
            del self.sums[f"{SCORED}.{name}"]
            self.sums.pop(f"{SCORE}.{name}", None)

    @property
    def causes(self) -> dict[str, int]:
        """Why requests failed: the commonest causes by themselves."""
        causes = self.family(CAUSE)
        other = causes.pop(OTHER_CAUSE, 0)
        ranked = sorted(causes, key=lambda cause: (-causes[cause], cause))
        other += sum(causes.pop(cause) for cause in ranked[MOST_CAUSES:])
        return {**causes, OTHER_CAUSE: other} if other else causes

    def family(self, family: str) -> dict[str, int]:
        start = f"{family}."
        return {name.removeprefix(start): amount for name, amount in self.sums.items() if name.startswith(start)}

    def scores(self) -> dict[str, Scored]:
        """By name, those that the most requests have, and of them the commonest first."""
        sums, counts = self.family(SCORE), self.family(SCORED)
        names = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_SCORES]
        return {name: Scored(counts[name], sums.get(name, 0) / MILLION / counts[name]) for name in names}

    def _of(self, name: str) -> int:
        return self.sums.get(name, 0)

    @property
    def requests(self) -> int:
        """Requests; of attempts, the calls of a provider."""
        return self._of("requests")

    @property
    def provider_errors(self) -> int:
        """Of calls: those that failed by the provider's doing. What the caller would get anywhere is none of its."""
        answered = {int(status): count for status, count in self.family(STATUS).items() if status.isdecimal()}
        refused = (count for status, count in answered.items() if 400 <= status < 500 and status not in FALLS_BACK)
        return self.errors - sum(refused)

    @property
    def errors(self) -> int:
        return self._of("errors")

    @property
    def cancelled(self) -> int:
        return self._of("cancelled")

    @property
    def fallbacks(self) -> int:
        """Requests for which more than one endpoint was called."""
        return self._of("fallbacks")

    @property
    def cached(self) -> int:
        """Requests that the gateway's own cache answered."""
        return self._of("cached")

    @property
    def simulated(self) -> int:
        return self._of("simulated")

    @property
    def estimated(self) -> int:
        """Requests whose tokens are the gateway's guess."""
        return self._of("estimated")

    @property
    def unpriced(self) -> int:
        """Requests with tokens and no known price: `cost` is that of the others."""
        return self._of("unpriced")

    @property
    def cost(self) -> int:
        return self._of("cost")

    @property
    def saved_by_cache(self) -> int:
        """What prompt caching took off the cost; negative where more was written to caches than read."""
        return self._of("saved_by_cache")

    @property
    def saved_by_routing(self) -> int:
        """How much more the dearest other endpoints would have cost."""
        return self._of("saved_by_routing")


def share_of(record: RequestRecord) -> Share:
    ones = ["requests", _named(STATUS, record.status)]
    if record.outcome == "error":
        ones += ("errors", _cause(record.error_type))
    elif record.outcome == "cancelled":
        ones.append("cancelled")
    marks = ("cached", record.cached), ("simulated", record.simulated), ("estimated", record.tokens_estimated)
    ones += (name for name, holds in (*marks, ("unpriced", not record.priced)) if holds)
    if len(record.attempts) > 1 and len(record.tried) > 1:
        ones.append("fallbacks")
    ones += (_named(SCORED, name) for name in record.scores)
    scores = ((_named(SCORE, name), _millionths(score)) for name, score in record.scores.items())
    tokens = ((_named(TOKENS, kind), count) for kind, count in record.tokens.items())
    times = bin_of(record.duration_ms), _bin(record.ttft_ms)
    return Share(tuple(ones), (*tokens, *money_of(record), *scores), *times, record.ended_ms)


def share_of_attempt(attempt: AttemptRecord, ended: int) -> Share:
    """What one call of a provider adds; only those that succeed have times to compare."""
    ones = ["requests", _named(STATUS, attempt.status)]
    if attempt.error_type is not None:
        return Share((*ones, "errors", _cause(attempt.error_type)), (), None, None, ended)
    return Share(tuple(ones), (), bin_of(attempt.latency_ms), _bin(attempt.ttft_ms), ended)


def money_of(record: RequestRecord) -> list[tuple[str, int]]:
    """What a request adds of `cost`, `saved_by_cache` and `saved_by_routing`; nothing where its cost is not known."""
    if record.cost is None:
        return []
    found = [("cost", record.cost)]
    computed = record.cost_computed
    if computed is not None and record.cost_uncached is not None:
        found.append(("saved_by_cache", record.cost_uncached - computed))
    if computed is not None and record.cost_dearest is not None and record.cost_dearest > computed:
        found.append(("saved_by_routing", record.cost_dearest - computed))
    return found


def total(measures: Iterable[Measures]) -> Measures:
    whole = Measures()
    for part in measures:
        whole.merge(part)
    return whole


def _millionths(score: Score) -> int:
    return round(max(-LARGEST_SCORE, min(LARGEST_SCORE, score)) * MILLION)


def _cause(error_type: str | None) -> str:
    return _named(CAUSE, (error_type or OTHER_CAUSE)[:LONGEST_CAUSE])


def _bin(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else bin_of(milliseconds)


@lru_cache(maxsize=16_384)
def _named(family: str, name: object) -> str:
    """One object for each name: looking one up takes a third of the time where it is the same."""
    return f"{family}.{name}"
