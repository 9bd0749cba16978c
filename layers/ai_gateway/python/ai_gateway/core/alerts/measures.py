"""What was measured of some requests: numbers that add up, and from which every metric is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ai_gateway.core.errors import FALLS_BACK
from ai_gateway.core.measures import STATUS, TOKENS, money_of
from ai_gateway.core.measures import Measures as Sums
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.sketches import Bins, bin_of

_PROMPT = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "input_audio", "input_image")
_COMPLETION = ("output", "reasoning", "output_audio", "output_image")


@dataclass(slots=True)
class Measures:
    """Money is pico-dollars. `errors` are requests that ended in one, `rate_limited` those with a 429, `fallbacks`
    those for which more than one endpoint was asked, `unpriced` those with tokens and no known price.

    `attempts` and `failed_attempts` are calls of providers; grouped by provider they are those of that provider,
    whoever served the request in the end. What was saved is less than what it would have cost without a provider's
    cache, or at the dearest of the other endpoints.
    """

    requests: int = 0
    errors: int = 0
    rate_limited: int = 0
    fallbacks: int = 0
    unpriced: int = 0
    cost: int = 0
    saved_by_cache: int = 0
    saved_by_routing: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    attempts: int = 0
    failed_attempts: int = 0
    latency: Bins = field(default_factory=Bins)
    ttft: Bins = field(default_factory=Bins)

    @classmethod
    def of(cls, seen: "Sequence[Observation]", *, calls: bool, times: bool) -> "Measures":
        """Of at least one. `calls` and `times` say whether the calls of providers and the times count."""
        counts = [sum(column) for column in zip(*[one.counts for one in seen], strict=True)]
        whole = cls(*counts) if calls else cls(*counts[:-CALLS])
        if times:
            whole.latency = Bins.of([one.latency for one in seen])
            whole.ttft = Bins.of([one.ttft for one in seen if one.ttft is not None])
        return whole

    def merge(self, other: "Measures") -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latency.merge(other.latency)
        self.ttft.merge(other.ttft)


COUNTS = tuple(name for name in Measures.__dataclass_fields__ if name not in ("latency", "ttft"))
CALLS = 2
"""The last of the counts."""


def together(parts: Iterable[Measures]) -> Measures:
    whole = Measures()
    for part in parts:
        whole.merge(part)
    return whole


class Observation(NamedTuple):
    """What one record adds, worked out once however many rules look at it: the `COUNTS` in their order, bins of
    `core.sketches`, and the provider of each call with whether it failed.
    """

    counts: tuple[int, ...]
    latency: int
    ttft: int | None
    calls: list[tuple[str, bool]]


def observation(record: RequestRecord) -> Observation:
    tokens, money = record.tokens.get, dict(money_of(record))
    calls = [(attempt.provider, _failed(attempt)) for attempt in record.attempts if not attempt.skipped]
    counts = (
        1,
        record.outcome == "error",
        record.status == 429,
        len(record.tried) > 1,
        not record.priced,
        money.get("cost", 0),
        money.get("saved_by_cache", 0),
        money.get("saved_by_routing", 0),
        sum([tokens(kind, 0) for kind in _PROMPT]),
        tokens("cache_read", 0),
        sum([tokens(kind, 0) for kind in _COMPLETION]),
        len(calls),
        sum([failed for _, failed in calls]),
    )
    ttft = None if record.ttft_ms is None else bin_of(record.ttft_ms)
    return Observation(counts, bin_of(record.duration_ms), ttft, calls)


def _failed(attempt: AttemptRecord) -> bool:
    """By the provider's doing: an error that the caller would get anywhere is none of its."""
    if attempt.error_type is None:
        return False
    return attempt.status is None or attempt.status >= 500 or attempt.status in FALLS_BACK


def of_sums(sums: Sums, calls: Sums | None) -> Measures:
    """What rollups hold of requests, and of calls of providers, as what is counted from records."""
    tokens = sums.family(TOKENS)
    return Measures(
        requests=sums.requests,
        errors=sums.errors,
        rate_limited=sums.family(STATUS).get("429", 0),
        fallbacks=sums.fallbacks,
        unpriced=sums.unpriced,
        attempts=calls.requests if calls else 0,
        failed_attempts=calls.provider_errors if calls else 0,
        cost=sums.cost,
        saved_by_cache=sums.saved_by_cache,
        saved_by_routing=sums.saved_by_routing,
        prompt_tokens=sum(tokens.get(kind, 0) for kind in _PROMPT),
        cached_tokens=tokens.get("cache_read", 0),
        completion_tokens=sum(tokens.get(kind, 0) for kind in _COMPLETION),
        latency=sums.latency,
        ttft=sums.ttft,
    )
