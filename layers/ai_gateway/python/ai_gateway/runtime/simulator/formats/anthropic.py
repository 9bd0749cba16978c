"""Anthropic's Messages, on Anthropic's own host and on Vertex.

Source: https://platform.claude.com/docs/en/api/messages and .../build-with-claude/streaming, and recorded answers.
"""

from collections.abc import Iterator, Mapping

from ai_gateway.core.wire import JsonObject, dumps, mapping, text
from ai_gateway.runtime.simulator.answers import Answer, Call, Reply, pieces_of
from ai_gateway.runtime.simulator.failures import Failure
from ai_gateway.runtime.simulator.formats import anthropic_requests
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.identifiers import letters, signature
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt

_FINISHES = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
_STATUSES: Mapping[int, tuple[str, str]] = {
    400: ("invalid_request_error", "The request is not valid."),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "The credit balance is too low."),
    403: ("permission_error", "This key may not use the resource."),
    404: ("not_found_error", "model: {model}"),
    413: ("request_too_large", "The request is over the size limit."),
    429: ("rate_limit_error", "This request would go over the rate limit of the organization."),
    500: ("api_error", "Internal server error"),
    503: ("overloaded_error", "Overloaded"),
    504: ("timeout_error", "The request took too long."),
    529: ("overloaded_error", "Overloaded"),
}
_KINDS = {
    "context": ("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum"),
    "policy": ("invalid_request_error", "The output was blocked by the content filtering policy."),
    "quota": ("rate_limit_error", "The usage limit of this workspace is reached."),
}


def read(request: Received) -> Prompt:
    return anthropic_requests.read(request)


def whole(answer: Answer) -> bytes:
    message = _message(answer, _usage(answer, answer.output_tokens))
    reply = answer.replies[0]
    message["content"] = [block for block, _ in _blocks(answer, reply)]
    return dumps(message | _stop(reply))


def events(answer: Answer) -> Iterator[bytes]:
    reply = answer.replies[0]
    yield _event("message_start", message=_message(answer, _usage(answer, 1)))
    for index, (block, deltas) in enumerate(_blocks(answer, reply)):
        yield _event("content_block_start", index=index, content_block=block | _emptied(block))
        if index == 0:
            yield _event("ping")
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event("message_delta", delta=_stop(reply), usage=_usage(answer, answer.output_tokens))
    yield _event("message_stop")


def stream_type(request: Received) -> str:  # noqa: ARG001
    return "text/event-stream; charset=utf-8"


def rejection(failure: Failure, request: Received) -> Rejection:
    headers = {"retry_after": str(failure.retry_after)} if failure.retry_after is not None else {}
    request_id = f"req_011{letters(request.content.decode('utf-8', 'replace'), 21)}"
    body = {"type": "error", "error": _error(failure, request), "request_id": request_id}
    return Rejection.of(failure.status, body, request_id=request_id, **headers)


def error_event(failure: Failure, request: Received) -> bytes:
    return _event("error", error=_error(failure, request))


def malformed_event(request: Received) -> bytes:  # noqa: ARG001
    return b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del\n\n'


def _event(kind: str, **members: object) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + dumps({"type": kind, **members}) + b"\n\n"


def _message(answer: Answer, usage: JsonObject) -> JsonObject:
    on_vertex = "/publishers/" in answer.request.route
    return {
        "model": answer.model.replace("@", "-"),
        "id": f"msg_{'vrtx_' if on_vertex else ''}01{letters(answer.seed, 22)}",
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage,
    }


def _stop(reply: Reply) -> JsonObject:
    return {"stop_reason": _FINISHES[reply.finish], "stop_sequence": reply.stopped_by, "stop_details": None}


def _blocks(answer: Answer, reply: Reply) -> Iterator[tuple[JsonObject, list[JsonObject]]]:
    """Each content block as it ends up, with the deltas that bring it."""
    if reply.reasoning:
        yield _thinking(answer, reply)
    if reply.text or not reply.calls:
        deltas: list[JsonObject] = [{"type": "text_delta", "text": piece} for piece in pieces_of(reply.text)]
        yield {"type": "text", "text": reply.text}, deltas
    for call in reply.calls:
        yield _tool_use(call)


def _thinking(answer: Answer, reply: Reply) -> tuple[JsonObject, list[JsonObject]]:
    """With `display: omitted` only the signature is sent, though the tokens are billed."""
    shown = "" if text(mapping(answer.request.json, "thinking"), "display") == "omitted" else reply.reasoning
    deltas: list[JsonObject] = [{"type": "thinking_delta", "thinking": piece} for piece in pieces_of(shown)]
    proof = signature(shown)
    deltas.append({"type": "signature_delta", "signature": proof})
    return {"type": "thinking", "thinking": shown, "signature": proof}, deltas


def _tool_use(call: Call) -> tuple[JsonObject, list[JsonObject]]:
    block: JsonObject = {
        "type": "tool_use",
        "id": f"toolu_01{letters(call.seed, 22)}",
        "name": call.name,
        "input": call.arguments,
        "caller": {"type": "direct"},
    }
    pieces = ["", *pieces_of(call.arguments_text)]
    return block, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _emptied(block: JsonObject) -> JsonObject:
    """What deltas bring is empty when the block starts."""
    empties: JsonObject = {"text": "", "thinking": "", "signature": "", "input": {}}
    return {key: empty for key, empty in empties.items() if key in block}


def _usage(answer: Answer, output: int) -> JsonObject:
    cached = answer.cached
    return {
        "input_tokens": answer.input_tokens - cached.read - cached.written,
        "cache_creation_input_tokens": cached.written,
        "cache_read_input_tokens": cached.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cached.written_5m,
            "ephemeral_1h_input_tokens": cached.written_1h,
        },
        "output_tokens": output,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }


def _error(failure: Failure, request: Received) -> JsonObject:
    family = ("api_error", failure.told("api_error")) if failure.status >= 500 else _STATUSES[400]
    kind, message = _KINDS.get(failure.kind) or _STATUSES.get(failure.status, family)
    message = message.replace("{model}", text(request.json, "model"))
    return {"type": kind, "message": failure.message or message}
