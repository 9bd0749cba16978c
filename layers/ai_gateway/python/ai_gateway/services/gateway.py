"""The hot path: a request comes in, an answer goes out, one record stays behind.

bytes -> ChatRequest + RequestContext -> Caller -> stored prompt -> Plan -> the first attempt that answers -> SSE, JSON
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

from ai_gateway.core import sse
from ai_gateway.core.caller import Caller
from ai_gateway.core.chat import ChatCompletionChunk, ChatRequest, parse_request
from ai_gateway.core.context import RequestContext, with_body
from ai_gateway.core.errors import GatewayError, InternalError, InvalidRequest, UpstreamError, UpstreamMalformed
from ai_gateway.core.exchange import Exchange, mode_of
from ai_gateway.core.pricing import dollars
from ai_gateway.core.prompts.asking import asked_of, asks
from ai_gateway.core.routing import Plan, plan_attempts
from ai_gateway.core.shape import shape_of
from ai_gateway.core.transcript import Transcript
from ai_gateway.core.wire import TooDeep, dumps, flag, mapping
from ai_gateway.ports import Clock, Configurations, Records
from ai_gateway.services.answering import Streamed, Whole
from ai_gateway.services.attempting import Attempts
from ai_gateway.services.authentication import Authenticator
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.routes import Routes

ReadBody: TypeAlias = Callable[[], Awaitable[bytes]]
"""Reads the request's body; may raise a GatewayError. Called after the caller is known to be one of ours."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the caller. `body` may be iterated once, inside the `chat` context that gave the reply."""

    status: int
    headers: Mapping[str, str]
    body: AsyncGenerator[bytes]


@dataclass(frozen=True, slots=True)
class Gateway:
    """One for the life of the process; holds nothing of any request."""

    authenticator: Authenticator
    configurations: Configurations
    prompts: PromptFinder
    routes: Routes
    attempts: Attempts
    records: Records
    clock: Clock

    @asynccontextmanager
    async def chat(self, read_body: ReadBody, context: RequestContext) -> AsyncIterator[Reply]:
        """Serve one chat completion. Errors are replies too. The record is written when the context is left, however
        it is left.
        """
        exchange = Exchange(context)
        try:
            yield await self._reply(exchange, read_body)
        except (asyncio.CancelledError, GeneratorExit):
            exchange.caller_left()
            raise
        except Exception:
            exchange.failed(InternalError("The gateway failed. The request's id is in the Helicone-Id header."))
            raise
        finally:
            await asyncio.shield(self.records.save(exchange.record(self.clock.monotonic())))

    async def _reply(self, exchange: Exchange, read_body: ReadBody) -> Reply:
        try:
            await self.records.room()
            caller = exchange.caller = await self.authenticator.caller(exchange.context.key)
            exchange.body = await read_body()
            request = exchange.request = parse_request(exchange.body)
            exchange.context = with_body(exchange.context, request)
            if asks(request):
                request = await self._with_prompt(exchange, request, caller)
            plan = await self._plan(exchange, request)
            answer = await self.attempts.serve(plan, request, exchange)
        except GatewayError as error:
            return _refusal(exchange, error)
        if isinstance(answer, Streamed):
            return Reply(200, _headers(exchange, answer.headers), _relay(answer, exchange, request))
        return _whole(exchange, answer)

    async def _with_prompt(self, exchange: Exchange, request: ChatRequest, caller: Caller) -> ChatRequest:
        asked = asked_of(request)
        found = await self.prompts.find(caller.organization, asked, exchange.context.subject)
        exchange.prompt = found.use
        filled = found.fill(asked, request)
        exchange.filled(filled)
        return filled

    async def _plan(self, exchange: Exchange, request: ChatRequest) -> Plan:
        model = request.get("model")
        if not model:
            raise InvalidRequest("'model' is missing. Send for example 'gpt-4o-mini'.", param="model")
        exchange.shape = shape_of(request)
        resolution = self.routes.resolve(model, await self.configurations.current())
        exchange.plan = plan_attempts(resolution, exchange.shape, self.attempts.health.cooling())
        return exchange.plan


def _whole(exchange: Exchange, answer: Whole) -> Reply:
    exchange.completion = answer.completion
    headers = _headers(exchange, answer.headers)
    price = exchange.cost()
    headers["gateway-cost"] = dollars(price.total) if price else "unknown"
    return Reply(200, headers, _once(answer.body))


async def _relay(answer: Streamed, exchange: Exchange, request: ChatRequest) -> AsyncGenerator[bytes]:
    """The chunks as server-sent events. A failure after the first chunk is told inside the stream."""
    transcript = exchange.transcript = Transcript()
    wants_usage = flag(mapping(request, "stream_options"), "include_usage")

    def frames(chunks: list[ChatCompletionChunk]) -> Iterator[bytes]:
        for chunk in chunks:
            data = dumps(chunk)
            transcript.add(chunk)
            if chunk.get("choices") or not chunk.get("usage"):
                yield sse.encode(data)
            elif wants_usage:
                yield sse.encode(dumps(_with_cost(chunk, exchange)))

    try:
        yield b"".join(frames(answer.first))
        async with aclosing(answer.rest()) as rest:
            async for chunks in rest:
                if block := b"".join(frames(chunks)):
                    yield block
        yield sse.DONE
    except UpstreamError as error:
        exchange.failed(error)
        yield sse.encode(dumps(error.body()))
    except TooDeep:
        malformed = UpstreamMalformed("The provider's answer is nested too deeply to be passed on.")
        exchange.failed(malformed)
        yield sse.encode(dumps(malformed.body()))
    finally:
        await answer.close()


def _with_cost(chunk: ChatCompletionChunk, exchange: Exchange) -> ChatCompletionChunk:
    """The usage chunk with `cost` in dollars, unless the provider states its own."""
    usage, price = chunk.get("usage"), exchange.cost()
    if not usage or price is None or "cost" in usage:
        return chunk
    return {**chunk, "usage": {**usage, "cost": float(dollars(price.total))}}


def _refusal(exchange: Exchange, error: GatewayError) -> Reply:
    exchange.failed(error)
    headers = {"content-type": JSON, "helicone-id": exchange.context.id, "helicone-status": "failed"}
    if error.retry_after is not None:
        headers["retry-after"] = str(ceil(error.retry_after))
    return Reply(error.status, headers, _once(dumps(error.body())))


def _headers(exchange: Exchange, upstream: Mapping[str, str]) -> dict[str, str]:
    endpoint = exchange.endpoint
    streams = exchange.request is not None and exchange.request.get("stream")
    headers = {
        "content-type": "text/event-stream; charset=utf-8" if streams else JSON,
        "helicone-id": exchange.context.id,
        "helicone-status": "success",
    }
    if endpoint is not None:
        headers["helicone-provider"] = endpoint.provider.name
        headers["helicone-model"] = endpoint.model_id
        headers["helicone-gateway-mode"] = mode_of(endpoint)
        if endpoint.simulated:
            headers["gateway-simulated"] = "true"
    if exchange.dropped:
        headers["gateway-dropped"] = ", ".join(exchange.dropped)
    if streams:
        headers["cache-control"] = "no-cache"
        headers["x-accel-buffering"] = "no"
    return headers | dict(upstream)


async def _once(body: bytes) -> AsyncGenerator[bytes]:
    yield body
