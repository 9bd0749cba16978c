"""What goes to an OpenAI-compatible provider: the caller's request with as little changed as its endpoint demands."""

from typing import cast

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.wire import JsonObject, dumps, mapping

GATEWAY_FIELDS = frozenset(("helicone", "prompt_id", "version_id", "environment", "inputs"))


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    provider = endpoint.provider
    body = cast(
        "JsonObject",
        {key: value for key, value in request.items() if key not in GATEWAY_FIELDS and key not in provider.drops},
    )
    dropped = tuple(sorted(provider.drops & request.keys()))
    body["model"] = endpoint.model_id
    for old, new in provider.renames.items():
        if old in body:
            body.setdefault(new, body.pop(old))
    if body.get("stream") is True:
        body["stream_options"] = mapping(body, "stream_options") | {"include_usage": True}
    return UpstreamRequest(path=provider.path, body=dumps(body), dropped=dropped)
