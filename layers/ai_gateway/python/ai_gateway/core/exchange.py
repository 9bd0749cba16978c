"""One request's life: collects what happens as it happens and becomes one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatCompletion, ChatRequest, CompletionUsage
from ai_gateway.core.context import RequestContext
from ai_gateway.core.dialect import host_of
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.pricing import Cost, cost, estimate, uncached
from ai_gateway.core.prompts.asking import FIELDS, PromptUse
from ai_gateway.core.records import AttemptRecord, Outcome, RequestRecord
from ai_gateway.core.routing import ASSUMED_OUTPUT, Attempt, Plan, RequestShape
from ai_gateway.core.transcript import Transcript
from ai_gateway.core.usage import Usage, usage_of
from ai_gateway.core.wire import JsonObject, dumps, text

CHARACTERS_PER_TOKEN = 4


@dataclass(slots=True)
class Exchange:
    """All times handed in are seconds on the monotonic clock that `context.begun` is on."""

    context: RequestContext
    body: bytes = b""
    caller: Caller | None = None
    request: ChatRequest | None = None
    prompt: PromptUse | None = None
    shape: RequestShape | None = None
    plan: Plan | None = None
    endpoint: Endpoint | None = None
    completion: ChatCompletion | None = None
    transcript: Transcript | None = None
    status: int = 200
    error: GatewayError | None = None
    cancelled: bool = False
    first_chunk_at: float | None = None
    dropped: tuple[str, ...] = ()
    _named: JsonObject | None = None
    _attempts: list[AttemptRecord] = field(default_factory=list)
    _position: int = 0
    _read: tuple[CompletionUsage, Usage] | None = None
    _priced: tuple[Usage, Cost | None] | None = None

    def filled(self, request: ChatRequest) -> None:
        """The request together with its stored prompt, in place of the one that named it."""
        self._named = {name: value for name, value in (self.request or {}).items() if name in FIELDS}
        self.request = request

    def attempt_failed(self, attempt: Attempt, error: GatewayError, started: float, now: float, retry: int = 0) -> None:
        self._attempts.append(
            AttemptRecord(
                source=attempt.endpoint.source,
                provider=attempt.endpoint.provider.name,
                model_id=attempt.endpoint.model_id,
                status=error.status,
                error_type=error.type,
                error=error.message,
                started_ms=self._ms(started),
                latency_ms=_ms(now - started),
                retry=retry,
                cost_estimate=self._estimate(attempt.endpoint),
                address=host_of(attempt.endpoint),
            )
        )

    def attempt_committed(self, attempt: Attempt, started: float, now: float, retry: int = 0) -> None:
        """The attempt that serves: its first chunk, or its whole answer, is there."""
        self.endpoint = attempt.endpoint
        self._position = attempt.position
        self.first_chunk_at = now
        self._attempts.append(
            AttemptRecord(
                source=attempt.endpoint.source,
                provider=attempt.endpoint.provider.name,
                model_id=attempt.endpoint.model_id,
                status=200,
                started_ms=self._ms(started),
                latency_ms=_ms(now - started),
                ttft_ms=_ms(now - started),
                retry=retry,
                cost_estimate=self._estimate(attempt.endpoint),
                address=host_of(attempt.endpoint),
            )
        )

    def caller_left(self) -> None:
        """The caller went away before the end; 499 is what proxies write when nothing was sent yet."""
        self.cancelled = True
        if self.endpoint is None:
            self.status = 499

    def failed(self, error: GatewayError) -> None:
        self.error = error
        self.status = error.status

    def attempt_rows(self) -> list[Mapping[str, object]]:
        """What the caller is told of the attempts that failed and the items passed over."""
        return [
            {
                "source": attempt.source,
                "status": attempt.status,
                "type": attempt.error_type,
                "message": attempt.error,
                "latency_ms": attempt.latency_ms,
            }
            for attempt in (*self._attempts, *self._skipped())
            if attempt.error_type
        ]

    def usage(self) -> Usage | None:
        """The tokens the provider reported; an estimate when an answer began and its usage never came."""
        reported = self.transcript.usage if self.transcript else (self.completion or {}).get("usage")
        if reported:
            if self._read is None or self._read[0] is not reported:
                self._read = (reported, usage_of(reported))
            return self._read[1]
        if self.endpoint is None or self.shape is None:
            return None
        characters = self.transcript.characters if self.transcript else 0
        return Usage(input=self.shape.prompt, output=characters // CHARACTERS_PER_TOKEN, estimated=True)

    def cost(self) -> Cost | None:
        usage = self.usage()
        if usage is None or self.endpoint is None:
            return None
        if self._priced is None or self._priced[0] is not usage:
            self._priced = (usage, cost(usage, self.endpoint.prices, self._service_tier()))
        return self._priced[1]

    def record(self, now: float) -> RequestRecord:
        """The record as of `now`. Bodies are left out when the caller asked for that, or is not known."""
        context, endpoint, request = self.context, self.endpoint, self.request or ChatRequest()
        usage, price = self.usage(), self.cost()
        kept = self.caller is not None
        completion = self._answer()
        return RequestRecord(
            id=context.id,
            started=context.started,
            outcome=self._outcome(),
            status=self.status,
            key_id=self.caller.key_id if self.caller else None,
            organization=self.caller.organization if self.caller else "",
            path=context.path,
            stream=request.get("stream", False),
            model_asked=request.get("model", ""),
            model=endpoint.model if endpoint else None,
            model_id=endpoint.model_id if endpoint else None,
            provider=endpoint.provider.name if endpoint else None,
            source=endpoint.source if endpoint else None,
            mode=mode_of(endpoint) if endpoint else None,
            simulated=bool(endpoint and endpoint.simulated),
            error_type=self.error.type if self.error else None,
            error=self.error.message if self.error else None,
            finish_reason=_finish_reason(completion),
            duration_ms=self._ms(now),
            ttft_ms=self._ms(self.first_chunk_at) if self.first_chunk_at is not None else None,
            attempts=(*self._attempts, *self._skipped()),
            tokens=_tokens(usage) if usage else {},
            tokens_estimated=bool(usage and usage.estimated),
            cost=price.total if price else None,
            cost_computed=price.computed if price else None,
            cost_billed=price.billed if price else None,
            cost_parts=price.parts if price else {},
            cost_uncached=uncached(usage, endpoint.prices, self._service_tier()) if usage and endpoint else None,
            cost_dearest=self._dearest(usage) if usage else None,
            price_source=endpoint.prices.source if endpoint and endpoint.prices else None,
            dropped=self.dropped,
            prompt_id=self.prompt.prompt_id if self.prompt else None,
            prompt_version=str(self.prompt.version) if self.prompt else None,
            prompt_environment=self.prompt.environment if self.prompt else None,
            user=context.user,
            session_id=context.session.id if context.session else None,
            session_name=context.session.name if context.session else None,
            session_path=context.session.path if context.session else None,
            properties=context.properties,
            request=self._asked() if kept and not context.omit_request else None,
            response=dumps(completion) if completion and kept and not context.omit_response else None,
        )

    def _skipped(self) -> list[AttemptRecord]:
        return [
            AttemptRecord(skip.source, skip.provider, "", error_type=skip.reason, error=skip.message, skipped=True)
            for skip in (self.plan.skipped if self.plan else ())
        ]

    def _service_tier(self) -> str | None:
        answer = self.transcript.head if self.transcript else self.completion or {}
        return text(answer, "service_tier") or None

    def _dearest(self, usage: Usage) -> int | None:
        """What the same tokens would have cost at the dearest other endpoint of the item that was served."""
        if self.plan is None or self.shape is None:
            return None
        prompt, output = self.shape.prompt, self.shape.max_output or ASSUMED_OUTPUT
        estimates = {
            estimate(prompt, output, attempt.endpoint.prices) or 0: attempt.endpoint.prices
            for attempt in self.plan.attempts
            if attempt.position == self._position and attempt.endpoint is not self.endpoint and attempt.endpoint.prices
        }
        price = cost(usage, estimates[max(estimates)], self._service_tier()) if estimates else None
        return price.computed if price else None

    def _asked(self) -> bytes:
        return self.body if self._named is None else dumps({**(self.request or {}), **self._named})

    def _answer(self) -> Mapping[str, object] | None:
        if self.transcript is not None and not self.transcript.empty:
            return self.transcript.completion()
        if self.completion is not None:
            return self.completion
        return self.error.body() if self.error else None

    def _outcome(self) -> Outcome:
        if self.error is not None:
            return "error"
        return "cancelled" if self.cancelled else "success"

    def _estimate(self, endpoint: Endpoint) -> int | None:
        return estimate(self.shape.prompt, self.shape.max_output or 0, endpoint.prices) if self.shape else None

    def _ms(self, moment: float) -> int:
        return _ms(moment - self.context.begun)


def mode_of(endpoint: Endpoint) -> str:
    """Helicone's word for who pays: own key, or pass-through billing by credits."""
    return "BYOK" if endpoint.byok else "PTB"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _tokens(usage: Usage) -> dict[str, int]:
    counts = {
        "input": usage.input,
        "cache_read": usage.cache_read,
        "cache_write_5m": usage.cache_write_5m,
        "cache_write_1h": usage.cache_write_1h,
        "input_audio": usage.input_audio,
        "input_image": usage.input_image,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "output_audio": usage.output_audio,
        "output_image": usage.output_image,
        "web_searches": usage.web_searches,
    }
    return {kind: count for kind, count in counts.items() if count}


def _finish_reason(completion: Mapping[str, object] | None) -> str | None:
    choices = (completion or {}).get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return None
    return text(choices[0], "finish_reason") or None
