"""What was measured of some requests: numbers that add up, and from which every metric is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

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
    attempts: int = 0
    failed_attempts: int = 0
    cost: int = 0
    saved_by_cache: int = 0
    saved_by_routing: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    latency: Bins = field(default_factory=Bins)
    ttft: Bins = field(default_factory=Bins)

    def add(self, seen: "Observation") -> None:
        self.requests += 1
        self.errors += seen.error
        self.rate_limited += seen.rate_limited
        self.fallbacks += seen.fell_back
        self.unpriced += seen.unpriced
        self.cost += seen.cost
        self.saved_by_cache += seen.saved_by_cache
        self.saved_by_routing += seen.saved_by_routing
        self.prompt_tokens += seen.prompt_tokens
        self.cached_tokens += seen.cached_tokens
        self.completion_tokens += seen.completion_tokens

    def add_times(self, seen: "Observation") -> None:
        self.latency.add(seen.latency)
        if seen.ttft is not None:
            self.ttft.add(seen.ttft)

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
    """What one record adds, worked out once however many rules look at it. `latency` and `ttft` are bins of
    `core.sketches`, `attempts` are (provider, failed).
    """

    error: bool
    rate_limited: bool
    fell_back: bool
    unpriced: bool
    cost: int
    saved_by_cache: int
    saved_by_routing: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    latency: int
    ttft: int | None
    attempts: tuple[tuple[str, bool], ...]
    failed_attempts: int


def observation(record: RequestRecord) -> Observation:
    tokens, money = record.tokens, dict(money_of(record))
    made = [attempt for attempt in record.attempts if not attempt.skipped]
    attempts = tuple([(attempt.provider, _failed(attempt)) for attempt in made])
    return Observation(
        error=record.outcome == "error",
        rate_limited=record.status == 429,
        fell_back=len(record.tried) > 1,
        unpriced=not record.priced,
        cost=money.get("cost", 0),
        saved_by_cache=money.get("saved_by_cache", 0),
        saved_by_routing=money.get("saved_by_routing", 0),
        prompt_tokens=sum([tokens.get(kind, 0) for kind in _PROMPT]),
        cached_tokens=tokens.get("cache_read", 0),
        completion_tokens=sum([tokens.get(kind, 0) for kind in _COMPLETION]),
        latency=bin_of(record.duration_ms),
        ttft=None if record.ttft_ms is None else bin_of(record.ttft_ms),
        attempts=attempts,
        failed_attempts=sum([failed for _, failed in attempts]),
    )


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
