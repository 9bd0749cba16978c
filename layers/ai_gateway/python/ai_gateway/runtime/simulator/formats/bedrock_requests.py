"""How Bedrock's Converse reads a request, and what it refuses.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
"""

import re
from collections.abc import Iterator, Sequence

from ai_gateway.core.wire import Json, JsonObject, dumps_text, integer, mapping, objects, parse_object, text, texts
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

_MODEL = re.compile(r"/model/(.+)/converse(-stream)?$")
_OVERHEAD = 5


def read(request: Received) -> Prompt:
    match = _MODEL.search(request.route)
    model, streamed = (match[1], bool(match[2])) if match else ("", False)
    body = request.json
    messages = objects(body, "messages")
    _check(messages)
    tool_config, inference = mapping(body, "toolConfig"), mapping(body, "inferenceConfig")
    choice, forced = _tool_choice(mapping(tool_config, "toolChoice"))
    parts = list(_parts(body, messages))
    return Prompt(
        model=model,
        said=_said(messages),
        tokens=tokens_of_weight(sum(map(_weight, parts))) + _OVERHEAD,
        stream=streamed,
        tools=_tools(tool_config),
        choice=choice,
        forced=forced,
        results=_results(messages),
        schema=_schema(body),
        max_tokens=integer(inference, "maxTokens") or None,
        stops=tuple(texts(inference, "stopSequences")),
        reasons=_reasons(mapping(body, "additionalModelRequestFields")),
        prefixes=tuple(_prefixes(parts)),
    )


def _check(messages: Sequence[Json]) -> None:
    if not messages:
        raise invalid("The value at messages must not be empty.")
    if messages[0].get("role") != "user":
        raise invalid("A conversation must start with a user message. Try again with one.")
    for index, message in enumerate(messages):
        content = objects(message, "content")
        if not content:
            raise invalid(f"The content field in the Message object at messages.{index} is empty.")
        for block in content:
            _check_signature(mapping(mapping(block, "reasoningContent"), "reasoningText"), index)


def _check_signature(reasoning: Json, index: int) -> None:
    """Only a signature that is there is checked: not every model on Bedrock signs its reasoning."""
    proof = text(reasoning, "signature")
    if proof and proof != signature(text(reasoning, "text")):
        raise invalid(f"The signature of the reasoning in messages.{index} is not valid.")


def _said(messages: Sequence[Json]) -> str:
    users = [conversation.text_of(m.get("content")) for m in messages if m.get("role") == "user"]
    return next((said for said in reversed(users) if said), "")


def _tools(tool_config: Json) -> tuple[Tool, ...]:
    specs = [mapping(tool, "toolSpec") for tool in objects(tool_config, "tools") if "toolSpec" in tool]
    return tuple(Tool(text(spec, "name"), mapping(mapping(spec, "inputSchema"), "json")) for spec in specs)


def _tool_choice(choice: Json) -> tuple[ToolChoice, str | None]:
    if "tool" in choice:
        return "required", text(mapping(choice, "tool"), "name")
    return ("required" if "any" in choice else "auto"), None


def _results(messages: Sequence[Json]) -> tuple[ToolResult, ...]:
    names = {
        text(use, "toolUseId"): text(use, "name")
        for message in messages
        for use in (mapping(block, "toolUse") for block in objects(message, "content"))
    }
    results = [mapping(block, "toolResult") for block in objects(messages[-1], "content") if "toolResult" in block]
    return tuple(ToolResult(names.get(text(r, "toolUseId"), "The tool"), _result(r)) for r in results)


def _result(result: Json) -> str:
    values = [dumps_text(block["json"]) for block in objects(result, "content") if "json" in block]
    return "\n".join(filter(None, [conversation.text_of(result.get("content")), *values]))


def _schema(body: Json) -> JsonObject | None:
    form = mapping(mapping(body, "outputConfig"), "textFormat")
    if text(form, "type") != "json_schema":
        return None
    return parse_object(text(mapping(mapping(form, "structure"), "jsonSchema"), "schema")) or {}


def _reasons(fields: Json) -> bool:
    """Each author's own way to ask for it: Anthropic's, DeepSeek's and Nova's, OpenAI's."""
    configs = (mapping(fields, key) for key in ("thinking", "reasoning_config", "reasoningConfig"))
    asked = any(text(config, "type") in ("enabled", "adaptive") for config in configs)
    return asked or bool(text(fields, "reasoning_effort"))


def _parts(body: Json, messages: Sequence[Json]) -> Iterator[JsonObject]:
    """In the order in which a prefix grows: tools, system, messages."""
    yield from objects(mapping(body, "toolConfig"), "tools")
    yield from objects(body, "system")
    for message in messages:
        yield from objects(message, "content")


def _weight(part: JsonObject) -> int:
    return len(dumps_text(part)) if "toolSpec" in part else weight_of(part)


def _prefixes(parts: Sequence[JsonObject]) -> Iterator[Prefix]:
    digest, weight = "", 0
    for part in parts:
        if "cachePoint" in part:
            yield Prefix(digest, tokens_of_weight(weight), hour=text(mapping(part, "cachePoint"), "ttl") == "1h")
        else:
            digest, weight = hexadecimal(digest + dumps_text(part), 32), weight + _weight(part)
