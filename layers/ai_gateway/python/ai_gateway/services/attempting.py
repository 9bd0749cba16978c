"""Trying the attempts of a plan in order until one has answered, or its first chunk is there."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

from ai_gateway.core.chat import ChatCompletion, ChatCompletionChunk, ChatRequest
from ai_gateway.core.context import Retries, Timeouts
from ai_gateway.core.dialect import Decoder, Dialect, ReplyContext, UpstreamRequest, url_of
from ai_gateway.core.dialects import DIALECTS
from ai_gateway.core.errors import (
    AllAttemptsFailed,
    GatewayError,
    InvalidRequest,
    UpstreamError,
    UpstreamMalformed,
    UpstreamTimeout,
)
from ai_gateway.core.exchange import Exchange
from ai_gateway.core.intents import online
from ai_gateway.core.routing import Attempt, Plan
from ai_gateway.ports import Clock, Credentials, Upstream, UpstreamCall, UpstreamResponse
from ai_gateway.services.health import Health
from ai_gateway.services.patience import Patience

LARGEST_ANSWER = 64 * 1024 * 1024
LARGEST_ERROR = 1024 * 1024
RETRIED = frozenset((408, 409, 429))


@dataclass(slots=True)
class Whole:
    """An answer that came in one piece."""

    completion: ChatCompletion
    headers: Mapping[str, str]


@dataclass(slots=True)
class Streamed:
    """An answer that has begun: `first` are the chunks that are there, `rest` what follows.

    `rest` raises UpstreamError when the answer breaks off, falls silent for `_idle` seconds, or takes more than `_left`
    in all. `close` must be called.
    """

    first: list[ChatCompletionChunk]
    headers: Mapping[str, str]
    response: UpstreamResponse
    _pieces: AsyncIterator[bytes]
    _decoder: Decoder
    _idle: float
    _left: float
    _failed: UpstreamError | None = None

    async def rest(self) -> AsyncGenerator[list[ChatCompletionChunk]]:
        """Lists of chunks, one list for each read from the provider: they go out together."""
        if self._failed is not None:
            raise self._failed
        pieces = Patience(self._pieces, self._idle, self._left)
        try:
            async for piece in pieces:
                chunks, error = _decoded(self._decoder.feed(piece))
                if chunks:
                    yield chunks
                if error is not None:
                    raise error
        except TimeoutError:
            if pieces.over:
                raise UpstreamTimeout("The answer took longer than a request may.") from None
            raise UpstreamTimeout(f"The provider sent nothing for {self._idle:g} seconds.") from None
        finally:
            pieces.end()
        chunks, error = _decoded(self._decoder.close())
        if chunks:
            yield chunks
        if error is not None:
            raise error

    async def close(self) -> None:
        await self.response.close()


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
        encoded = dialect.encode(request, endpoint)
        if encoded.dropped and exchange.context.strict:
            raise InvalidRequest(f"{endpoint.source} does not take {', '.join(encoded.dropped)} (Gateway-Strict).")
        reply = ReplyContext(request, endpoint, f"chatcmpl-{exchange.context.id}", int(exchange.context.started))
        timeouts = exchange.context.timeouts or self.timeouts
        patience = min(timeouts.first_chunk, self._remaining(exchange))
        try:
            async with asyncio.timeout(patience):
                response = await self._open(attempt, encoded, exchange, timeouts)
                answer = await self._begin(response, dialect, reply, timeouts.idle, exchange)
        except TimeoutError:
            raise UpstreamTimeout(f"{endpoint.source} did not answer within {patience:g} seconds.") from None
        exchange.attempt_committed(attempt, started, self.clock.monotonic(), retry)
        exchange.dropped = encoded.dropped
        self.health.served(endpoint)
        return answer

    async def _open(
        self, attempt: Attempt, encoded: UpstreamRequest, exchange: Exchange, timeouts: Timeouts
    ) -> UpstreamResponse:
        endpoint = attempt.endpoint
        url = url_of(endpoint, encoded.path)
        headers = encoded.headers
        if endpoint.simulated and exchange.context.simulator:
            headers = {**headers, **exchange.context.simulator}
        signed = await self.credentials.sign(endpoint, url, headers, encoded.body)
        return await self.upstream.post(UpstreamCall(url, signed, encoded.body, timeouts))

    async def _begin(
        self, response: UpstreamResponse, dialect: Dialect, reply: ReplyContext, idle: float, exchange: Exchange
    ) -> Whole | Streamed:
        streams = False
        try:
            if response.status >= 300:
                body = await _read(response, LARGEST_ERROR)
                raise dialect.decode_error(response.status, response.headers, body)
            if not reply.request.get("stream"):
                body = await _read(response, LARGEST_ANSWER)
                return Whole(dialect.decode(body, reply), response.headers)
            answer = await _begun(response, dialect.decoder(reply), idle, self._remaining(exchange))
            streams = True
            return answer
        finally:
            if not streams:
                await response.close()

    def _remaining(self, exchange: Exchange) -> float:
        return max(0.0, exchange.context.deadline - self.clock.monotonic())


async def _begun(response: UpstreamResponse, decoder: Decoder, idle: float, left: float) -> Streamed:
    pieces = response.chunks()
    async for piece in pieces:
        chunks, error = _decoded(decoder.feed(piece))
        if chunks:
            return Streamed(chunks, response.headers, response, pieces, decoder, idle, left, error)
        if error is not None:
            raise error
    chunks, error = _decoded(decoder.close())
    if error is not None:
        raise error
    if not chunks:
        raise UpstreamMalformed("The provider's stream ended without an answer.")
    return Streamed(chunks, response.headers, response, pieces, decoder, idle, left)


def _decoded(chunks: Iterator[ChatCompletionChunk]) -> tuple[list[ChatCompletionChunk], UpstreamError | None]:
    """The chunks up to an error, and the error: what came before it still goes out."""
    decoded: list[ChatCompletionChunk] = []
    try:
        decoded.extend(chunks)
    except UpstreamError as error:
        return decoded, error
    return decoded, None


async def _read(response: UpstreamResponse, largest: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.chunks():
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            raise UpstreamMalformed(f"The provider's answer is larger than {largest:,} bytes.")
    return b"".join(pieces)


def _goes_on(error: GatewayError, attempt: Attempt, following: Attempt) -> bool:
    """A request that one provider cannot be asked in its dialect may still be right for the next."""
    if not isinstance(error, UpstreamError):
        return True
    return error.advances(to_other_model=attempt.endpoint.model != following.endpoint.model)


def _worth_a_retry(error: GatewayError) -> bool:
    return isinstance(error, UpstreamError) and (error.status in RETRIED or error.status >= 500)
