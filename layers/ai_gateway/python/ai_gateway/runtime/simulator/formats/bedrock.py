"""Amazon Bedrock's Converse and ConverseStream, the latter in binary event stream frames.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and
API_runtime_ConverseStream.html, and recorded answers.
"""

from collections.abc import Iterator, Mapping
from string import ascii_letters, digits

from ai_gateway.core import eventstream
from ai_gateway.core.wire import JsonObject, dumps
from ai_gateway.runtime.simulator.answers import Answer, Call, Reply, pieces_of
from ai_gateway.runtime.simulator.failures import Failure
from ai_gateway.runtime.simulator.formats import bedrock_requests
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.identifiers import letters, signature, uuid
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt

_FINISHES = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "content_filtered",
}
_STATUSES: Mapping[int, tuple[str, str]] = {
    400: ("ValidationException", "The request is not valid."),
    401: ("UnrecognizedClientException", "The security token in the request is not valid."),
    403: ("AccessDeniedException", "You do not have access to the model with this id."),
    404: ("ResourceNotFoundException", "No such model."),
    408: ("ModelTimeoutException", "The model took too long."),
    424: ("ModelErrorException", "The model failed while it processed the request."),
    429: ("ThrottlingException", "Too many requests. Wait before you try again."),
    500: ("InternalServerException", "The server had an internal error."),
    503: ("ServiceUnavailableException", "The service is not available. Try again later."),
}
_KINDS = {
    "context": ("ValidationException", "Input is too long for requested model."),
    "policy": ("ValidationException", "The prompt was blocked by the content policy."),
    "quota": ("ServiceQuotaExceededException", "The quota of this account is used up."),
}
_PADDING = ascii_letters + digits


def read(request: Received) -> Prompt:
    return bedrock_requests.read(request)


def whole(answer: Answer) -> bytes:
    reply = answer.replies[0]
    content = [block for block, _, _ in _blocks(reply)]
    return dumps(
        {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": _FINISHES[reply.finish],
            "usage": _usage(answer),
            "metrics": {"latencyMs": _latency(answer)},
        }
    )


def events(answer: Answer) -> Iterator[bytes]:
    """Each payload is padded with `p` to a length that says nothing about the text, as Bedrock does."""
    for index, (name, payload) in enumerate(_events(answer)):
        padding = _PADDING[: (index * 37 + len(answer.seed)) % len(_PADDING)]
        yield _frame("event", name, dumps(payload | {"p": padding}))


def stream_type(request: Received) -> str:  # noqa: ARG001
    return "application/vnd.amazon.eventstream"


def rejection(failure: Failure, request: Received) -> Rejection:
    name, message = _told(failure)
    request_id = uuid(request.content.decode("utf-8", "replace"))
    headers = {"retry_after": str(failure.retry_after)} if failure.retry_after is not None else {}
    return Rejection.of(
        failure.status, {"message": message}, x_amzn_errortype=name, x_amzn_requestid=request_id, **headers
    )


def error_event(failure: Failure, request: Received) -> bytes:  # noqa: ARG001
    """An exception inside a stream is a frame of its own kind, named in camel case."""
    name, message = _told(failure)
    return _frame("exception", name[0].lower() + name[1:], dumps({"message": message}))


def malformed_event(request: Received) -> bytes:  # noqa: ARG001
    """A frame whose checksum is wrong."""
    frame = _frame("event", "contentBlockDelta", b"{}")
    return frame[:-1] + bytes([frame[-1] ^ 0xFF])


def _frame(kind: str, name: str, payload: bytes) -> bytes:
    headers = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    return eventstream.encode(headers, payload)


def _events(answer: Answer) -> Iterator[tuple[str, JsonObject]]:
    reply = answer.replies[0]
    yield "messageStart", {"role": "assistant"}
    for index, (_, start, deltas) in enumerate(_blocks(reply)):
        if start is not None:
            yield "contentBlockStart", {"contentBlockIndex": index, "start": start}
        for delta in deltas:
            yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
        yield "contentBlockStop", {"contentBlockIndex": index}
    yield "messageStop", {"stopReason": _FINISHES[reply.finish]}
    yield "metadata", {"usage": _usage(answer), "metrics": {"latencyMs": _latency(answer)}}


def _blocks(reply: Reply) -> Iterator[tuple[JsonObject, JsonObject | None, list[JsonObject]]]:
    """Each content block, the start that announces it (tools only), and the deltas that bring it."""
    if reply.reasoning:
        proof = signature(reply.reasoning)
        pieces: list[JsonObject] = [{"reasoningContent": {"text": piece}} for piece in pieces_of(reply.reasoning)]
        text: JsonObject = {"text": reply.reasoning, "signature": proof}
        yield {"reasoningContent": {"reasoningText": text}}, None, [*pieces, {"reasoningContent": {"signature": proof}}]
    if reply.text or not reply.calls:
        yield {"text": reply.text}, None, [{"text": piece} for piece in pieces_of(reply.text)]
    for call in reply.calls:
        yield _tool_use(call)


def _tool_use(call: Call) -> tuple[JsonObject, JsonObject, list[JsonObject]]:
    named: JsonObject = {"toolUseId": f"tooluse_{letters(call.seed, 22)}", "name": call.name}
    deltas: list[JsonObject] = [{"toolUse": {"input": piece}} for piece in pieces_of(call.arguments_text)]
    return {"toolUse": {**named, "input": call.arguments}}, {"toolUse": named}, deltas


def _usage(answer: Answer) -> JsonObject:
    cached = answer.cached
    usage: JsonObject = {
        "inputTokens": answer.input_tokens - cached.read - cached.written,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.input_tokens + answer.output_tokens,
    }
    if answer.prompt.prefixes:
        usage |= {
            "cacheReadInputTokens": cached.read,
            "cacheReadInputTokenCount": cached.read,
            "cacheWriteInputTokens": cached.written,
            "cacheWriteInputTokenCount": cached.written,
        }
    written = (("5m", cached.written_5m), ("1h", cached.written_1h))
    if details := [{"ttl": ttl, "inputTokens": tokens} for ttl, tokens in written if tokens]:
        usage["cacheDetails"] = details
    return usage


def _latency(answer: Answer) -> int:
    """Milliseconds that such an answer takes elsewhere."""
    return 200 + 10 * answer.output_tokens


def _told(failure: Failure) -> tuple[str, str]:
    family = "InternalServerException" if failure.status >= 500 else "ValidationException"
    name, message = _KINDS.get(failure.kind) or _STATUSES.get(failure.status, (family, failure.told(family)))
    return name, failure.message or message
