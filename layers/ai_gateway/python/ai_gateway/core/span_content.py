"""Messages as OpenTelemetry's conventions for generative AI write them into spans: JSON of messages of parts.

Schemas: https://github.com/open-telemetry/semantic-conventions/tree/main/docs/gen-ai (gen-ai-input-messages.json,
gen-ai-output-messages.json). Pictures and sound are named and not repeated.
"""

from collections.abc import Iterator

from ai_gateway.core.wire import Json, JsonObject, TooDeep, dumps_text, mapping, objects, parse_object, text


def input_messages(body: bytes | None) -> str | None:
    """Of a request's body; None where it has none."""
    asked = objects(parse_object(body) or {}, "messages") if body is not None else []
    return _written([{"role": text(message, "role", "user"), "parts": [*_parts(message)]} for message in asked])


def output_messages(body: bytes | None) -> str | None:
    """Of an answer's body; None where it has none."""
    choices = objects(parse_object(body) or {}, "choices") if body is not None else []
    return _written(
        [
            {
                "role": text(message := mapping(choice, "message"), "role", "assistant"),
                "parts": [*_parts(message)],
                "finish_reason": text(choice, "finish_reason"),
            }
            for choice in choices
        ]
    )


def _written(messages: list[JsonObject]) -> str | None:
    try:
        return dumps_text(messages) if messages else None
    except TooDeep:
        return None


def _parts(message: Json) -> Iterator[JsonObject]:
    if message.get("role") == "tool":
        result = message.get("content")
        yield {"type": "tool_call_response", "id": text(message, "tool_call_id"), "response": result}
        return
    if reasoning := text(message, "reasoning"):
        yield {"type": "reasoning", "content": reasoning}
    if said := text(message, "content"):
        yield {"type": "text", "content": said}
    for part in objects(message, "content"):
        kind = text(part, "type")
        yield {"type": "text", "content": text(part, "text")} if kind == "text" else {"type": kind or "unknown"}
    for call in objects(message, "tool_calls"):
        function = mapping(call, "function")
        arguments = text(function, "arguments")
        yield {
            "type": "tool_call",
            "id": text(call, "id"),
            "name": text(function, "name"),
            "arguments": parse_object(arguments) or arguments,
        }
