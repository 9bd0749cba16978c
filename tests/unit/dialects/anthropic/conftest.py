"""What these tests share: an endpoint, and both directions through the dialect."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.anthropic import DIALECT

HELLO = [{"role": "user", "content": "Hello"}]


@dataclass(frozen=True)
class Sent:
    body: dict[str, Any]
    path: str
    headers: dict[str, str]
    dropped: tuple[str, ...]


def endpoint_of(model: str, provider: str, **fields: Any) -> Endpoint:
    return Endpoint(model, Provider(provider, provider, "", dialect="anthropic"), model, "", **fields)


@pytest.fixture
def send() -> Callable[..., Sent]:
    """Encodes a request, which says hello unless it has messages of its own."""

    def encode(
        request: dict[str, Any], model: str = "claude-sonnet-4-5", provider: str = "anthropic", **fields: Any
    ) -> Sent:
        whole = cast("ChatRequest", {"model": "m", "messages": HELLO, **request})
        upstream = DIALECT.encode(whole, endpoint_of(model, provider, **fields))
        return Sent(json.loads(upstream.body), upstream.path, dict(upstream.headers), upstream.dropped)

    return encode


@pytest.fixture
def receive() -> Callable[..., dict[str, Any]]:
    """Decodes a message of these blocks."""

    def decode(content: list[Any], request: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": "msg_1",
            "type": "message",
            "model": "claude-x",
            "content": content,
            "stop_reason": "end_turn",
        }
        message |= {"usage": {"input_tokens": 3, "output_tokens": 5}, **fields}
        return cast("dict[str, Any]", DIALECT.decode(json.dumps(message).encode(), context_of(request)))

    return decode


@pytest.fixture
def stream() -> Callable[..., list[dict[str, Any]]]:
    """The chunks of these events, between a start and a stop; `end` is the stop reason."""

    def decode(
        events: list[dict[str, Any]], request: dict[str, Any] | None = None, end: str = "end_turn", **delta: Any
    ) -> list[dict[str, Any]]:
        usage = {"input_tokens": 3, "output_tokens": 1}
        first: dict[str, Any] = {"id": "msg_1", "model": "claude-x", "content": [], "usage": usage}
        last = {"type": "message_delta", "delta": {"stop_reason": end, **delta}, "usage": {"output_tokens": 5}}
        whole = [{"type": "message_start", "message": first}, *events, last, {"type": "message_stop"}]
        decoder = DIALECT.decoder(context_of(request))
        return cast("list[dict[str, Any]]", [*decoder.feed(sse(whole)), *decoder.close()])

    return decode


def context_of(request: dict[str, Any] | None) -> ReplyContext:
    whole = cast("ChatRequest", {"model": "m", "messages": HELLO, **(request or {})})
    return ReplyContext(whole, endpoint_of("claude-sonnet-4-5", "anthropic"), "chatcmpl-1", 1_700_000_000)


def sse(events: list[dict[str, Any]]) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)
