"""Reasoning and native blocks of earlier answers: out to the caller, and back in on the next turn.

A thinking block counts only with its signature, and only for the provider that signed it: what other models thought, or
what lost its signature on the way, is left out. Source: https://platform.claude.com/docs/en/build-with-claude/thinking.
"""

from collections.abc import Iterable

from ai_gateway.core.chat import Message
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, text

FORMAT = "anthropic-claude-v1"
THINKING = frozenset(("thinking", "redacted_thinking"))
_ORDER = {"thinking": 0, "redacted_thinking": 0, "text": 1, "tool_use": 2}


def detail(block: Json, index: int) -> JsonObject:
    """A whole thinking block in OpenRouter's shape."""
    if text(block, "type") == "redacted_thinking":
        return {"type": "reasoning.encrypted", "data": text(block, "data"), "format": FORMAT, "index": index}
    return {
        "type": "reasoning.text",
        "text": text(block, "thinking"),
        "signature": text(block, "signature"),
        "format": FORMAT,
        "index": index,
    }


def thinking_blocks(message: Message) -> list[JsonObject]:
    """The thinking blocks that `reasoning_details` hold, or LiteLLM's `thinking_blocks`."""
    found = [_recalled(item) for item in _joined(objects(message, "reasoning_details"))]
    found = found or [_recalled(item) for item in objects(message, "thinking_blocks")]
    return [block for block in found if block is not None]


def native_content(blocks: Iterable[Json]) -> JsonObject | None:
    """`extra_content` for an answer whose blocks the message cannot spell: what hosted tools did, or another order."""
    content = list(blocks)
    ranks = [_ORDER.get(text(block, "type"), -1) for block in content]
    if -1 not in ranks and ranks == sorted(ranks):
        return None
    return {"anthropic": {"content": content}}


def recalled_content(message: Message) -> list[JsonObject]:
    """The blocks that `native_content` put into an earlier answer, without fields that are null."""
    content = objects(mapping(mapping(message, "extra_content"), "anthropic"), "content")
    return [{name: value for name, value in block.items() if value is not None} for block in content]


def _recalled(item: Json) -> JsonObject | None:
    if text(item, "format", FORMAT) != FORMAT:
        return None
    signature = text(item, "signature")
    match text(item, "type"):
        case "reasoning.text" if signature:
            return {"type": "thinking", "thinking": text(item, "text"), "signature": signature}
        case "" | "thinking" if signature:
            return {"type": "thinking", "thinking": text(item, "thinking"), "signature": signature}
        case "reasoning.encrypted" if item.get("format") == FORMAT:
            return {"type": "redacted_thinking", "data": text(item, "data")}
        case "redacted_thinking" if text(item, "data"):
            return {"type": "redacted_thinking", "data": text(item, "data")}
    return None


def _joined(details: list[JsonObject]) -> list[JsonObject]:
    """Details that were kept as they streamed come in pieces: text of one index, its signature last."""
    whole: list[JsonObject] = []
    for item in details:
        last = whole[-1] if whole else {}
        goes_on = text(item, "type") == text(last, "type") == "reasoning.text" and not last.get("signature")
        if goes_on and "index" in item and item["index"] == last.get("index"):
            whole[-1] = {**last, **item, "text": text(last, "text") + text(item, "text")}
        else:
            whole.append(item)
    return whole
