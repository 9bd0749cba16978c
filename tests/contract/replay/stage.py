"""The stage of a replay: the real OpenAI SDK calls the whole gateway, which calls a provider that plays a recording.

Everything between is real: sockets, the ASGI application, routing, dialects, the aiohttp adapter. Only the stores are
fakes.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import httpx2
from openai import APIError, OpenAI, Stream
from openai.resources.chat.completions import Completions
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.credentials import ProviderCredentials
from ai_gateway.adapters.secrets import EnvironmentSecrets
from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.core.routing import Access
from ai_gateway.ports import Configuration
from ai_gateway.runtime.access import Surroundings, access_from, with_own_base_url
from ai_gateway.services.attempting import Attempts
from ai_gateway.services.authentication import Authenticator
from ai_gateway.services.gateway import Gateway
from ai_gateway.services.health import Health
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.shelf import Shelf
from ai_gateway.services.routes import Routes
from ai_gateway.web.app import GatewayApp, create_app
from ai_gateway.web.chat import ChatEndpoint
from tests.contract.replay.upstream import Call, Played, Upstream, serving
from tests.fakes import KEY, FakeCallers, FakePrompts, FakeRecords, FixedConfigurations

Json = dict[str, Any]

ROOTED = frozenset(("anthropic", "azure", "bedrock", "cohere", "google-ai-studio", "vertex"))
"""Providers whose base URL has no version in it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a call. `completion` is a whole answer, `chunks` a streamed one and `raw` its bytes; `error` is what
    the SDK raised, if it did. `call` is what the provider was asked, None if it was not. `dropped` are the parameters
    that the gateway says it left out.
    """

    call: Call | None
    dropped: str = ""
    completion: Json = field(default_factory=dict)
    chunks: list[Json] = field(default_factory=list)
    raw: bytes = b""
    error: APIError | None = None


@dataclass(slots=True)
class Stage:
    upstream: Upstream
    client: OpenAI
    tap: "Tap"

    def play(self, request: Mapping[str, Any], answer: Played) -> Replay:
        """Ask with the SDK for `request` (a chat completion) while the provider answers with `answer`."""
        self.upstream.next = answer
        self.upstream.calls.clear()
        self.tap.read.clear()
        known = {name: value for name, value in request.items() if name in _PARAMETERS}
        beside = {name: value for name, value in request.items() if name not in _PARAMETERS}
        chunks: list[Json] = []
        completion: Json = {}
        error: APIError | None = None
        try:
            given = self.client.chat.completions.create(**known, extra_body=beside)
            if isinstance(given, ChatCompletion):
                completion = given.to_dict()
            else:
                _read(given, chunks)
        except APIError as raised:
            error = raised
        assert len(self.upstream.calls) <= 1, "the provider was asked more than once"
        call = self.upstream.calls[0] if self.upstream.calls else None
        return Replay(call, self.tap.dropped, completion, chunks, b"".join(self.tap.read), error)


class Tap(httpx2.HTTPTransport):
    """Keeps the bytes of the last answer as the SDK read them."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[bytes] = []
        self.dropped = ""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        self.dropped = response.headers.get("gateway-dropped", "")
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Tapped(response.stream, self.read)
        return response


class _Tapped(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, read: list[bytes]) -> None:
        self._stream = stream
        self._read = read

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._read.append(piece)
            yield piece

    def close(self) -> None:
        self._stream.close()


@contextmanager
def stage() -> Iterator[Stage]:
    """Both servers in a thread of their own, and a client for the gateway."""
    upstream, tap = Upstream(), Tap()
    loop = asyncio.new_event_loop()
    ready: Future[str] = Future()
    done = asyncio.Event()

    async def run() -> None:
        async with _gateway(upstream) as url:
            ready.set_result(url)
            await done.wait()

    thread = Thread(target=lambda: loop.run_until_complete(run()), name="replay")
    thread.start()
    try:
        with (
            httpx2.Client(transport=tap) as http,
            OpenAI(base_url=f"{ready.result(10)}/v1", api_key=KEY, max_retries=0, http_client=http) as client,
        ):
            yield Stage(upstream, client, tap)
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def _gateway(upstream: Upstream) -> AsyncIterator[str]:
    async with serving(upstream) as providers:
        http = AiohttpUpstream(Reach(private=True))
        try:
            async with serving(_app(providers, http)) as url:
                yield url
        finally:
            await http.close()


def _environment(providers: str) -> dict[str, str]:
    """Every provider at its own path of the loopback server."""
    bases = {
        f"AI_GATEWAY_{name.upper().replace('-', '_')}_BASE_URL": f"{providers}/{name}"
        + ("" if name in ROOTED else "/v1")
        for name in PROVIDERS
    }
    return bases | {
        "AI_GATEWAY_AZURE_API_VERSION": "2024-12-01-preview",
        "AI_GATEWAY_VERTEX_PROJECT": "p",
        "AI_GATEWAY_VERTEX_LOCATION": "l",
    }


def _app(providers: str, http: AiohttpUpstream) -> GatewayApp:
    environment = _environment(providers)
    newer_azure = Deployment("v1", "azure", base_url=f"{providers}/azure/openai/v1")
    surroundings = Surroundings(environment, frozenset(), allow_private=True)
    ways = access_from(surroundings, PROVIDERS).providers
    configurations = FixedConfigurations(Configuration(Catalog.standard(), Access(ways, {newer_azure.id: newer_azure})))
    clock = SystemClock()
    credentials = ProviderCredentials(
        EnvironmentSecrets(environment, PROVIDERS), with_own_base_url(surroundings, PROVIDERS)
    )
    attempts = Attempts(http, credentials, clock, Health(clock, 0))
    authenticator = Authenticator(FakeCallers(), clock)
    prompts = PromptFinder(Shelf(FakePrompts(), clock))
    gateway = Gateway(authenticator, configurations, prompts, Routes(), attempts, FakeRecords(), clock)
    chat = ChatEndpoint(gateway, clock, largest_body=64 * 1024 * 1024, deadline=60)
    return create_app(chat, configurations, authenticator)


def _read(stream: Stream[ChatCompletionChunk], chunks: list[Json]) -> None:
    with stream:
        chunks.extend(chunk.to_dict() for chunk in stream)


_PARAMETERS = frozenset(inspect.signature(Completions.create).parameters) - {"self", "extra_body"}
