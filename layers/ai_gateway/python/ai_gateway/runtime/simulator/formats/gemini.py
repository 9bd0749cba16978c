"""Gemini's generateContent and streamGenerateContent, on AI Studio and on Vertex.

Source: https://ai.google.dev/api/generate-content, and recorded answers.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ai_gateway.core.sse import encode as encode_event
from ai_gateway.core.wire import JsonObject, dumps
from ai_gateway.runtime.simulator.answers import Answer, Reply, pieces_of
from ai_gateway.runtime.simulator.failures import Failure
from ai_gateway.runtime.simulator.formats import gemini_requests
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.identifiers import letters, signature
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt

_FINISHES = {
    "stop": "STOP",
    "stop_sequence": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
}
_STATUSES: Mapping[int, tuple[str, str]] = {
    400: ("INVALID_ARGUMENT", "The request has an invalid argument."),
    401: ("UNAUTHENTICATED", "The request has no valid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission."),
    404: ("NOT_FOUND", "{route} is not found, or is not supported for this method."),
    429: ("RESOURCE_EXHAUSTED", "The quota is used up for now."),
    500: ("INTERNAL", "An internal error has occurred."),
    503: ("UNAVAILABLE", "The model is overloaded. Try again later."),
    504: ("DEADLINE_EXCEEDED", "The deadline passed before the answer was ready."),
}
_TOO_LONG = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."


def read(request: Received) -> Prompt:
    return gemini_requests.read(request)


def whole(answer: Answer) -> bytes:
    candidates = [_candidate(index, reply, _parts(answer, reply), reply) for index, reply in enumerate(answer.replies)]
    return dumps(_response(answer, candidates, answer.output_tokens))


def events(answer: Answer) -> Iterator[bytes]:
    responses = list(_responses(answer))
    if gemini_requests.as_events(answer.request):
        yield from (encode_event(dumps(response)) for response in responses)
        return
    for index, response in enumerate(responses):
        yield (b"," if index else b"[") + dumps(response) + b"\r\n"
    yield b"]"


def stream_type(request: Received) -> str:
    return "text/event-stream" if gemini_requests.as_events(request) else "application/json; charset=UTF-8"


def rejection(failure: Failure, request: Received) -> Rejection:
    """A prompt against the policy is no error to Gemini: it is answered with `promptFeedback` and no candidates."""
    if failure.kind == "policy":
        blocked = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 1}}
        streamed = ":stream" in request.route
        body = dumps(blocked)
        if streamed:
            body = encode_event(body) if gemini_requests.as_events(request) else b"[" + body + b"]"
        return Rejection(200, body, {"content-type": stream_type(request) if streamed else "application/json"})
    return Rejection.of(failure.status, {"error": _error(failure, request)})


def error_event(failure: Failure, request: Received) -> bytes:
    body = dumps({"error": _error(failure, request)})
    return encode_event(body) if gemini_requests.as_events(request) else b"," + body + b"]"


def malformed_event(request: Received) -> bytes:
    broken = b'{"candidates": [{"content": {"parts": [{"te'
    return encode_event(broken) if gemini_requests.as_events(request) else b"," + broken


def _responses(answer: Answer) -> Iterator[JsonObject]:
    """The candidates one after the other, a part at a time; the counts grow with what has been sent."""
    sent = 0
    for index, reply in enumerate(answer.replies):
        parts = list(_streamed_parts(answer, reply))
        for position, part in enumerate(parts):
            last = position == len(parts) - 1
            share = reply.tokens * (position + 1) // len(parts)
            yield _response(answer, [_candidate(index, reply, [part], reply if last else None)], sent + share)
        sent += reply.tokens


def _response(answer: Answer, candidates: list[JsonObject], output: int) -> JsonObject:
    response: JsonObject = {
        "candidates": candidates,
        "usageMetadata": _usage(answer, output),
        "modelVersion": answer.model,
        "responseId": letters(answer.seed, 23),
    }
    if "/publishers/" in answer.request.route:
        response["createTime"] = datetime.fromtimestamp(answer.created, UTC).isoformat().replace("+00:00", "Z")
    return response


def _candidate(index: int, reply: Reply, parts: list[JsonObject], finished: Reply | None) -> JsonObject:
    candidate: JsonObject = {"content": {"parts": parts, "role": "model"}, "index": index}
    if finished is not None:
        candidate["finishReason"] = _FINISHES[finished.finish]
        if reply.calls:
            candidate["finishMessage"] = "Model generated function call(s)."
    return candidate


def _parts(answer: Answer, reply: Reply) -> list[JsonObject]:
    thoughts = (
        [{"text": reply.reasoning, "thought": True}]
        if reply.reasoning and gemini_requests.shows_thoughts(answer.request)
        else []
    )
    said = [_text_part(reply.text, reply)] if reply.text or not reply.calls else []
    return [*thoughts, *said, *_call_parts(reply)]


def _streamed_parts(answer: Answer, reply: Reply) -> Iterator[JsonObject]:
    if gemini_requests.shows_thoughts(answer.request):
        yield from ({"text": piece, "thought": True} for piece in pieces_of(reply.reasoning))
    pieces = list(pieces_of(reply.text)) or ([] if reply.calls else [""])
    for piece in pieces[:-1]:
        yield {"text": piece}
    yield from (_text_part(piece, reply) for piece in pieces[-1:])
    yield from _call_parts(reply)


def _text_part(text: str, reply: Reply) -> JsonObject:
    return {"text": text, **_proof(reply)}


def _call_parts(reply: Reply) -> list[JsonObject]:
    """The first of several parallel calls has the thought signature."""
    calls: list[JsonObject] = [{"functionCall": {"name": call.name, "args": call.arguments}} for call in reply.calls]
    return [calls[0] | _proof(reply), *calls[1:]] if calls else []


def _proof(reply: Reply) -> JsonObject:
    return {"thoughtSignature": signature(reply.reasoning)} if reply.reasoning else {}


def _usage(answer: Answer, output: int) -> JsonObject:
    """`candidatesTokenCount` leaves thoughts out, and is left out itself when nothing was said."""
    thoughts = min(answer.reasoning_tokens, output)
    usage: JsonObject = {
        "promptTokenCount": answer.input_tokens,
        "totalTokenCount": answer.input_tokens + output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": answer.input_tokens}],
    }
    if output > thoughts:
        usage["candidatesTokenCount"] = output - thoughts
    return usage | {"thoughtsTokenCount": thoughts} if thoughts else usage


def _error(failure: Failure, request: Received) -> JsonObject:
    family = ("INTERNAL", failure.told("INTERNAL")) if failure.status >= 500 else _STATUSES[400]
    name, message = _STATUSES.get(failure.status, family)
    if failure.kind == "context":
        message = _TOO_LONG
    message = failure.message or message.replace("{route}", request.route.rpartition(":")[0].lstrip("/"))
    error: JsonObject = {"code": failure.status, "message": message, "status": name}
    if failure.retry_after is not None:
        kind = "type.googleapis.com/google.rpc.RetryInfo"
        error["details"] = [{"@type": kind, "retryDelay": f"{failure.retry_after}s"}]
    return error
