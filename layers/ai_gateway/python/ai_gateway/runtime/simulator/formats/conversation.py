"""Messages as OpenAI and Cohere write them: roles, content parts, tool calls, tool results, tools."""

from collections.abc import Sequence

from ai_gateway.core.wire import Json, JsonObject, dumps_text, mapping, objects, text
from ai_gateway.runtime.simulator.prompts import Tool, ToolResult, tokens_of_weight, weight_of

_MESSAGE_TOKENS = 3


def said_in(messages: Sequence[Json]) -> str:
    """The text of the last user message."""
    users = [message for message in messages if message.get("role") == "user"]
    return text_of(users[-1].get("content")) if users else ""


def text_of(content: object) -> str:
    """Text content, or the text of its parts, one a line."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(text(part, "text") for part in parts if isinstance(part, dict) and "text" in part)


def results_in(messages: Sequence[Json]) -> tuple[ToolResult, ...]:
    """The tool results after the last assistant message, with the names of the functions that they answer."""
    trailing: list[Json] = []
    for message in reversed(messages):
        if message.get("role") not in ("tool", "function"):
            break
        trailing.insert(0, message)
    names = {
        text(call, "id"): text(mapping(call, "function"), "name")
        for message in messages
        for call in objects(message, "tool_calls")
    }
    return tuple(_result(message, names) for message in trailing)


def tools_in(body: Json) -> tuple[Tool, ...]:
    """The functions of `tools`; tools of other types have no schema to answer by."""
    functions = [mapping(tool, "function") for tool in objects(body, "tools")]
    return tuple(Tool(text(function, "name"), mapping(function, "parameters")) for function in functions if function)


def tokens_in(body: Json) -> int:
    """What messages and tools weigh."""
    messages = objects(body, "messages")
    tools: list[JsonObject] = objects(body, "tools")
    weight = weight_of(messages) + (len(dumps_text(tools)) if tools else 0)
    return tokens_of_weight(weight) + _MESSAGE_TOKENS * (len(messages) + 1)


def _result(message: Json, names: dict[str, str]) -> ToolResult:
    content = message.get("content")
    name = names.get(text(message, "tool_call_id")) or text(message, "name", "The tool")
    return ToolResult(name, text_of(content) or dumps_text(content))
