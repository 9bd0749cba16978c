"""Requests and answers of the gemini dialect, as its tests write them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import ReplyContext, UpstreamRequest
from ai_gateway.core.dialects.gemini import DIALECT


def endpoint(model: str, provider: str, **options: str) -> Endpoint:
    return Endpoint(model, Provider(provider, provider, "", dialect="gemini"), model, "", options=options)


@pytest.fixture
def encoded() -> Callable[..., UpstreamRequest]:
    """Encodes a request: `encoded(model, provider, options, **fields)`."""

    def encode(
        model: str = "gemini-3-flash-preview",
        provider: str = "google-ai-studio",
        options: dict[str, str] | None = None,
        **fields: Any,
    ) -> UpstreamRequest:
        request: Any = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields}
        return DIALECT.encode(request, endpoint(model, provider, **(options or {})))

    return encode


@pytest.fixture
def sent(encoded: Callable[..., UpstreamRequest]) -> Callable[..., dict[str, Any]]:
    """The body that a request is encoded to."""

    def body(*args: Any, **fields: Any) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(encoded(*args, **fields).body)
        return parsed

    return body


@pytest.fixture
def context() -> Callable[..., ReplyContext]:
    def build(model: str = "gemini-3-flash-preview", provider: str = "google-ai-studio", **fields: Any) -> ReplyContext:
        request: ChatRequest = {"model": model, "messages": [], **fields}  # type: ignore[typeddict-item]
        return ReplyContext(request, endpoint(model, provider), "chatcmpl-1", 1_700_000_000)

    return build


@pytest.fixture
def answered(context: Callable[..., ReplyContext]) -> Callable[..., dict[str, Any]]:
    """Decodes a whole answer; the keywords are fields of the request."""

    def decode(response: Any, model: str = "gemini-3-flash-preview", **fields: Any) -> dict[str, Any]:
        return dict(DIALECT.decode(json.dumps(response).encode(), context(model, **fields)))

    return decode


@pytest.fixture
def streamed(context: Callable[..., ReplyContext]) -> Callable[..., list[dict[str, Any]]]:
    """Decodes a stream of events."""

    def decode(*events: Any, model: str = "gemini-3-flash-preview") -> list[dict[str, Any]]:
        decoder = DIALECT.decoder(context(model))
        body = b"".join(b"data: " + json.dumps(event).encode() + b"\r\n\r\n" for event in events)
        return [dict(chunk) for chunk in (*decoder.feed(body), *decoder.close())]

    return decode
