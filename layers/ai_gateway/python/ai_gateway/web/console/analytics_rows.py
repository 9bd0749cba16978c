"""What the console's API says of sums."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from ai_gateway.core.measures import STATUS, TOKENS, Measures
from ai_gateway.core.periods import Grain
from ai_gateway.core.pricing import dollars
from ai_gateway.core.sketches import Bins
from ai_gateway.services.analytics import ProviderUsage
from ai_gateway.web.console.times import Moment, when

Exact = Annotated[str, Field(description="US dollars, exact.", examples=["12.000345"])]


class Percentiles(BaseModel):
    """Milliseconds, at most a hundredth off; null of none."""

    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None

    @classmethod
    def of(cls, times: Bins) -> Self:
        p50, p90, p95, p99 = times.percentiles(50, 90, 95, 99)
        return cls(p50=p50, p90=p90, p95=p95, p99=p99)


class ScoreRow(BaseModel):
    requests: Annotated[int, Field(description="Those that have the score.")]
    mean: Annotated[float, Field(description="Of true and false, the share of true.")]


class MeasuresRow(BaseModel):
    requests: int
    errors: int
    error_rate: Annotated[float | None, Field(description="A share of 1; null of no requests.")]
    cancelled: int
    fallbacks: int
    cached: int
    estimated: Annotated[int, Field(description="Requests whose tokens are the gateway's guess.")]
    unpriced: Annotated[int, Field(description="Requests without a known price: the cost is that of the others.")]
    cost: Exact
    cost_per_request: Annotated[str | None, Field(description="Of those with a known price.")]
    saved_by_cache: Annotated[str, Field(description="By prompt caching; negative where writing cost more.")]
    saved_by_routing: Annotated[str, Field(description="Against the dearest endpoints that could have served.")]
    tokens: dict[str, int]
    statuses: dict[str, int]
    causes: Annotated[dict[str, int], Field(description="Why requests failed.")]
    latency_ms: Percentiles
    ttft_ms: Percentiles
    scores: Annotated[dict[str, ScoreRow], Field(description="Given afterwards, by name.")]
    first_seen: Moment | None
    last_seen: Moment | None

    @classmethod
    def of(cls, measures: Measures) -> Self:
        return cls(**measured(measures))


class Period(MeasuresRow):
    start: Moment

    @classmethod
    def at(cls, start: int, measures: Measures) -> Self:
        return cls(start=when(start), **measured(measures))


class ValueRow(MeasuresRow):
    value: str

    @classmethod
    def named(cls, value: str, measures: Measures) -> Self:
        return cls(value=value, **measured(measures))


class VersionRow(MeasuresRow):
    version: str

    @classmethod
    def of_version(cls, version: str, measures: Measures) -> Self:
        return cls(version=version, **measured(measures))


class ProviderRow(MeasuresRow):
    """The sums are of requests that it served, or was the last to fail at."""

    value: str
    calls: int
    failed_calls: int
    call_error_rate: float | None
    call_statuses: dict[str, int]
    fallback_causes: Annotated[dict[str, int], Field(description="Why calls failed, so that others were tried.")]
    call_latency_ms: Annotated[Percentiles, Field(description="Of calls that succeeded.")]
    call_ttft_ms: Percentiles

    @classmethod
    def of_usage(cls, usage: ProviderUsage) -> Self:
        calls = usage.calls
        return cls(
            **measured(usage.requests),
            value=usage.name,
            calls=calls.requests,
            failed_calls=calls.errors,
            call_error_rate=_share(calls),
            call_statuses=calls.family(STATUS),
            fallback_causes=calls.causes,
            call_latency_ms=Percentiles.of(calls.latency),
            call_ttft_ms=Percentiles.of(calls.ttft),
        )


class Ranged(BaseModel):
    start: Moment
    end: Moment


class Costs(Ranged):
    grain: Grain
    total: MeasuresRow
    series: list[Period]
    by: Annotated[list[ValueRow], Field(description="The values of the dimension asked for, the dearest first.")]
    other: Annotated[MeasuresRow | None, Field(description="Values beyond the 500 with the most requests.")]


class ValuePage(Ranged):
    data: list[ValueRow]
    other: MeasuresRow | None
    next: str | None


class VersionPage(Ranged):
    data: Annotated[list[VersionRow], Field(description="Versions that were used, the newest first.")]


class ProviderPage(Ranged):
    data: list[ProviderRow]
    next: str | None


def measured(measures: Measures) -> dict[str, object]:
    priced = measures.requests - measures.unpriced
    return {
        "requests": measures.requests,
        "errors": measures.errors,
        "error_rate": _share(measures),
        "cancelled": measures.cancelled,
        "fallbacks": measures.fallbacks,
        "cached": measures.cached,
        "estimated": measures.estimated,
        "unpriced": measures.unpriced,
        "cost": dollars(measures.cost),
        "cost_per_request": dollars(measures.cost // priced) if priced else None,
        "saved_by_cache": dollars(measures.saved_by_cache),
        "saved_by_routing": dollars(measures.saved_by_routing),
        "tokens": measures.family(TOKENS),
        "statuses": measures.family(STATUS),
        "causes": measures.causes,
        "latency_ms": Percentiles.of(measures.latency),
        "ttft_ms": Percentiles.of(measures.ttft),
        "scores": {name: ScoreRow(requests=of.requests, mean=of.mean) for name, of in measures.scores().items()},
        "first_seen": when(measures.first) if measures.first is not None else None,
        "last_seen": when(measures.last) if measures.last is not None else None,
    }


def _share(measures: Measures) -> float | None:
    return measures.errors / measures.requests if measures.requests else None
