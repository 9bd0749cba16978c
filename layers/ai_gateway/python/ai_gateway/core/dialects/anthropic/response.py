"""A whole message as the pivot's completion."""

from typing import cast

from ai_gateway.core.chat import ChatCompletion, ChatRequest, FinishReason, Message, ToolCall
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.anthropic.citations import annotation
from ai_gateway.core.dialects.anthropic.failures import reported
from ai_gateway.core.dialects.anthropic.fence import FenceStripper
from ai_gateway.core.dialects.anthropic.memory import THINKING, detail, native_content
from ai_gateway.core.dialects.anthropic.metering import service_tier, usage_of
from ai_gateway.core.dialects.anthropic.output import answer_tool
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.intents import output_shape, reasoning
from ai_gateway.core.wire import Json, JsonObject, dumps_text, mapping, objects, parse_object, text


def decode(body: bytes, context: ReplyContext) -> ChatCompletion:
    answer = parse_object(body)
    if answer is not None and text(answer, "type") == "error":
        raise reported(answer)
    if answer is None or not isinstance(answer.get("content"), list):
        raise UpstreamMalformed(f"{context.endpoint.source} sent a body that is not a message.")
    usage = mapping(answer, "usage")
    message = _message(answer, context.request)
    called = bool(message.get("tool_calls"))
    completion: JsonObject = {
        "id": text(answer, "id") or context.id,
        "object": "chat.completion",
        "created": context.created,
        "model": text(answer, "model") or context.endpoint.model_id,
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": finish_reason(text(answer, "stop_reason"), called=called),
                "logprobs": None,
            }
        ],
        "usage": usage_of(usage),
    }
    if (tier := service_tier(usage)) is not None:
        completion["service_tier"] = tier
    return cast("ChatCompletion", completion)


def finish_reason(stop_reason: str, *, called: bool) -> FinishReason:
    """`called` says that the caller's tools were called: an answer by way of a tool of our own is a stop.

    `pause_turn` is a long turn of hosted tools, which goes on when the answer is sent back.
    Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons.
    """
    match stop_reason:
        case "tool_use":
            return "tool_calls" if called else "stop"
        case "max_tokens" | "model_context_window_exceeded":
            return "length"
        case "refusal":
            return "content_filter"
    return "stop"


def refusal_of(holder: Json) -> str | None:
    """What `stop_details` say of a refusal."""
    return text(mapping(holder, "stop_details"), "explanation") or None


def tool_call(block: Json, arguments: str) -> ToolCall:
    return {
        "id": text(block, "id"),
        "type": "function",
        "function": {"name": text(block, "name"), "arguments": arguments},
    }


def remembered(blocks: list[JsonObject], *, thoughts: bool) -> JsonObject | None:
    """`extra_content` of an answer; `thoughts` says that the caller may see the reasoning."""
    return native_content(block for block in blocks if thoughts or text(block, "type") not in THINKING)


def _message(answer: JsonObject, request: ChatRequest) -> Message:
    blocks = objects(answer, "content")
    own = answer_tool(request)
    used = [block for block in blocks if text(block, "type") == "tool_use"]
    answered = [block for block in used if text(block, "name") == own]
    calls = [tool_call(block, dumps_text(mapping(block, "input"))) for block in used if text(block, "name") != own]
    content, annotations = _text(blocks)
    if answered:
        content = dumps_text(mapping(answered[0], "input"))
    elif output_shape(request) is not None:
        fence = FenceStripper()
        content = fence.feed(content) + fence.close()
    message: JsonObject = {
        "role": "assistant",
        "content": content or (None if calls else ""),
        "refusal": refusal_of(answer),
    }
    visible = reasoning(request).visible
    if visible:
        message |= _reasoning(blocks)
    if calls:
        message["tool_calls"] = calls
    if annotations:
        message["annotations"] = annotations
    if not answered and (extra := remembered(blocks, thoughts=visible)) is not None:
        message["extra_content"] = extra
    return cast("Message", message)


def _text(blocks: list[JsonObject]) -> tuple[str, list[JsonObject]]:
    content = ""
    annotations = []
    for block in blocks:
        if text(block, "type") != "text":
            continue
        start = len(content)
        content += text(block, "text")
        annotations += [annotation(citation, start, len(content)) for citation in objects(block, "citations")]
    return content, annotations


def _reasoning(blocks: list[JsonObject]) -> JsonObject:
    thoughts = [block for block in blocks if text(block, "type") in THINKING]
    if not thoughts:
        return {}
    said = "".join(text(block, "thinking") for block in thoughts)
    spelled: JsonObject = {"reasoning": said, "reasoning_content": said} if said else {}
    return {**spelled, "reasoning_details": [detail(block, index) for index, block in enumerate(thoughts)]}
