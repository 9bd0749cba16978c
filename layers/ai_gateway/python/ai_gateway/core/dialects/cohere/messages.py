"""The messages of a request as Cohere takes them."""

from collections.abc import Sequence
from typing import cast

from ai_gateway.core.chat import Message, ToolCall
from ai_gateway.core.content import Foreign, Media, Text, parts, plain_text
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import Json, JsonObject, mapping, present, text


def sent_messages(messages: Sequence[Message]) -> list[JsonObject]:
    """Raises InvalidRequest for media other than images."""
    sent: list[JsonObject] = []
    shown: list[JsonObject] = []  # images in tool results, which may hold only text: the user shows them after those
    for message in messages:
        if message.get("role") in ("tool", "function"):
            result, images = _tool_result(message)
            sent.append(result)
            shown += images
            continue
        sent += _shown(shown)
        shown = []
        sent.append(_sent(message))
    return sent + _shown(shown)


def _shown(images: list[JsonObject]) -> list[JsonObject]:
    return [{"role": "user", "content": images}] if images else []


def _sent(message: Message) -> JsonObject:
    match message.get("role"):
        case "assistant":
            return _assistant(message)
        case "system" | "developer":
            return {"role": "system", "content": plain_text(message)}
    return {"role": "user", "content": _content(message)}


def _content(message: Message) -> object:
    content = message.get("content")
    return content if isinstance(content, str) else [_part(part) for part in parts(message)]


def _part(part: Text | Media | Foreign) -> JsonObject:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Media(kind="image"):
            url = part.url or f"data:{part.media_type};base64,{part.data}"
            return {"type": "image_url", "image_url": {"url": url} | present(detail=part.detail)}
        case Media():
            raise InvalidRequest(
                f"Cohere takes text and images, and a message has a part of type {text(part.part, 'type')!r}. "
                "Send its text instead.",
                param="messages",
            )
    return part.part


def _assistant(message: Message) -> JsonObject:
    source = cast("Json", message)
    calls = [_call(call) for call in message.get("tool_calls") or ()]
    return {"role": "assistant"} | present(
        content=_said(message), tool_calls=calls or None, tool_plan=text(source, "tool_plan") or None
    )


def _said(message: Message) -> object:
    """Text alone as text; parts once there is earlier thinking to give back."""
    source = cast("Json", message)
    thought = text(source, "reasoning") or text(source, "reasoning_content")
    said = [_part(part) for part in parts(message) if not (isinstance(part, Text) and not part.text)]
    if thought:
        return [{"type": "thinking", "thinking": thought}, *said]
    content = message.get("content")
    return content or None if isinstance(content, str) else said or None


def _call(call: ToolCall) -> JsonObject:
    function = mapping(cast("Json", call), "function")
    return {
        "id": call.get("id"),
        "type": "function",
        "function": {"name": text(function, "name"), "arguments": text(function, "arguments", "{}") or "{}"},
    }


def _tool_result(message: Message) -> tuple[JsonObject, list[JsonObject]]:
    result: JsonObject = {"role": "tool", "tool_call_id": message.get("tool_call_id") or message.get("name") or ""}
    content = message.get("content")
    if content is None or isinstance(content, str):
        return result | {"content": content or ""}, []
    said = [_part(part) for part in parts(message)]
    images = [part for part in said if part.get("type") == "image_url"]
    return result | {"content": [part for part in said if part not in images]}, images
