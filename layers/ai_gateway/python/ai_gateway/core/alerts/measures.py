"""What was measured of some requests: numbers that add up, and from which every metric is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, log

from ai_gateway.core.errors import FALLS_BACK
from ai_gateway.core.records import AttemptRecord, RequestRecord

ACCURACY = 0.01
"""How far a percentile may be from the true one, as a share of it."""
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_WIDTH = log(_GAMMA)
_PROMPT = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "input_audio", "input_image")
_COMPLETION = ("output", "reasoning", "output_audio", "output_image")


@dataclass(slots=True)
class Distribution:
    """Milliseconds in buckets whose width grows with them, as in DDSketch (https://arxiv.org/abs/1908.10693): two of
    them add up to what one of all the values would be.
    """

    count: int = 0
    total: int = 0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, value: int, bucket: int) -> None:
        """`bucket` is `bucket_of(value)`, which a caller with many distributions finds once."""
        self.count += 1
        self.total += value
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def merge(self, other: "Distribution") -> None:
        self.count += other.count
        self.total += other.total
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def average(self) -> float | None:
        return self.total / self.count if self.count else None

    def percentile(self, percent: float) -> float | None:
        """The value that so many of a hundred do not exceed."""
        if not self.count:
            return None
        rank = percent / 100 * (self.count - 1)
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen > rank:
                return 0.0 if bucket == 0 else 2 * _GAMMA ** (bucket - 1) / (_GAMMA + 1)
        raise AssertionError("the buckets hold less than the count")


def bucket_of(milliseconds: int) -> int:
    """0 for what is no time at all; times start at a millisecond."""
    return 1 + ceil(log(milliseconds) / _WIDTH) if milliseconds > 0 else 0


@dataclass(slots=True)
class Measures:
    """Money is pico-dollars. `errors` are requests that ended in one, `rate_limited` those with a 429, `fallbacks`
    those for which more than one endpoint was asked, `unpriced` those with tokens and no known price.

    `attempts` and `failed_attempts` are calls of providers; grouped by provider they are those of that provider,
    whoever served the request in the end. `saved` is what reading from caches cost less than reading anew.
    """

    requests: int = 0
    errors: int = 0
    rate_limited: int = 0
    fallbacks: int = 0
    unpriced: int = 0
    attempts: int = 0
    failed_attempts: int = 0
    cost: int = 0
    saved: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    latency: Distribution = field(default_factory=Distribution)
    ttft: Distribution = field(default_factory=Distribution)

    def add(self, seen: "Observation") -> None:
        self.requests += 1
        self.errors += seen.error
        self.rate_limited += seen.rate_limited
        self.fallbacks += seen.fell_back
        self.unpriced += seen.unpriced
        self.cost += seen.cost
        self.saved += seen.saved
        self.prompt_tokens += seen.prompt_tokens
        self.cached_tokens += seen.cached_tokens
        self.completion_tokens += seen.completion_tokens
        self.latency.add(seen.latency, seen.latency_bucket)
        if seen.ttft is not None:
            self.ttft.add(seen.ttft, seen.ttft_bucket)

    def add_attempts(self, attempts: int, failed: int) -> None:
        self.attempts += attempts
        self.failed_attempts += failed

    def merge(self, other: "Measures") -> None:
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latency.merge(other.latency)
        self.ttft.merge(other.ttft)


_COUNTS = tuple(name for name in Measures.__dataclass_fields__ if name not in ("latency", "ttft"))


def together(parts: Iterable[Measures]) -> Measures:
    whole = Measures()
    for part in parts:
        whole.merge(part)
    return whole


@dataclass(frozen=True, slots=True)
class Observation:
    """What one record adds, worked out once however many rules look at it. `attempts` are (provider, failed)."""

    error: bool
    rate_limited: bool
    fell_back: bool
    unpriced: bool
    cost: int
    saved: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    latency: int
    latency_bucket: int
    ttft: int | None
    ttft_bucket: int
    attempts: tuple[tuple[str, bool], ...]


def observation(record: RequestRecord) -> Observation:
    tokens, made = record.tokens, [attempt for attempt in record.attempts if not attempt.skipped]
    return Observation(
        error=record.outcome == "error",
        rate_limited=record.status == 429,
        fell_back=len({attempt.source for attempt in made}) > 1,
        unpriced=record.cost is None and bool(tokens),
        cost=record.cost or 0,
        saved=_saved(record),
        prompt_tokens=sum(tokens.get(kind, 0) for kind in _PROMPT),
        cached_tokens=tokens.get("cache_read", 0),
        completion_tokens=sum(tokens.get(kind, 0) for kind in _COMPLETION),
        latency=record.duration_ms,
        latency_bucket=bucket_of(record.duration_ms),
        ttft=record.ttft_ms,
        ttft_bucket=bucket_of(record.ttft_ms or 0),
        attempts=tuple((attempt.provider, _failed(attempt)) for attempt in made),
    )


def _failed(attempt: AttemptRecord) -> bool:
    """By the provider's doing: an error that the caller would get anywhere is none of its."""
    if attempt.error_type is None:
        return False
    return attempt.status is None or attempt.status >= 500 or attempt.status in FALLS_BACK


def _saved(record: RequestRecord) -> int:
    """At the rate that the uncached input of the same request was charged; 0 when all of it was cached."""
    cached, uncached = record.tokens.get("cache_read", 0), record.tokens.get("input", 0)
    if not cached or not uncached:
        return 0
    anew = record.cost_parts.get("input", 0) * cached // uncached
    return max(0, anew - record.cost_parts.get("cache_read", 0))
