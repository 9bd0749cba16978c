"""The gateway's ASGI application among fakes, called as a server calls it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ai_gateway.core.wire import dumps, loads
from ai_gateway.ports import UpstreamCall
from ai_gateway.web.app import GatewayApp, create_app
from ai_gateway.web.chat import ChatEndpoint
from tests.fakes import KEY, FakeResponse, FakeUpstream, World, access
from tests.provider_answers import streamed, whole

CHAT = "/v1/chat/completions"
LARGEST_BODY = 6 * 1024 * 1024

TARGETS = {
    "gpt-4o-mini/openai": "openai",
    "gpt-4o/azure": "openai",
    "deepseek-chat/deepseek": "openai",
    "mistral-small/mistral": "openai",
    "claude-sonnet-4/anthropic": "anthropic",
    "claude-sonnet-4/vertex": "anthropic",
    "gemini-2.5-flash/google-ai-studio": "gemini",
    "gemini-2.5-flash/vertex": "gemini",
    "claude-sonnet-4/bedrock": "bedrock",
    "nova-pro/bedrock": "bedrock",
    "command-a/cohere": "cohere",
}
"""Model strings that reach each dialect, some by more than one way."""

PROVIDERS = ("openai", "azure", "deepseek", "mistral", "anthropic", "vertex", "google-ai-studio", "bedrock", "cohere")


class Answering(FakeUpstream):
    """Gives every call the same answer."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        super().__init__([])
        self._body = body
        self._status = status

    async def post(self, call: UpstreamCall) -> FakeResponse:
        self.calls.append(call)
        return FakeResponse([self._body], self._status)


@dataclass(slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    raw_headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    @property
    def json(self) -> Any:
        return loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error, whose shape is OpenAI's."""
        error: dict[str, Any] = self.json["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert isinstance(error["message"], str)
        assert error["message"]
        assert isinstance(error["type"], str)
        return error


@dataclass(slots=True)
class Served:
    """One application and the world it stands in."""

    upstream: FakeUpstream = field(default_factory=lambda: Answering(whole("openai")))
    world: World = field(init=False)
    app: GatewayApp = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.upstream, access=access(*PROVIDERS))
        gateway = self.world.gateway
        chat = ChatEndpoint(gateway, self.world.clock, largest_body=LARGEST_BODY, deadline=900)
        self.app = create_app(chat, gateway.configurations, gateway.authenticator)

    async def __call__(
        self,
        body: bytes | Mapping[str, object] = b"",
        method: str = "POST",
        path: str = CHAT,
        headers: Mapping[str, str | bytes] | None = None,
        pieces: Sequence[bytes] | None = None,
    ) -> Response:
        """`headers` are added to a good key and content type; an empty value takes one away."""
        data = body if isinstance(body, bytes) else dumps(body)
        own: dict[str, str | bytes] = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        raw = [
            (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
            for name, value in {**own, **(headers or {})}.items()
            if value
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": raw,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        waiting = list(pieces or [data])
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not waiting:
                await asyncio.Event().wait()  # the caller stays
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, *rest = sent
        found = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], found, start["headers"], b"".join(part.get("body", b"") for part in rest))


def for_dialect(dialect: str, *, stream: bool) -> Answering:
    return Answering(streamed(dialect) if stream else whole(dialect))
