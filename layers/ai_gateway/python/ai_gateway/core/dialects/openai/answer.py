"""A whole answer: parsed once, repaired where it is not what OpenAI would have sent."""

from typing import cast

from ai_gateway.core.chat import ChatCompletion
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.openai.failures import rejection
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.wire import parse_object


def decode(body: bytes, context: ReplyContext) -> ChatCompletion:
    answer = parse_object(body)
    if answer is None:
        raise UpstreamMalformed("The provider's answer is not a JSON object.")
    if not isinstance(answer.get("choices"), list):
        if "error" in answer:
            raise rejection(502, answer)
        raise UpstreamMalformed("The provider's answer has no choices.")
    answer.setdefault("id", context.id)
    answer.setdefault("created", context.created)
    answer.setdefault("model", context.endpoint.model_id)
    answer["object"] = "chat.completion"
    return cast("ChatCompletion", answer)
