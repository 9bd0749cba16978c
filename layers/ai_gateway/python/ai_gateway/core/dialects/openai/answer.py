"""A whole answer: parsed once, repaired where it is not what OpenAI would have sent."""

from typing import cast

from ai_gateway.core.chat import ChatCompletion
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.openai.calls import repair_calls
from ai_gateway.core.dialects.openai.citations import sources
from ai_gateway.core.dialects.openai.endings import finish_reason, raise_failure, unstated_reason
from ai_gateway.core.dialects.openai.failures import raise_error
from ai_gateway.core.dialects.openai.messages import repair_text
from ai_gateway.core.dialects.openai.metering import repaired_usage
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.wire import JsonObject, integer, mapping, objects, parse_object, text

# OpenAI's tiers, which are all that a client that checks types knows, and what Groq and Google call them.
TIERS = ("default", None, "auto", "flex", "priority", "scale", "fast")
_FOREIGN_TIERS = {"on_demand": "default", "standard": "default", "performance": "priority", "provisioned": "scale"}


def decode(body: bytes, context: ReplyContext) -> ChatCompletion:
    answer = parse_object(body)
    if answer is None:
        raise UpstreamMalformed("The provider's answer is not a JSON object.")
    raise_error(answer)
    choices = objects(answer, "choices")
    if not choices:
        raise UpstreamMalformed("The provider's answer has no choices.")
    repair_head(answer, context)
    answer["object"] = "chat.completion"
    for index, choice in enumerate(choices):
        _repair_choice(choice, index, text(answer, "id"))
    _cite(answer, choices[0])
    usage = answer.pop("usage", None)
    if isinstance(usage, dict):
        answer["usage"] = repaired_usage(usage, mapping(mapping(choices[0], "message"), "provider_metadata"))
    return cast("ChatCompletion", answer)


def repair_head(answer: JsonObject, context: ReplyContext) -> None:
    """The fields that an answer and a chunk begin with."""
    if not text(answer, "id"):
        answer["id"] = context.id
    answer["created"] = integer(answer, "created") or context.created
    if not answer.get("model"):
        answer["model"] = context.endpoint.model_id
    tier = answer.get("service_tier")
    if isinstance(tier, str) and tier in _FOREIGN_TIERS:
        answer["service_tier"] = _FOREIGN_TIERS[tier]


def _repair_choice(choice: JsonObject, index: int, answer_id: str) -> None:
    raise_failure(choice)
    if not isinstance(choice.get("index"), int):
        choice["index"] = index
    message = mapping(choice, "message") or {"content": None}
    choice["message"] = message
    message["role"] = "assistant"
    repair_text(message)
    if message.get("tool_calls"):
        repair_calls(message, answer_id)
    calls = bool(message.get("tool_calls"))
    reason = choice.get("finish_reason")
    choice["finish_reason"] = (
        finish_reason(reason, calls=calls) if isinstance(reason, str) and reason else unstated_reason(calls=calls)
    )


def _cite(answer: JsonObject, choice: JsonObject) -> None:
    message = mapping(choice, "message")
    if not message.get("annotations"):
        annotations = sources(answer)
        if annotations:
            message["annotations"] = annotations
