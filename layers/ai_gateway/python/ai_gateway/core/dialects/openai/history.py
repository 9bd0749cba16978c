"""The messages of a request in the form that the provider takes: roles, earlier reasoning, cache marks, documents.

Most messages go through as they came, and as the same object.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from ai_gateway.core.catalog.accents import Accent
from ai_gateway.core.chat import Message
from ai_gateway.core.wire import Json, JsonObject, items, mapping, objects, text, without

_REASONING = ("reasoning", "reasoning_content", "reasoning_details")
_CALL_FIELDS = frozenset(("id", "type", "function"))


def sent_messages(messages: Sequence[Message], accent: Accent) -> list[JsonObject]:
    return [_sent(cast("JsonObject", message), accent) for message in messages]


def _sent(message: JsonObject, accent: Accent) -> JsonObject:
    if message.get("role") == "developer" and not accent.developer_role:
        message = message | {"role": "system"}
    if accent.history != "as_given" and not message.keys().isdisjoint(_REASONING):
        message = _with_reasoning(message, accent)
    if not accent.cache_control:
        message = _without_marks(message)
    if accent.message_fields is not None:
        message = _trimmed(message, accent.message_fields)
    if accent.document_parts and isinstance(message.get("content"), list):
        message = message | {"content": [_document(part) for part in items(message, "content")]}
    return message


def _with_reasoning(message: JsonObject, accent: Accent) -> JsonObject:
    """Keep an earlier answer's reasoning in the one place where the provider looks for it.

    DeepSeek and Moonshot insist on the field even where it is empty.
    """
    thought = text(message, "reasoning") or text(message, "reasoning_content")
    told = isinstance(message.get("reasoning"), str) or isinstance(message.get("reasoning_content"), str)
    details = objects(message, "reasoning_details")
    rest = without(message, _REASONING)
    match accent.history:
        case "reasoning_content" if told:
            return rest | {"reasoning_content": thought}
        case "reasoning" if thought:
            return rest | {"reasoning": thought}
        case "reasoning_details" if details:
            return rest | {"reasoning_details": details}
        case "reasoning_details" if thought:
            return rest | {"reasoning": thought}
        case "thinking_parts" if thought:
            return rest | {"content": [_thinking_part(thought), *_as_parts(message.get("content"))]}
    return rest


def _thinking_part(thought: str) -> JsonObject:
    return {"type": "thinking", "thinking": [{"type": "text", "text": thought}]}


def _as_parts(content: object) -> list[object]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _without_marks(message: JsonObject) -> JsonObject:
    if "cache_control" in message:
        message = without(message, ("cache_control",))
    for key in ("content", "tool_calls"):
        parts = message.get(key)
        if isinstance(parts, list) and any(isinstance(part, dict) and "cache_control" in part for part in parts):
            message = message | {key: [_without_mark(part) for part in parts]}
    return message


def _without_mark(part: object) -> object:
    return without(part, ("cache_control",)) if isinstance(part, Mapping) else part


def _trimmed(message: JsonObject, allowed: frozenset[str]) -> JsonObject:
    """Leave out what an answer had and a request may not: annotations, refusals, other providers' own fields."""
    if not message.keys() <= allowed:
        message = {key: value for key, value in message.items() if key in allowed}
    calls = message.get("tool_calls")
    if isinstance(calls, list) and any(isinstance(call, dict) and not call.keys() <= _CALL_FIELDS for call in calls):
        message = message | {"tool_calls": [_trimmed_call(call) for call in objects(message, "tool_calls")]}
    return message


def _trimmed_call(call: Json) -> JsonObject:
    return {key: value for key, value in call.items() if key in _CALL_FIELDS}


def _document(part: object) -> object:
    """OpenAI's `file` part as Mistral's `document_url`; one that names an uploaded file stays."""
    if not isinstance(part, dict) or part.get("type") != "file":
        return part
    file = mapping(part, "file")
    data = text(file, "file_data")
    if not data:
        return part
    named = {"document_name": file["filename"]} if file.get("filename") else {}
    url = data if ":" in data[:12] else f"data:application/pdf;base64,{data}"
    return {"type": "document_url", "document_url": url, **named}
