"""OpenAI's chat completions, with the manners of Azure and of the providers that copy the format.

Source: https://platform.openai.com/docs/api-reference/chat, and recorded answers.
"""

import re
from collections.abc import Iterator
from itertools import chain, zip_longest

from ai_gateway.core.sse import DONE
from ai_gateway.core.sse import encode as encode_event
from ai_gateway.core.wire import Json, JsonObject, dumps, dumps_text, flag, integer, mapping, objects, text, texts
from ai_gateway.runtime.simulator.answers import Answer, Call, Reply, pieces_of
from ai_gateway.runtime.simulator.failures import Failure, invalid
from ai_gateway.runtime.simulator.formats import conversation, openai_errors
from ai_gateway.runtime.simulator.formats.manners import Manners, manners_of
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.identifiers import hexadecimal, letters
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prefix, Prompt, ToolChoice

_DEPLOYMENT = re.compile(r"/deployments/([^/]+)/")
_REASONING_MODEL = re.compile(r"(^|/)o\d|reasoner|-r1|thinking|magistral")
_FINISHES = {"stop_sequence": "stop"}


def read(request: Received) -> Prompt:
    body = request.json
    deployment = _DEPLOYMENT.search(request.route)
    model = text(body, "model") or (deployment[1] if deployment else "")
    if not model:
        raise invalid("You must provide a model parameter.", "model")
    messages = objects(body, "messages")
    if not messages:
        raise invalid("Missing required parameter: 'messages'.", "messages")
    choice, forced = _tool_choice(body)
    return Prompt(
        model=model,
        said=conversation.said_in(messages),
        tokens=conversation.tokens_in(body),
        stream=flag(body, "stream"),
        tools=conversation.tools_in(body),
        choice=choice,
        forced=forced,
        parallel=body.get("parallel_tool_calls") is not False,
        results=conversation.results_in(messages),
        schema=_schema(mapping(body, "response_format")),
        max_tokens=integer(body, "max_completion_tokens") or integer(body, "max_tokens") or None,
        stops=(text(body, "stop"), *texts(body, "stop")),
        choices=max(1, integer(body, "n", 1)),
        reasons=_reasons(model, body),
        prefixes=_prefixes(body, messages),
    )


def whole(answer: Answer) -> bytes:
    manners = manners_of(answer.request.provider)
    choices = [_choice(answer, manners, index, reply) for index, reply in enumerate(answer.replies)]
    completion = _envelope(answer, "chat.completion") | {"choices": choices, "usage": _usage(answer, manners)}
    if manners.object_name:
        completion["object"] = manners.object_name
    if manners.filters_shown:
        completion["prompt_filter_results"] = _prompt_filters()
    return dumps(completion)


def events(answer: Answer) -> Iterator[bytes]:
    manners = manners_of(answer.request.provider)
    if manners.opening_comment:
        yield manners.opening_comment
    for index, chunk in enumerate(_chunks(answer, manners)):
        if answer.request.provider in _OBFUSCATING:
            chunk["obfuscation"] = letters(f"{answer.seed}/{index}", 4 + index % 8)
        yield encode_event(dumps(chunk))
    if manners.done:
        yield DONE


def stream_type(request: Received) -> str:  # noqa: ARG001
    return "text/event-stream; charset=utf-8"


def rejection(failure: Failure, request: Received) -> Rejection:
    return openai_errors.rejection(failure, request, manners_of(request.provider).errors)


def error_event(failure: Failure, request: Received) -> bytes:
    return encode_event(rejection(failure, request).body)


def malformed_event(request: Received) -> bytes:  # noqa: ARG001
    return encode_event(b'{"id":"chatcmpl-","object":"chat.completion.chunk","choices":[{"index":0,"del')


_OBFUSCATING = frozenset(("openai", "azure"))


def _tool_choice(body: Json) -> tuple[ToolChoice, str | None]:
    match body.get("tool_choice"):
        case "none":
            return "none", None
        case "required" | "any":
            return "required", None
        case {"type": "function", "function": {"name": str(name)}}:
            return "required", name
        case _:
            return "auto", None


def _schema(response_format: Json) -> JsonObject | None:
    match text(response_format, "type"):
        case "json_schema":
            return mapping(mapping(response_format, "json_schema"), "schema")
        case "json_object":
            return {"type": "object", "properties": {"answer": {"type": "string"}}}
        case _:
            return None


def _reasons(model: str, body: Json) -> bool:
    if effort := text(body, "reasoning_effort") or text(mapping(body, "reasoning"), "effort"):
        return effort != "none"
    asked = text(mapping(body, "thinking"), "type") == "enabled" or bool(mapping(body, "reasoning"))
    return asked or bool(_REASONING_MODEL.search(model))


def _prefixes(body: Json, messages: list[JsonObject]) -> tuple[Prefix, ...]:
    """OpenAI caches by itself; here only for requests with a `prompt_cache_key`, so that answers stay repeatable."""
    key = text(body, "prompt_cache_key")
    if not key:
        return ()
    head = {"messages": messages[:-1], "tools": objects(body, "tools")}
    tokens = conversation.tokens_in(head) // 128 * 128
    return (Prefix(hexadecimal(f"{key}:{dumps_text(head)}", 32), tokens),)


def _envelope(answer: Answer, kind: str) -> JsonObject:
    envelope: JsonObject = {
        "id": f"chatcmpl-{letters(answer.seed, 29)}",
        "object": kind,
        "created": answer.created,
        "model": answer.model,
    }
    if answer.request.provider in _OBFUSCATING:
        envelope |= {"service_tier": "default", "system_fingerprint": f"fp_{hexadecimal(answer.model, 10)}"}
    return envelope


def _choice(answer: Answer, manners: Manners, index: int, reply: Reply) -> JsonObject:
    content: object = None if reply.calls else reply.text
    message: JsonObject = {"role": "assistant", "content": content, "refusal": None, "annotations": []}
    if reply.calls:
        message["tool_calls"] = [_call(call, manners) for call in reply.calls]
    if reply.reasoning and manners.reasoning == "parts":
        message["content"] = [_thought(reply.reasoning), {"type": "text", "text": reply.text}]
    elif reply.reasoning and manners.reasoning:
        message[manners.reasoning] = reply.reasoning
    choice: JsonObject = {
        "index": index,
        "message": message,
        "logprobs": _logprobs(answer, list(pieces_of(reply.text))),
        "finish_reason": _finish(answer, manners, reply),
    }
    return choice | {"content_filter_results": _filters()} if manners.filters_shown else choice


def _chunks(answer: Answer, manners: Manners) -> Iterator[JsonObject]:
    asked = flag(mapping(answer.request.json, "stream_options"), "include_usage")
    envelope = _envelope(answer, "chat.completion.chunk")
    usage = _usage(answer, manners)
    if asked and manners.usage == "alone":
        envelope["usage"] = None
    elif manners.usage == "every_chunk":
        envelope["usage"] = usage
    if manners.filters_shown:
        yield envelope | {
            "id": "",
            "object": "",
            "model": "",
            "choices": [],
            "prompt_filter_results": _prompt_filters(),
        }
    runs = [_deltas(answer, manners, reply) for reply in answer.replies]
    for row in zip_longest(*runs):
        for index, step in enumerate(row):
            if step is not None:
                yield envelope | _step(answer, manners, index, step, usage)
    if asked and manners.usage == "alone":
        yield envelope | {"choices": [], "usage": usage}
    elif manners.usage == "with_choice":
        empty = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
        yield envelope | {"choices": [empty], "usage": usage}


def _step(
    answer: Answer, manners: Manners, index: int, step: tuple[JsonObject, str | None], usage: JsonObject
) -> JsonObject:
    delta, finish = step
    content = delta.get("content")
    said = [content] if isinstance(content, str) and content else []
    choice = {"index": index, "delta": delta, "logprobs": _logprobs(answer, said), "finish_reason": finish}
    if finish and manners.usage == "with_finish":
        return {"choices": [choice], "usage": usage}
    return {"choices": [choice]}


def _deltas(answer: Answer, manners: Manners, reply: Reply) -> Iterator[tuple[JsonObject, str | None]]:
    """The deltas of one choice, each with its finish reason."""
    yield {"role": "assistant", "content": None if reply.calls else "", "refusal": None}, None
    parts = chain(_reasoning_deltas(manners, reply), _text_deltas(reply), _call_deltas(manners, reply))
    yield from ((delta, None) for delta in parts)
    finish = _finish(answer, manners, reply)
    yield {}, finish
    if manners.finish_repeated:
        yield {"role": "assistant", "content": ""}, finish


def _reasoning_deltas(manners: Manners, reply: Reply) -> Iterator[JsonObject]:
    if manners.reasoning is None:
        return
    for piece in pieces_of(reply.reasoning):
        yield {"content": [_thought(piece)]} if manners.reasoning == "parts" else {manners.reasoning: piece}


def _text_deltas(reply: Reply) -> Iterator[JsonObject]:
    for piece in pieces_of(reply.text):
        yield {"content": piece}


def _call_deltas(manners: Manners, reply: Reply) -> Iterator[JsonObject]:
    for index, call in enumerate(reply.calls):
        opening = _call(call, manners) | {"index": index, "function": {"name": call.name, "arguments": ""}}
        yield {"tool_calls": [opening]}
        for piece in pieces_of(call.arguments_text):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _call(call: Call, manners: Manners) -> JsonObject:
    function = {"name": call.name, "arguments": call.arguments_text}
    kind = {"type": "function"} if manners.typed_calls else {}
    return {"id": f"call_{letters(call.seed, 24)}", **kind, "function": function}


def _finish(answer: Answer, manners: Manners, reply: Reply) -> str:
    """A named function that was forced is answered with `stop`, as OpenAI does."""
    reason = _FINISHES.get(reply.finish, reply.finish)
    if reason == "tool_calls" and answer.prompt.forced and answer.request.provider in _OBFUSCATING:
        reason = "stop"
    return manners.finishes.get(reason, reason)


def _thought(piece: str) -> JsonObject:
    return {"type": "thinking", "thinking": [{"type": "text", "text": piece}]}


def _logprobs(answer: Answer, pieces: list[str]) -> JsonObject | None:
    if not flag(answer.request.json, "logprobs"):
        return None
    alternatives = integer(answer.request.json, "top_logprobs")
    rows = [{"token": piece, "logprob": -0.01, "bytes": list(piece.encode())} for piece in pieces]
    return {"content": [row | {"top_logprobs": [row] if alternatives else []} for row in rows], "refusal": None}


def _usage(answer: Answer, manners: Manners) -> JsonObject:
    hidden = 0 if manners.reasoning_counted else answer.reasoning_tokens
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens - hidden,
        "total_tokens": answer.input_tokens + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached.read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": answer.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _filters() -> JsonObject:
    return {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}


def _prompt_filters() -> list[JsonObject]:
    return [{"prompt_index": 0, "content_filter_results": _filters()}]
