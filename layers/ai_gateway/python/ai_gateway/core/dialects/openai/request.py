"""What goes to an OpenAI-compatible provider: the caller's request with as little changed as its endpoint demands."""

from typing import cast

from ai_gateway.core.catalog.accents import Accent
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.dialects.openai.address import path_and_model
from ai_gateway.core.dialects.openai.history import sent_messages
from ai_gateway.core.dialects.openai.wishes import spell_reasoning
from ai_gateway.core.wire import Json, JsonObject, dumps, mapping, objects, without

# What callers tell the gateway, not the provider.
_GATEWAY_FIELDS = frozenset(("helicone", "prompt_id", "version_id", "environment", "inputs"))


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """The path depends on the endpoint's options `deployment` and `api_version` where the provider's row names them."""
    provider = endpoint.provider
    accent = provider.accent_of(endpoint.model_id)
    path, model = path_and_model(endpoint)
    body = without(request, _GATEWAY_FIELDS)
    body["model"] = model
    dropped = spell_reasoning(body, accent)
    for old, new in (*provider.renames.items(), *accent.renames.items()):
        if old in body:
            value = body.pop(old)
            body.setdefault(new, value)
    dropped += _leave_out(body, provider.drops if accent.plugins else provider.drops | {"plugins"})
    body["messages"] = sent_messages(request.get("messages") or [], accent)
    if not accent.cache_control:
        _forget_caching(body)
    _ask_for_usage(body, accent)
    return UpstreamRequest(path=path, body=dumps(body), dropped=tuple(sorted(dropped)))


def _leave_out(body: JsonObject, names: frozenset[str]) -> list[str]:
    found = [name for name in names if name in body]
    for name in found:
        del body[name]
    return found


def _forget_caching(body: JsonObject) -> None:
    body.pop("cache_control", None)
    if "tools" in body:
        body["tools"] = [_without_mark(tool) for tool in objects(body, "tools")]


def _without_mark(tool: JsonObject) -> JsonObject:
    function = mapping(tool, "function")
    if "cache_control" in function:
        tool = tool | {"function": without(function, ("cache_control",))}
    return without(tool, ("cache_control",)) if "cache_control" in tool else tool


def _ask_for_usage(body: JsonObject, accent: Accent) -> None:
    """What a stream cost is always known, whoever asked."""
    if not accent.stream_usage:
        body.pop("stream_options", None)
    elif cast("Json", body).get("stream") is True:
        body["stream_options"] = mapping(body, "stream_options") | {"include_usage": True}
