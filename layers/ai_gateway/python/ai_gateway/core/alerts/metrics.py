"""The metrics that a rule may watch, and how each is read from what was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from ai_gateway.core.alerts.measures import Measures
from ai_gateway.core.sketches import Bins

Unit: TypeAlias = Literal["dollars", "percent", "milliseconds", "tokens", "requests"]
Basis: TypeAlias = Literal["window", "period", "forecast"]
Number: TypeAlias = int | float
"""Dollars are whole pico-dollars; a percentage is a number from 0 to 100 or more."""
PROVIDER_ERRORS = "provider_errors"


@dataclass(frozen=True, slots=True)
class Metric:
    """`basis` says what it is about: the window, the budget period so far, or the whole period as it will be.
    `of_budget` metrics are percentages of the rule's budget. `read` gives None where there is nothing to tell from.
    """

    name: str
    title: str
    unit: Unit
    read: Callable[[Measures], Number | None]
    basis: Basis = "window"
    of_budget: bool = False


def share(part: int, whole: int) -> float | None:
    """In percent. One correctly rounded division, so that 5 of 100 is exactly 5."""
    return 100 * part / whole if whole else None


def _percentile(pick: Callable[[Measures], Bins], percent: int, measures: Measures) -> float | None:
    return pick(measures).percentile(percent)


def _times(name: str, title: str, pick: Callable[[Measures], Bins]) -> list[Metric]:
    average = Metric(f"{name}_avg", f"average {title}", "milliseconds", lambda measures: pick(measures).average())
    return [
        average,
        *(
            Metric(f"{name}_p{percent}", f"{title} p{percent}", "milliseconds", partial(_percentile, pick, percent))
            for percent in (50, 90, 95, 99)
        ),
    ]


_ALL = (
    Metric("spend", "spend", "dollars", lambda of: of.cost),
    Metric("budget_share", "share of the budget spent", "percent", lambda of: of.cost, "period", of_budget=True),
    Metric("forecast", "forecast spend", "dollars", lambda of: of.cost, "forecast"),
    Metric("forecast_share", "forecast share of the budget", "percent", lambda of: of.cost, "forecast", of_budget=True),
    Metric("requests", "requests", "requests", lambda of: of.requests),
    Metric("errors", "failed requests", "requests", lambda of: of.errors),
    Metric("error_rate", "error rate", "percent", lambda of: share(of.errors, of.requests)),
    Metric("fallback_rate", "fallback rate", "percent", lambda of: share(of.fallbacks, of.requests)),
    Metric(PROVIDER_ERRORS, "failing calls", "percent", lambda of: share(of.failed_attempts, of.attempts)),
    *_times("latency", "latency", lambda of: of.latency),
    *_times("ttft", "time to the first token", lambda of: of.ttft),
    Metric("tokens", "tokens", "tokens", lambda of: of.prompt_tokens + of.completion_tokens),
    Metric("prompt_tokens", "prompt tokens", "tokens", lambda of: of.prompt_tokens),
    Metric("completion_tokens", "completion tokens", "tokens", lambda of: of.completion_tokens),
    Metric(
        "cache_hit_rate", "prompt tokens from cache", "percent", lambda of: share(of.cached_tokens, of.prompt_tokens)
    ),
    Metric("rate_limited", "rate-limited requests", "requests", lambda of: of.rate_limited),
    Metric("unpriced", "requests without a known price", "requests", lambda of: of.unpriced),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
