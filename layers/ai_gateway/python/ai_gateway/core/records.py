"""The record that every request leaves: what was asked, who served it, every attempt, tokens and cost."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

Outcome: TypeAlias = Literal["success", "error", "cancelled"]
Score: TypeAlias = int | float | bool
EMPTY: Mapping[str, Any] = {}
LONGEST_VALUE = 256
"""Characters by which sums name a user, a model, the value of a property."""


class AttemptRecord(NamedTuple):
    """One endpoint tried, or passed over (`skipped`, with `error_type` as the reason and no times).

    `started_ms` counts from the start of the request. `cost_estimate` is pico-dollars: what the request's shape would
    have cost there. `address` is the host that was called.
    """

    source: str
    provider: str
    model_id: str
    status: int | None = None
    error_type: str | None = None
    error: str | None = None
    started_ms: int = 0
    latency_ms: int = 0
    ttft_ms: int | None = None
    retry: int = 0
    skipped: bool = False
    cost_estimate: int | None = None
    address: str | None = None


class RequestRecord(NamedTuple):
    """A tuple, since adding up an hour makes a hundred thousand of them: a frozen dataclass takes four times as long.

    Times: `started` is Unix seconds, the others milliseconds. Money: pico-dollars. `cost` is None when no price is
    known, which is not the same as 0. `request` and `response` are JSON bytes, or None when they are not kept; a
    request with a stored prompt is kept as it was filled in. `prompt_version` is a number (`1.2`), and
    `prompt_environment` is None where the request named the version.

    `cached` says that the gateway's own cache answered. `cost_uncached` is what the tokens would have cost with no
    prompt cached, and `cost_dearest` what they would have cost at the dearest of the other endpoints that could have
    served the model; None where there is nothing to compare. `scores` are given afterwards, by people and programs.
    """

    id: str
    started: float
    outcome: Outcome
    status: int
    key_id: str | None = None
    organization: str = "default"
    path: str = ""
    stream: bool = False
    model_asked: str = ""
    model: str | None = None
    model_id: str | None = None
    provider: str | None = None
    source: str | None = None
    mode: str | None = None
    simulated: bool = False
    error_type: str | None = None
    error: str | None = None
    finish_reason: str | None = None
    duration_ms: int = 0
    ttft_ms: int | None = None
    attempts: tuple[AttemptRecord, ...] = ()
    tokens: Mapping[str, int] = EMPTY
    tokens_estimated: bool = False
    cost: int | None = None
    cost_computed: int | None = None
    cost_billed: int | None = None
    cost_parts: Mapping[str, int] = EMPTY
    cost_uncached: int | None = None
    cost_dearest: int | None = None
    price_source: str | None = None
    cached: bool = False
    dropped: tuple[str, ...] = ()
    prompt_id: str | None = None
    prompt_version: str | None = None
    prompt_environment: str | None = None
    user: str | None = None
    session_id: str | None = None
    session_name: str | None = None
    session_path: str | None = None
    properties: Mapping[str, str] = EMPTY
    scores: Mapping[str, Score] = EMPTY
    request: bytes | None = None
    response: bytes | None = None

    @property
    def ended_ms(self) -> int:
        """When it was over, in Unix milliseconds: a request belongs to that moment, since before it nothing of it was
        known.
        """
        return int(self.started * 1000) + self.duration_ms

    @property
    def priced(self) -> bool:
        """False for a request that used tokens nobody knows the price of."""
        return self.cost is not None or not self.tokens

    @property
    def tried(self) -> frozenset[str]:
        """The endpoints that were called."""
        return frozenset(attempt.source for attempt in self.attempts if not attempt.skipped)

    @property
    def served_or_last_called(self) -> str | None:
        """The provider that a request counts by: of what nobody served, the last that was called."""
        called = [attempt.provider for attempt in self.attempts if not attempt.skipped]
        return self.provider or (called[-1] if called else None)

    @property
    def cost_difference(self) -> int | None:
        """By how much the bill exceeds what the prices say; None unless both are known."""
        if self.cost is None or self.cost_billed is None or self.cost_computed is None:
            return None
        return self.cost - self.cost_computed
