"""Requests and answers of the bedrock dialect, as its tests write them. What is encoded must please AWS's own client."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.model import ServiceModel
from botocore.session import Session
from botocore.validate import ParamValidator

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import ReplyContext, UpstreamRequest
from ai_gateway.core.dialects.bedrock import DIALECT
from ai_gateway.core.eventstream import encode as event_message

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def endpoint(model: str, name: str | None = None) -> Endpoint:
    return Endpoint(name or model, Provider("bedrock", "Bedrock", "", dialect="bedrock"), model, "")


@pytest.fixture(scope="session")
def service() -> ServiceModel:
    model: ServiceModel = Session().get_service_model("bedrock-runtime")
    return model


@pytest.fixture
def encoded(service: ServiceModel) -> Callable[..., UpstreamRequest]:
    """Encodes a request: `encoded(model, **fields)`."""

    def encode(model: str = SONNET, *, name: str | None = None, **fields: Any) -> UpstreamRequest:
        request: Any = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields}
        upstream = DIALECT.encode(request, endpoint(model, name))
        shape: Any = service.operation_model("ConverseStream").input_shape
        report = ParamValidator().validate({**json.loads(upstream.body), "modelId": model}, shape)
        assert not report.has_errors(), report.generate_report()
        return upstream

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
    def build(model: str = SONNET, **fields: Any) -> ReplyContext:
        request: ChatRequest = {"model": model, "messages": [], **fields}  # type: ignore[typeddict-item]
        return ReplyContext(request, endpoint(model), "chatcmpl-1", 1_700_000_000)

    return build


@pytest.fixture
def answered(context: Callable[..., ReplyContext]) -> Callable[..., dict[str, Any]]:
    """Decodes a whole answer of these blocks; the keywords are fields of the request."""

    def decode(
        *content: Any, stop: str = "end_turn", model: str = SONNET, beside: Any = None, **fields: Any
    ) -> dict[str, Any]:
        usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
        answer = {"output": {"message": {"content": content}}, "stopReason": stop, "usage": usage, **(beside or {})}
        return dict(DIALECT.decode(json.dumps(answer).encode(), context(model, **fields)))

    return decode


def event(kind: str, payload: Any) -> bytes:
    return event_message({":message-type": "event", ":event-type": kind}, json.dumps(payload).encode())


def stream(*events: tuple[str, Any], stop: str = "end_turn", beside: Any = None) -> bytes:
    """The bytes of a whole stream with these events in it."""
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
    ending = (("messageStop", {"stopReason": stop}), ("metadata", {"usage": usage, **(beside or {})}))
    return b"".join(event(*pair) for pair in (("messageStart", {"role": "assistant"}), *events, *ending))


@pytest.fixture
def streamed(context: Callable[..., ReplyContext]) -> Callable[..., list[dict[str, Any]]]:
    """Decodes a whole stream with these events in it; the keywords are fields of the request."""

    def decode(
        *events: tuple[str, Any], stop: str = "end_turn", model: str = SONNET, beside: Any = None, **fields: Any
    ) -> list[dict[str, Any]]:
        decoder = DIALECT.decoder(context(model, **fields))
        body = stream(*events, stop=stop, beside=beside)
        return [dict(chunk) for chunk in (*decoder.feed(body), *decoder.close())]

    return decode
