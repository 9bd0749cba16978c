"""How Anthropic's Messages API reads a request, and what it refuses.

Source: https://platform.claude.com/docs/en/api/messages.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ai_gateway.core.wire import Json, JsonObject, dumps_text, flag, integer, mapping, objects, text, texts, without
from ai_gateway.runtime.simulator.failures import invalid
from ai_gateway.runtime.simulator.formats import conversation
from ai_gateway.runtime.simulator.identifiers import hexadecimal, signature
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import (
    Prefix,
    Prompt,
    Tool,
    ToolChoice,
    ToolResult,
    tokens_of_weight,
    weight_of,
)

_VERTEX_MODEL = re.compile(r"/publishers/anthropic/models/([^/:]+):(stream)?[rR]awPredict$")
_MEMBERS = (
    frozenset(("model", "messages", "system", "max_tokens", "stream", "metadata", "service_tier", "inference_geo"))
    | frozenset(
        ("temperature", "top_k", "top_p", "stop_sequences", "thinking", "speed", "output_config", "output_format")
    )
    | frozenset(("tools", "tool_choice", "mcp_servers", "container", "context_management", "cache_control", "speed"))
    | frozenset(("anthropic_version", "anthropic_beta", "betas", "diagnostics", "fallbacks", "user_profile_id"))
)
_OVERHEAD = 7


def read(request: Received) -> Prompt:
    body = request.json
    on_vertex = _VERTEX_MODEL.search(request.route)
    model = on_vertex[1] if on_vertex else text(body, "model")
    _check(body, model)
    messages = objects(body, "messages")
    sections = list(_sections(body, messages))
    choice, forced = _tool_choice(mapping(body, "tool_choice"))
    return Prompt(
        model=model,
        said=_said(messages),
        tokens=tokens_of_weight(sum(section.weight for section in sections)) + _OVERHEAD,
        stream=flag(body, "stream") or bool(on_vertex and on_vertex[2]),
        tools=tuple(
            Tool(text(t, "name"), mapping(t, "input_schema")) for t in objects(body, "tools") if "input_schema" in t
        ),
        choice=choice,
        forced=forced,
        parallel=not flag(mapping(body, "tool_choice"), "disable_parallel_tool_use"),
        results=_results(messages),
        schema=_schema(body),
        max_tokens=integer(body, "max_tokens"),
        stops=tuple(texts(body, "stop_sequences")),
        reasons=text(mapping(body, "thinking"), "type") in ("enabled", "adaptive"),
        prefixes=tuple(_prefixes(sections)),
    )


def _check(body: Json, model: str) -> None:
    missing = [key for key in ("max_tokens", "messages") if key not in body] + ([] if model else ["model"])
    if missing:
        raise invalid(f"{missing[0]}: Field required")
    for key in body:
        if key not in _MEMBERS:
            raise invalid(f"{key}: Extra inputs are not permitted")
    messages = objects(body, "messages")
    if not messages:
        raise invalid("messages: at least one message is required")
    for index, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant", "system"):
            raise invalid(f"messages.{index}.role: Input should be 'user' or 'assistant'")
        _check_signatures(message, index)


def _check_signatures(message: Json, index: int) -> None:
    for position, block in enumerate(objects(message, "content")):
        if block.get("type") == "thinking" and text(block, "signature") != signature(text(block, "thinking")):
            raise invalid(f"messages.{index}.content.{position}: Invalid `signature` in `thinking` block")


def _said(messages: Sequence[Json]) -> str:
    """The last user message that has text: tool results are user messages too."""
    spoken = [conversation.text_of(message.get("content")) for message in messages if message.get("role") == "user"]
    return next((said for said in reversed(spoken) if said), "")


def _results(messages: Sequence[Json]) -> tuple[ToolResult, ...]:
    names = {
        text(block, "id"): text(block, "name")
        for message in messages
        for block in objects(message, "content")
        if block.get("type") == "tool_use"
    }
    results = [block for block in objects(messages[-1], "content") if block.get("type") == "tool_result"]
    return tuple(
        ToolResult(names.get(text(result, "tool_use_id"), "The tool"), conversation.text_of(result.get("content")))
        for result in results
    )


def _tool_choice(choice: Json) -> tuple[ToolChoice, str | None]:
    match text(choice, "type"):
        case "none":
            return "none", None
        case "any":
            return "required", None
        case "tool":
            return "required", text(choice, "name")
        case _:
            return "auto", None


def _schema(body: Json) -> JsonObject | None:
    form = mapping(mapping(body, "output_config"), "format") or mapping(body, "output_format")
    return mapping(form, "schema") if text(form, "type") == "json_schema" else None


class _Section(NamedTuple):
    """A tool or a content block: its text, what it weighs, and the cache breakpoint at its end."""

    content: str
    weight: int
    cache: JsonObject


def _sections(body: Json, messages: Sequence[Json]) -> Iterator[_Section]:
    """In the order in which a prefix grows: tools, system, messages; the body's own `cache_control` marks the last."""
    parts = [*objects(body, "tools"), *_blocks(body.get("system"))]
    for message in messages:
        parts += _blocks(message.get("content"))
    whole = mapping(body, "cache_control")
    for index, part in enumerate(parts):
        cache = mapping(part, "cache_control") or (whole if index == len(parts) - 1 else {})
        content = dumps_text(without(part, ("cache_control",)))
        yield _Section(content, len(content) if "input_schema" in part else weight_of(part), cache)


def _blocks(content: object) -> list[JsonObject]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _prefixes(sections: Sequence[_Section]) -> Iterator[Prefix]:
    digest, weight = "", 0
    for section in sections:
        digest, weight = hexadecimal(digest + section.content, 32), weight + section.weight
        if section.cache:
            yield Prefix(digest, tokens_of_weight(weight), hour=text(section.cache, "ttl") == "1h")
