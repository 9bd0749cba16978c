"""A whole answer of Cohere."""

from ai_gateway.core.chat import ChatCompletion
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.cohere.citations import annotations
from ai_gateway.core.dialects.cohere.endings import finish_reason
from ai_gateway.core.dialects.cohere.failures import rejection
from ai_gateway.core.dialects.cohere.logprobs import logprobs_of
from ai_gateway.core.dialects.cohere.metering import usage_of
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, parse_object, present, text


def decode(body: bytes, context: ReplyContext) -> ChatCompletion:
    answer = parse_object(body)
    if answer is None:
        raise UpstreamMalformed("The provider's answer is not a JSON object.")
    message = answer.get("message")
    if isinstance(message, str):
        raise rejection(answer, 502)
    if not isinstance(message, dict):
        raise UpstreamMalformed("The provider's answer has no message.")
    completion: JsonObject = {
        "id": text(answer, "id") or context.id,
        "object": "chat.completion",
        "created": context.created,
        "model": context.endpoint.model_id,
        "choices": [
            {
                "index": 0,
                "message": _message(message),
                "finish_reason": finish_reason(text(answer, "finish_reason")),
                "logprobs": logprobs_of(objects(answer, "logprobs")),
            }
        ],
    }
    usage = mapping(answer, "usage")
    if usage:
        completion["usage"] = usage_of(usage)
    return completion  # type: ignore[return-value]


def _message(message: Json) -> JsonObject:
    """`tool_plan`, what the model says it will do before it calls tools, is kept under Cohere's name."""
    content = objects(message, "content")
    thought = "".join(text(part, "thinking") for part in content) or None
    return {
        "role": "assistant",
        "content": _text(message, content),
        "refusal": None,
        **present(
            reasoning=thought,
            reasoning_content=thought,
            tool_plan=text(message, "tool_plan") or None,
            tool_calls=objects(message, "tool_calls") or None,
            annotations=[note for citation in objects(message, "citations") for note in annotations(citation)] or None,
        ),
    }


def _text(message: Json, content: list[JsonObject]) -> str | None:
    if isinstance(message.get("content"), str):
        return text(message, "content")
    said = [text(part, "text") for part in content if part.get("type") == "text"]
    return "".join(said) if said else None
