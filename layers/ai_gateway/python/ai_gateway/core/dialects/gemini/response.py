"""Whole answers of generateContent, and what whole and streamed answers have in common."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ai_gateway.core.chat import ChatCompletion, Choice, CompletionUsage, Message, ToolCall
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.gemini.candidates import Candidate
from ai_gateway.core.dialects.gemini.failures import raise_error
from ai_gateway.core.dialects.gemini.families import family_of
from ai_gateway.core.dialects.gemini.logprobs import logprobs
from ai_gateway.core.dialects.gemini.metering import counted, service_tier, usage_of
from ai_gateway.core.dialects.gemini.speech import complete
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.wire import Json, JsonObject, integer, loads, mapping, objects, text


@dataclass(slots=True)
class Answer:
    """What is known of an answer so far. `id` and `model` are the provider's from its first word on."""

    id: str
    model: str
    candidates: dict[int, Candidate] = field(default_factory=dict)
    blocked: str = ""
    remark: str = ""
    _named: bool = False
    _metadata: JsonObject = field(default_factory=dict)

    def read(self, response: Json) -> Iterator[tuple[Candidate, Message, JsonObject | None]]:
        """The candidates in one response, each with what it adds to its choice and with its log probabilities.

        Raises UpstreamRejected when the response is an error.
        """
        raise_error(response)
        self._name(response)
        self._metadata |= mapping(response, "usageMetadata")
        feedback = mapping(response, "promptFeedback")
        self.blocked = text(feedback, "blockReason") or self.blocked
        self.remark = text(feedback, "blockReasonMessage") or self.remark
        for place, piece in enumerate(objects(response, "candidates")):
            candidate = self._candidate(integer(piece, "index", place))
            yield candidate, candidate.read(piece), logprobs(mapping(piece, "logprobsResult"))

    def usage(self, model_id: str) -> CompletionUsage | None:
        """None when Google counted nothing, but for a prompt that it refused to read."""
        if not counted(self._metadata) and not self.blocked:
            return None
        queries = sum(candidate.searches for candidate in self.candidates.values())
        return usage_of(self._metadata, queries if family_of(model_id).searches_by_query else min(queries, 1))

    @property
    def service_tier(self) -> str | None:
        return service_tier(self._metadata)

    def refusal(self) -> Message:
        """The only choice of an answer to a prompt that was blocked."""
        return {"refusal": self.remark} if self.remark else {}

    def _name(self, response: Json) -> None:
        """Only the first response names the answer: a stream has one id."""
        if not self._named:
            self._named = True
            self.id = text(response, "responseId") or self.id
            self.model = text(response, "modelVersion") or self.model

    def _candidate(self, index: int) -> Candidate:
        """Ids of calls are made of the answer's own and so are the same however often they are made."""
        if index not in self.candidates:
            name = re.sub("[^A-Za-z0-9_-]", "", self.id)
            self.candidates[index] = Candidate(index, f"{name}_{index}" if index else name)
        return self.candidates[index]


def decode(body: bytes, context: ReplyContext) -> ChatCompletion:
    """One response, or the list of them that a stream without `alt=sse` is."""
    answer = Answer(context.id, context.endpoint.model_id)
    said = list(answer.read(_joined(responses(body, context))))
    completion: ChatCompletion = {
        "id": answer.id,
        "object": "chat.completion",
        "created": context.created,
        "model": answer.model,
        "choices": [_choice(candidate, delta, logs, context) for candidate, delta, logs in said]
        or [_blocked(answer, context)],
    }
    if (usage := answer.usage(context.endpoint.model_id)) is not None:
        completion["usage"] = usage
    if (tier := answer.service_tier) is not None:
        completion["service_tier"] = tier
    return completion


def responses(body: bytes, context: ReplyContext) -> list[JsonObject]:
    """Raises UpstreamMalformed for what is neither a response nor a list of them."""
    try:
        value = loads(body)
    except ValueError:
        value = None
    members = value if isinstance(value, list) else [value]
    found = [member for member in members if isinstance(member, dict)]
    if not found or len(found) < len(members):
        raise UpstreamMalformed(f"{context.endpoint.source} answered with something that is not a Gemini response.")
    return found


def _joined(found: list[JsonObject]) -> JsonObject:
    """The pieces of a stream as the one response they would have been."""
    if len(found) == 1:
        return found[0]
    whole: JsonObject = {}
    candidates: dict[int, JsonObject] = {}
    for response in found:
        whole |= response
        for place, piece in enumerate(objects(response, "candidates")):
            index = integer(piece, "index", place)
            earlier = candidates.get(index, {})
            parts = _parts(earlier) + _parts(piece)
            candidates[index] = {**earlier, **piece, "index": index, "content": {"parts": parts}}
    return {**whole, "candidates": list(candidates.values())}


def _parts(candidate: Json) -> list[JsonObject]:
    return objects(mapping(candidate, "content"), "parts")


def _blocked(answer: Answer, context: ReplyContext) -> Choice:
    if not answer.blocked:
        raise UpstreamMalformed(f"{context.endpoint.source} answered without a candidate.")
    message: Message = {"role": "assistant", "content": None, **answer.refusal()}
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": "content_filter"}


def _choice(candidate: Candidate, said: Message, logs: JsonObject | None, context: ReplyContext) -> Choice:
    message: Message = {"role": "assistant", "content": None, **said, **candidate.ending()}
    if message["content"] is None and not message.keys() & _INSTEAD:
        message["content"] = ""
    if "tool_calls" in message:
        message["tool_calls"] = [_whole(call) for call in message["tool_calls"]]
    if "audio" in message:
        message["audio"] = complete(message["audio"], context.request, context.created)
    return {
        "index": candidate.index,
        "message": message,
        "logprobs": logs,
        "finish_reason": candidate.finish_reason,
    }


def _whole(call: ToolCall) -> ToolCall:
    call.pop("index", None)
    return call


_INSTEAD = frozenset(("tool_calls", "images", "audio", "refusal"))
