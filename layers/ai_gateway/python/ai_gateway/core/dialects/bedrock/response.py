"""A whole answer as the pivot's completion."""

from typing import cast

from ai_gateway.core.chat import ChatCompletion, FinishReason, Message, ToolCall
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.bedrock.citations import annotation
from ai_gateway.core.dialects.bedrock.families import family_of
from ai_gateway.core.dialects.bedrock.memory import HOSTED, details, hosted_content
from ai_gateway.core.dialects.bedrock.metering import usage_of
from ai_gateway.core.dialects.bedrock.output import answer_tool
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.fence import FenceStripper
from ai_gateway.core.intents import output_shape, reasoning
from ai_gateway.core.wire import Json, JsonObject, dumps_text, mapping, objects, parse_object, text

ASIDE = ("trace", "additionalModelResponseFields", "performanceConfig")
"""What an answer says beside its message, to those who asked for it; it stands at the top of the completion."""


def decode(body: bytes, context: ReplyContext) -> ChatCompletion:
    answer = parse_object(body)
    output = mapping(answer or {}, "output")
    if answer is None or not isinstance(mapping(output, "message").get("content"), list):
        raise UpstreamMalformed(f"{context.endpoint.source} sent a body that is not an answer of Converse.")
    message = _message(objects(mapping(output, "message"), "content"), context)
    called = bool(message.get("tool_calls"))
    completion: JsonObject = {
        "id": context.id,
        "object": "chat.completion",
        "created": context.created,
        "model": context.endpoint.model_id,
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": finish_reason(text(answer, "stopReason"), called=called),
                "logprobs": None,
            }
        ],
        "usage": usage_of(mapping(answer, "usage")),
        **aside(answer),
    }
    return cast("ChatCompletion", completion)


def finish_reason(stop_reason: str, *, called: bool) -> FinishReason:
    """`called` says that the caller's tools were called: an answer by way of a tool of our own is a stop, and some
    models end their turn with a call.

    Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (stopReason).
    """
    match stop_reason:
        case "max_tokens" | "model_context_window_exceeded":
            return "length"
        case "guardrail_intervened" | "content_filtered":
            return "content_filter"
        case "tool_use" | "end_turn" if called:
            return "tool_calls"
    return "stop"


def aside(answer: Json) -> JsonObject:
    tier = text(mapping(answer, "serviceTier"), "type")
    fields = {name: answer[name] for name in ASIDE if answer.get(name)}
    return fields | ({"service_tier": tier} if tier else {})


def image(form: str, data: str, index: int) -> JsonObject:
    """An image that the model made, as clients of OpenRouter find it in `images`."""
    return {"type": "image_url", "image_url": {"url": f"data:image/{form};base64,{data}"}, "index": index}


def _message(blocks: list[JsonObject], context: ReplyContext) -> Message:
    request = context.request
    own = answer_tool(request)
    used = [use for block in blocks if (use := mapping(block, "toolUse")) and text(use, "type") != HOSTED]
    answered = [use for use in used if text(use, "name") == own]
    calls = [_call(use) for use in used if text(use, "name") != own]
    content, annotations = _text(blocks)
    if answered:
        content = dumps_text(mapping(answered[0], "input"))
    elif output_shape(request) is not None:
        fence = FenceStripper()
        content = fence.feed(content) + fence.close()
    message: JsonObject = {"role": "assistant", "content": content or (None if calls else ""), "refusal": None}
    visible = reasoning(request).visible
    if visible:
        message |= _reasoning(blocks, context)
    if calls:
        message["tool_calls"] = calls
    if annotations:
        message["annotations"] = annotations
    if images := _images(blocks):
        message["images"] = images
    shown = [block for block in blocks if visible or "reasoningContent" not in block]
    if not answered and (extra := hosted_content(shown, family_of(context.endpoint))) is not None:
        message["extra_content"] = extra
    return cast("Message", message)


def _call(use: Json) -> ToolCall:
    return {
        "id": text(use, "toolUseId"),
        "type": "function",
        "function": {"name": text(use, "name"), "arguments": dumps_text(mapping(use, "input"))},
    }


def _text(blocks: list[JsonObject]) -> tuple[str, list[JsonObject]]:
    content = ""
    annotations: list[JsonObject] = []
    for block in blocks:
        start = len(content)
        content += text(block, "text")
        cited = mapping(block, "citationsContent")
        content += "".join(text(piece, "text") for piece in objects(cited, "content"))
        annotations += [annotation(citation, start, len(content)) for citation in objects(cited, "citations")]
    return content, annotations


def _reasoning(blocks: list[JsonObject], context: ReplyContext) -> JsonObject:
    thoughts = [block for block in blocks if "reasoningContent" in block]
    said = "".join(text(mapping(mapping(block, "reasoningContent"), "reasoningText"), "text") for block in thoughts)
    spelled: JsonObject = {"reasoning": said, "reasoning_content": said} if said else {}
    signed = details(thoughts, family_of(context.endpoint))
    return spelled | ({"reasoning_details": signed} if signed else {})


def _images(blocks: list[JsonObject]) -> list[JsonObject]:
    drawn = [mapping(block, "image") for block in blocks if "image" in block]
    return [
        image(text(picture, "format"), data, index)
        for index, picture in enumerate(drawn)
        if (data := text(mapping(picture, "source"), "bytes"))
    ]
