"""What an answer says, whole or in a delta: text as text, and reasoning where clients look for it."""

from ai_gateway.core.wire import Json, JsonObject, mapping, objects, text


def repair_text(message: JsonObject) -> None:
    """Works on a message and on a delta."""
    if isinstance(message.get("content"), list):
        _flatten(message)
    spoken = message.get("reasoning")
    written = message.get("reasoning_content")
    if isinstance(spoken, str):
        if not isinstance(written, str):
            message["reasoning_content"] = spoken
    elif isinstance(written, str):
        message["reasoning"] = written
    elif message.get("reasoning_details"):
        thought = "".join(_thought(detail) for detail in objects(message, "reasoning_details"))
        if thought:
            message["reasoning"] = message["reasoning_content"] = thought


def _flatten(message: JsonObject) -> None:
    """Mistral's reasoning models answer with parts: `{"type": "thinking", "thinking": [text parts]}` and text.

    Parts of other types (references to documents) are kept in `extra_content`.
    """
    said: list[str] = []
    thought: list[str] = []
    others: list[JsonObject] = []
    for part in objects(message, "content"):
        match part.get("type"):
            case "text" | "output_text":
                said.append(text(part, "text"))
            case "thinking" | "reasoning":
                thought.append(_part_thought(part))
            case _:
                others.append(part)
    message["content"] = "".join(said) if said or not thought else None
    if thought:
        message["reasoning_content"] = "".join(thought)
    if others:
        message["extra_content"] = mapping(message, "extra_content") | {"parts": others}


def _part_thought(part: Json) -> str:
    inner = "".join(text(piece, "text") for piece in objects(part, "thinking"))
    return inner or text(part, "thinking") or text(part, "text")


def _thought(detail: Json) -> str:
    return text(detail, "text") or text(detail, "summary")
