"""Reasoning and hosted tools of earlier answers: out to the caller, and back in on the next turn.

Claude's signatures are the same at every host, so what it thought at Anthropic goes on at Bedrock and the other way
round: the details are in the format that the anthropic dialect writes. Bedrock has Claude's redacted thinking as bytes.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from ai_gateway.core.chat import Message
from ai_gateway.core.claude import memory
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, text, without

HOSTED = "server_tool_use"


def details(reasoning: list[JsonObject], family: Family) -> list[JsonObject]:
    """`reasoning_details` of the `reasoningContent` blocks that cannot be told by their text alone."""
    found = []
    for index, block in enumerate(reasoning):
        native = _thinking(block)
        if native is not None:
            found.append(memory.detail(native, index) | ({} if family.claude else {"format": "unknown"}))
    return found


def reasoning_blocks(message: Message, family: Family) -> list[JsonObject]:
    """The blocks that `reasoning_details` hold, for Claude alone: other models refuse reasoning in their input."""
    if family.claude is None:
        return []
    return [reasoning_block(block) for block in memory.thinking_blocks(message)]


def reasoning_block(block: Json) -> JsonObject:
    """Anthropic's thinking block as Converse's."""
    if text(block, "type") == "redacted_thinking":
        return {"reasoningContent": {"redactedContent": b64encode(text(block, "data").encode()).decode()}}
    said = {"text": text(block, "thinking"), "signature": text(block, "signature")}
    return {"reasoningContent": {"reasoningText": said}}


def hosted_content(blocks: list[JsonObject], family: Family) -> JsonObject | None:
    """`extra_content` for an answer in which hosted tools ran, which a message cannot spell."""
    if not any("toolResult" in block or text(mapping(block, "toolUse"), "type") == HOSTED for block in blocks):
        return None
    return {"bedrock": {"author": family.author, "content": blocks}}


def recalled_content(message: Message, family: Family) -> list[JsonObject]:
    """The blocks that `hosted_content` put into an earlier answer, if a model of the same author gave it.

    The caller's own calls come with a type that requests may not have.
    """
    carrier = mapping(mapping(message, "extra_content"), "bedrock")
    if text(carrier, "author") != family.author:
        return []
    content: list[JsonObject] = []
    for block in objects(carrier, "content"):
        use = mapping(block, "toolUse")
        content.append({"toolUse": without(use, ("type",))} if use and text(use, "type") != HOSTED else block)
    return content


def _thinking(block: Json) -> JsonObject | None:
    """Converse's block as Anthropic's; None when it has neither signature nor redacted content."""
    reasoning = mapping(block, "reasoningContent")
    if redacted := text(reasoning, "redactedContent"):
        return {"type": "redacted_thinking", "data": _opened(redacted)}
    said = mapping(reasoning, "reasoningText")
    if not text(said, "signature"):
        return None
    return {"type": "thinking", "thinking": text(said, "text"), "signature": text(said, "signature")}


def _opened(redacted: str) -> str:
    try:
        return b64decode(redacted, validate=True).decode()
    except (Base64Error, ValueError):
        return redacted
