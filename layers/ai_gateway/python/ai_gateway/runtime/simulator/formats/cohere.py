"""Cohere's chat, version 2.

Source: https://docs.cohere.com/reference/chat and https://docs.cohere.com/v2/docs/streaming, and recorded answers.
"""

from collections.abc import Iterator, Mapping

from ai_gateway.core.sse import DONE
from ai_gateway.core.wire import Json, JsonObject, dumps, flag, integer, mapping, objects, text, texts
from ai_gateway.runtime.simulator.answers import Answer, Call, Reply, pieces_of
from ai_gateway.runtime.simulator.failures import Failure, invalid
from ai_gateway.runtime.simulator.formats import conversation
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.identifiers import letters, uuid
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt, ToolChoice

_FINISHES = {
    "stop": "COMPLETE",
    "stop_sequence": "STOP_SEQUENCE",
    "length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "content_filter": "ERROR",
}
_CHOICES: Mapping[str, ToolChoice] = {"REQUIRED": "required", "NONE": "none"}
_STATUSES: Mapping[int, str] = {
    400: "invalid request: the request is not valid",
    401: "invalid api token",
    404: "model '{model}' not found, make sure the correct model ID was used and that you have access to the model.",
    429: "You are past the rate limit of this key. Wait and try again later.",
    500: "internal server error",
    503: "the service is unavailable, try again later",
}
_KINDS = {
    "context": "too many tokens: the prompt is longer than the context of {model}",
    "policy": "invalid request: the prompt was blocked by the safety policy",
    "quota": "the quota of this key is used up",
}
_ID = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLAN = "I will use the tools I have to answer."


def read(request: Received) -> Prompt:
    body = request.json
    model, messages = text(body, "model"), objects(body, "messages")
    if not model:
        raise invalid("invalid request: model is required")
    if not messages:
        raise invalid("invalid request: messages must not be empty")
    return Prompt(
        model=model,
        said=conversation.said_in(messages),
        tokens=conversation.tokens_in(body),
        stream=flag(body, "stream"),
        tools=conversation.tools_in(body),
        choice=_CHOICES.get(text(body, "tool_choice"), "auto"),
        results=conversation.results_in(messages),
        schema=_schema(mapping(body, "response_format")),
        max_tokens=integer(body, "max_tokens") or None,
        stops=tuple(texts(body, "stop_sequences")),
        reasons=text(mapping(body, "thinking"), "type") == "enabled",
    )


def whole(answer: Answer) -> bytes:
    reply = answer.replies[0]
    message: JsonObject = {"role": "assistant"}
    if reply.calls:
        message |= {"tool_plan": _PLAN, "tool_calls": [_call(call, call.arguments_text) for call in reply.calls]}
    content = [{"type": kind, kind: said} for kind, said in _contents(reply)]
    if content:
        message["content"] = content
    return dumps(
        {"id": uuid(answer.seed), "finish_reason": _FINISHES[reply.finish], "message": message, "usage": _usage(answer)}
    )


def events(answer: Answer) -> Iterator[bytes]:
    reply = answer.replies[0]
    empty = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield _event("message-start", id=uuid(answer.seed), delta={"message": empty})
    for piece in pieces_of(_PLAN) if reply.calls else ():
        yield _event("tool-plan-delta", delta={"message": {"tool_plan": piece}})
    for index, (kind, said) in enumerate(_contents(reply)):
        yield from _content_events(index, kind, said)
    for position, call in enumerate(reply.calls):
        yield from _call_events(position, call)
    yield _event("message-end", delta={"finish_reason": _FINISHES[reply.finish], "usage": _usage(answer)})
    yield DONE


def stream_type(request: Received) -> str:  # noqa: ARG001
    return "text/event-stream"


def rejection(failure: Failure, request: Received) -> Rejection:
    headers = {"retry_after": str(failure.retry_after)} if failure.retry_after is not None else {}
    return Rejection.of(failure.status, _error(failure, request), **headers)


def error_event(failure: Failure, request: Received) -> bytes:
    """Cohere ends the message with an error as its finish reason."""
    return _event("message-end", delta={"finish_reason": "ERROR", "error": _error(failure, request)["message"]})


def malformed_event(request: Received) -> bytes:  # noqa: ARG001
    return b'event: content-delta\ndata: {"type":"content-delta","index":0,"del\n\n'


def _event(kind: str, **members: object) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + dumps({"type": kind, **members}) + b"\n\n"


def _schema(response_format: Json) -> JsonObject | None:
    if text(response_format, "type") != "json_object":
        return None
    schema = mapping(response_format, "json_schema") or mapping(response_format, "schema")
    return schema or {"type": "object", "properties": {"answer": {"type": "string"}}}


def _contents(reply: Reply) -> list[tuple[str, str]]:
    """The content blocks of a message: type, and the text under the member of the same name."""
    thinking = [("thinking", reply.reasoning)] if reply.reasoning else []
    return thinking if reply.calls else [*thinking, ("text", reply.text)]


def _content_events(index: int, kind: str, said: str) -> Iterator[bytes]:
    yield _event("content-start", index=index, delta={"message": {"content": {"type": kind, kind: ""}}})
    for piece in pieces_of(said):
        yield _event("content-delta", index=index, delta={"message": {"content": {kind: piece}}})
    yield _event("content-end", index=index)


def _call_events(index: int, call: Call) -> Iterator[bytes]:
    yield _event("tool-call-start", index=index, delta={"message": {"tool_calls": _call(call, "")}})
    for piece in pieces_of(call.arguments_text):
        yield _event(
            "tool-call-delta", index=index, delta={"message": {"tool_calls": {"function": {"arguments": piece}}}}
        )
    yield _event("tool-call-end", index=index)


def _call(call: Call, arguments: str) -> JsonObject:
    function = {"name": call.name, "arguments": arguments}
    return {"id": f"{call.name}_{letters(call.seed, 12, _ID)}", "type": "function", "function": function}


def _usage(answer: Answer) -> JsonObject:
    counts = {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens}
    return {"billed_units": counts, "tokens": counts, "cached_tokens": answer.cached.read}


def _error(failure: Failure, request: Received) -> JsonObject:
    message = _KINDS.get(failure.kind) or _STATUSES.get(failure.status, failure.told("error"))
    message = failure.message or message.replace("{model}", text(request.json, "model"))
    return {"id": uuid(request.content.decode("utf-8", "replace")), "message": message}
