"""The pivot's request as a call of the Messages API."""

from urllib.parse import quote

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.dialects.anthropic import extras, thinking
from ai_gateway.core.dialects.anthropic.blocks import cache_point, mark_last, text_block
from ai_gateway.core.dialects.anthropic.conversation import Conversation, conversation
from ai_gateway.core.dialects.anthropic.families import Family, family_of
from ai_gateway.core.dialects.anthropic.output import shape_output
from ai_gateway.core.dialects.anthropic.sampling import sampling
from ai_gateway.core.dialects.anthropic.tools import toolbox
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.intents import max_output, stops
from ai_gateway.core.wire import JsonObject, dumps, mapping, present, text, texts

VERSION = "2023-06-01"
VERTEX_VERSION = "vertex-2023-10-16"


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Raises InvalidRequest for content that Claude does not read, and for Vertex without a project."""
    vertex = endpoint.provider.name == "vertex"
    family = family_of(endpoint.model_id)
    talk = conversation(request["messages"], late_system=family.late_system and not vertex)
    native = family.structured and not vertex
    box = toolbox(request, family, strict=native)
    limit = max_output(request)
    plan = thinking.plan(
        request,
        family,
        _default_limit(family, endpoint) if limit is None else limit,
        unbudgeted=box.forced or talk.headless,
    )
    format_, instruction = shape_output(request, family, box, native=native, forcible=not plan.budgeted)
    talk.system += [text_block(words) for words in (box.instruction, instruction) if words]
    settings, changed = sampling(request, family, thinking=plan.active)
    body: JsonObject = {
        **({"anthropic_version": VERTEX_VERSION} if vertex else {"model": endpoint.model_id}),
        "max_tokens": plan.max_tokens,
        "messages": [{"role": turn.role, "content": turn.content} for turn in talk.turns],
        **present(
            system=talk.system or None,
            tools=box.tools or None,
            tool_choice=box.choice,
            thinking=plan.thinking,
            output_config=_output_config(request, plan.effort, format_),
            stop_sequences=_stops(request) or None,
            metadata=_metadata(request),
            service_tier=None if vertex else _TIERS.get(text(request, "service_tier")),
            stream=True if request.get("stream") is True else None,
        ),
        **settings,
        **extras.native_fields(request),
    }
    _cache_automatically(body, request, talk, vertex=vertex)
    headers = {"content-type": "application/json"} | ({} if vertex else {"anthropic-version": VERSION})
    if betas := extras.betas(request, body):
        headers["anthropic-beta"] = ",".join(betas)
    lost = _lost(request, vertex=vertex) | talk.dropped | {*box.dropped, *plan.dropped, *changed}
    return UpstreamRequest(_path(request, endpoint), dumps(body), headers, tuple(sorted(lost)))


def _default_limit(family: Family, endpoint: Endpoint) -> int:
    return min(family.default_output, endpoint.max_output or family.default_output)


def _output_config(request: ChatRequest, effort: str | None, format_: JsonObject | None) -> JsonObject | None:
    """The caller's own wins over what follows from OpenAI's fields."""
    own = mapping(request, "output_config")
    if "output_format" in request:
        own = {"format": mapping(request, "output_format"), **own}
    return {**present(effort=effort, format=format_), **own} or None


def _stops(request: ChatRequest) -> list[str]:
    """White space alone is refused as a stop sequence."""
    return [stop for stop in [*stops(request), *texts(request, "stop_sequences")] if stop.strip()]


def _metadata(request: ChatRequest) -> JsonObject | None:
    user = text(mapping(request, "metadata"), "user_id") or text(request, "user") or text(request, "safety_identifier")
    return {"user_id": user} if user else None


def _cache_automatically(body: JsonObject, request: ChatRequest, talk: Conversation, *, vertex: bool) -> None:
    """Anthropic puts a cache point of the request's own on the last block that takes one; at Vertex it is done here."""
    point = cache_point(request)
    if not vertex:
        body |= point
    elif point:
        turns = [turn.content for turn in reversed(talk.turns)]
        any(mark_last(content, point) for content in (*turns, talk.system))


def _path(request: ChatRequest, endpoint: Endpoint) -> str:
    if endpoint.provider.name != "vertex":
        return "/v1/messages"
    project = endpoint.options.get("project")
    if not project:
        raise InvalidRequest(
            f"{endpoint.source} needs a Google Cloud project. Set the deployment's option 'project'.", param="model"
        )
    location = endpoint.options.get("location") or endpoint.options.get("region") or "global"
    place = f"projects/{quote(project, safe=':')}/locations/{quote(location, safe='')}"
    model = quote(endpoint.model_id.rpartition("/")[2], safe="-._~@")
    method = "streamRawPredict" if request.get("stream") is True else "rawPredict"
    return f"/v1/{place}/publishers/anthropic/models/{model}:{method}"


def _lost(request: ChatRequest, *, vertex: bool) -> set[str]:
    """What has no counterpart and would have changed something."""
    lost = {name for name, value in request.items() if name not in _CARRIED and value and value != _PLAIN.get(name)}
    if "seed" in request:
        lost.add("seed")
    if any(not stop.strip() for stop in stops(request)):
        lost.add("stop")
    tier = text(request, "service_tier")
    if tier and (tier not in _TIERS or vertex) and tier not in ("auto", "default"):
        lost.add("service_tier")
    return lost


_TIERS = {
    "auto": "auto",
    "priority": "auto",
    "default": "standard_only",
    "standard": "standard_only",
    "standard_only": "standard_only",
}
"""Anthropic gives priority to those who bought it, unless told not to."""

_PLAIN: dict[str, object] = {"n": 1, "modalities": ["text"]}
_CARRIED = frozenset(
    (
        "model",
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "top_k",
        "stop",
        "stop_sequences",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "functions",
        "function_call",
        "response_format",
        "output_config",
        "output_format",
        "verbosity",
        "service_tier",
        "user",
        "safety_identifier",
        "metadata",
        "store",
        "prompt_cache_key",
        "prompt_cache_retention",
        "cache_control",
        "plugins",
        "web_search_options",
        *thinking.WISHES,
        *extras.NATIVE,
        *extras.SPELLINGS,
    )
)
