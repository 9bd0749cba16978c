"""Trying the attempts of a plan in order until one has answered, or its first chunk is there."""

import asyncio
from dataclasses import dataclass, field

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.context import Retries, Timeouts
from ai_gateway.core.dialect import ReplyContext, UpstreamRequest, url_of
from ai_gateway.core.dialects import DIALECTS
from ai_gateway.core.errors import (
    AllAttemptsFailed,
    GatewayError,
    InvalidRequest,
    UpstreamError,
    UpstreamTimeout,
)
from ai_gateway.core.exchange import Exchange
from ai_gateway.core.intents import online
from ai_gateway.core.redaction import SHORTEST
from ai_gateway.core.routing import Attempt, Plan
from ai_gateway.core.wire import TooDeep
from ai_gateway.ports import Clock, Credentials, Upstream, UpstreamCall
from ai_gateway.services.answering import Streamed, Whole, read_answer
from ai_gateway.services.health import Health

CREDENTIALS = frozenset(("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token"))
"""The headers that hold what an answer must not repeat."""
RETRIED = frozenset((408, 409, 429))


@dataclass(slots=True)
class Attempts:
    """How attempts are made. `retries` and `timeouts` hold where the caller wishes nothing else."""

    upstream: Upstream
    credentials: Credentials
    clock: Clock
    health: Health
    retries: Retries = field(default_factory=Retries)
    timeouts: Timeouts = field(default_factory=Timeouts)

    async def serve(self, plan: Plan, request: ChatRequest, exchange: Exchange) -> Whole | Streamed:
        """The first answer. Raises AllAttemptsFailed, or InvalidRequest when no provider can be asked this at all."""
        last: GatewayError | None = None
        for number, attempt in enumerate(plan.attempts):
            try:
                return await self._attempt(attempt, request, exchange)
            except (UpstreamError, InvalidRequest) as error:
                last = error
                following = plan.attempts[number + 1] if number + 1 < len(plan.attempts) else None
                if following is None or not _goes_on(error, attempt, following):
                    break
        if last is None:
            raise InvalidRequest("The plan holds no attempt.")
        raise AllAttemptsFailed(last, exchange.attempt_rows()) from last

    async def _attempt(self, attempt: Attempt, request: ChatRequest, exchange: Exchange) -> Whole | Streamed:
        retries = exchange.context.retries or self.retries
        retry = 0
        while True:
            started = self.clock.monotonic()
            try:
                return await self._call(attempt, request, exchange, started, retry)
            except (UpstreamError, InvalidRequest) as error:
                exchange.attempt_failed(attempt, error, started, self.clock.monotonic(), retry)
                self.health.failed(attempt.endpoint, error)
                wait = retries.wait(retry, error.retry_after)
                if retry >= retries.most or not _worth_a_retry(error) or wait >= self._remaining(exchange):
                    raise
                await self.clock.sleep(wait)
                retry += 1

    async def _call(
        self, attempt: Attempt, request: ChatRequest, exchange: Exchange, started: float, retry: int
    ) -> Whole | Streamed:
        endpoint = attempt.endpoint
        dialect = DIALECTS[endpoint.dialect]
        if attempt.online:
            request = online(request)
        try:
            encoded = dialect.encode(request, endpoint)
        except TooDeep:
            message = f"The request is nested too deeply for {endpoint.provider.display_name}. Send it flatter."
            raise InvalidRequest(message) from None
        if encoded.dropped and exchange.context.strict:
            raise InvalidRequest(f"{endpoint.source} does not take {', '.join(encoded.dropped)} (Gateway-Strict).")
        reply = ReplyContext(request, endpoint, f"chatcmpl-{exchange.context.id}", int(exchange.context.started))
        timeouts = exchange.context.timeouts or self.timeouts
        patience = min(timeouts.first_chunk, self._remaining(exchange))
        try:
            async with asyncio.timeout(patience):
                call = await self._prepared(attempt, encoded, exchange, timeouts)
                response = await self.upstream.post(call)
                left = self._remaining(exchange)
                answer = await read_answer(response, dialect, reply, _secrets(call), timeouts.idle, left)
        except TimeoutError:
            raise UpstreamTimeout(f"{endpoint.source} did not answer within {patience:g} seconds.") from None
        exchange.attempt_committed(attempt, started, self.clock.monotonic(), retry)
        exchange.dropped = encoded.dropped
        self.health.served(endpoint)
        return answer

    async def _prepared(
        self, attempt: Attempt, encoded: UpstreamRequest, exchange: Exchange, timeouts: Timeouts
    ) -> UpstreamCall:
        endpoint = attempt.endpoint
        url = url_of(endpoint, encoded.path)
        headers = encoded.headers
        if endpoint.simulated and exchange.context.simulator:
            headers = {**headers, **exchange.context.simulator}
        signed = await self.credentials.sign(endpoint, url, headers, encoded.body)
        return UpstreamCall(url, signed, encoded.body, timeouts)

    def _remaining(self, exchange: Exchange) -> float:
        return max(0.0, exchange.context.deadline - self.clock.monotonic())


def _secrets(call: UpstreamCall) -> list[str]:
    """Of AWS's signature, which names what it signs, only the end is nobody's business."""
    values = (value for name, value in call.headers.items() if name.lower() in CREDENTIALS)
    bare = (value.removeprefix("Bearer ").rpartition("Signature=")[2] for value in values)
    return [value for value in bare if len(value) >= SHORTEST]


def _goes_on(error: GatewayError, attempt: Attempt, following: Attempt) -> bool:
    """A request that one provider cannot be asked in its dialect may still be right for the next."""
    if not isinstance(error, UpstreamError):
        return True
    return error.advances(to_other_model=attempt.endpoint.model != following.endpoint.model)


def _worth_a_retry(error: GatewayError) -> bool:
    return isinstance(error, UpstreamError) and (error.status in RETRIED or error.status >= 500)
