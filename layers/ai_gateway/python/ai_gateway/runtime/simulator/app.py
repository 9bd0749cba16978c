"""The ASGI application: every provider under a path of its own, `/{provider}/...`."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from time import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ai_gateway.runtime.simulator.answers import Answer, replies_to
from ai_gateway.runtime.simulator.behaviors import HEADER, Behavior, UnknownBehavior, behavior_of, split_model
from ai_gateway.runtime.simulator.cache import PromptCache
from ai_gateway.runtime.simulator.delivery import Reply, deliver
from ai_gateway.runtime.simulator.failures import Failure, Rejected
from ai_gateway.runtime.simulator.formats import openai
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.formats.wire_format import WireFormat, format_of
from ai_gateway.runtime.simulator.journal import Journal, Received, without_credential
from ai_gateway.runtime.simulator.prompts import Prompt

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_HTML = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_OVERLOADED = Failure(503)


def simulator_app(journal: Journal, closing: asyncio.Event) -> Starlette:
    """`closing` ends the requests that wait for their client to leave."""
    providers = Providers(journal, closing)
    return Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route("/{provider}/{path:path}", providers, methods=_ANY_METHOD),
        ]
    )


class Providers:
    """All providers, and what they remember: requests, prompt caches, how often a behaviour has been shown."""

    def __init__(self, journal: Journal, closing: asyncio.Event) -> None:
        self._journal = journal
        self._closing = closing
        self._cache = PromptCache()
        self._shown: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _received(Request(scope, receive))
        self._journal.add(request)
        reply, behavior = self._answer(request)
        await deliver(reply, behavior, receive, send, self._closing)

    def _answer(self, request: Received) -> tuple[Reply, Behavior]:
        wire_format = format_of(request.route)
        if wire_format is None:
            failure = Failure(404, message=f"No provider answers at {request.route!r}.")
            return _rejected(openai.rejection(failure, request)), Behavior()
        try:
            prompt = wire_format.read(request)
            model, rules = split_model(prompt.model)
            behavior = behavior_of(request.provider, f"{request.headers.get(HEADER, '')},{rules}")
        except Rejected as rejected:
            return _rejected(wire_format.rejection(rejected.failure, request)), Behavior()
        except UnknownBehavior as unknown:
            return _rejected(wire_format.rejection(Failure(400, message=str(unknown)), request)), Behavior()
        if behavior.requests is not None and self._times_shown(request) > behavior.requests:
            behavior = Behavior()
        return self._reply(wire_format, request, replace(prompt, model=model), behavior), behavior

    def _times_shown(self, request: Received) -> int:
        key = f"{request.provider}:{_digest(request)}"
        self._shown[key] += 1
        return self._shown[key]

    def _reply(self, wire_format: WireFormat, request: Received, prompt: Prompt, behavior: Behavior) -> Reply:
        failure = behavior.failure
        if failure is None and behavior.error_after is not None and not prompt.stream:
            failure = _OVERLOADED
        if failure is not None:
            return _rejected(wire_format.rejection(failure, request))
        if behavior.html_status is not None:
            return Reply(behavior.html_status, {"content-type": "text/html"}, [_HTML])
        content_type = wire_format.stream_type(request) if prompt.stream else "application/json"
        if behavior.empty:
            return Reply(200, {"content-type": content_type}, [b""])
        answer = self._made_up(request, prompt, behavior)
        if prompt.stream:
            events = _events(wire_format, answer, behavior)
            return Reply(200, {"content-type": content_type, "cache-control": "no-cache"}, events, streamed=True)
        body = wire_format.whole(answer)
        return Reply(200, {"content-type": content_type}, [body[:-9] if behavior.malformed_after is not None else body])

    def _made_up(self, request: Received, prompt: Prompt, behavior: Behavior) -> Answer:
        seed = _digest(request)
        cached = self._cache.use(f"{request.provider}:{prompt.model}", prompt.prefixes)
        return Answer(request, prompt, replies_to(prompt, behavior, seed), cached, seed, int(time()))


def _events(wire_format: WireFormat, answer: Answer, behavior: Behavior) -> Iterator[bytes]:
    """The events of a stream, and instead of the rest of them the error or the nonsense that was asked for."""
    events = wire_format.events(answer)
    if behavior.error_after is not None:
        yield from islice(events, behavior.error_after)
        yield wire_format.error_event(_OVERLOADED, answer.request)
    elif behavior.malformed_after is not None:
        yield from islice(events, behavior.malformed_after)
        yield wire_format.malformed_event(answer.request)
    else:
        yield from events


def _rejected(rejection: Rejection) -> Reply:
    return Reply(rejection.status, rejection.headers, [rejection.body])


def _digest(request: Received) -> str:
    return sha256(f"{request.provider} {request.path} ".encode() + request.content).hexdigest()


async def _received(request: Request) -> Received:
    provider = request.path_params["provider"]
    raw_path = request.scope["raw_path"].decode("ascii")
    return Received(
        provider=provider,
        method=request.method,
        path=raw_path.removeprefix(f"/{provider}"),
        query=request.url.query,
        headers={name: without_credential(name, value) for name, value in request.headers.items()},
        content=await request.body(),
    )


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
