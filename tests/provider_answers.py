"""A valid answer in each dialect, whole and as the events of a stream, with text, reasoning and a tool call."""

from collections.abc import Iterable, Mapping
from typing import Any

from ai_gateway.core import eventstream, sse
from ai_gateway.core.wire import dumps

Events = tuple[tuple[str, Any], ...]
"""The name of each event and its data."""

CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}}
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
HEAD = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def _chunk(delta: object, finish: str | None = None) -> tuple[str, Any]:
    return "", {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


WHOLE: Mapping[str, Any] = {
    "openai": {
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello", "reasoning_content": "Hm.", "tool_calls": [CALL]},
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {**USAGE, "prompt_tokens_details": {"cached_tokens": 2}},
    },
    "anthropic": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "text", "text": "Hello"},
            {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bern"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 2},
    },
    "gemini": {
        "responseId": "r",
        "modelVersion": "m",
        "candidates": [
            {
                "index": 0,
                "content": {
                    "role": "model",
                    "parts": [
                        {"text": "Hm.", "thought": True},
                        {"text": "Hello"},
                        {"functionCall": {"name": "weather", "args": {"city": "Bern"}}, "thoughtSignature": "c2ln"},
                    ],
                },
                "finishReason": "STOP",
            }
        ],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15},
    },
    "bedrock": {
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
                    {"text": "Hello"},
                    {"toolUse": {"toolUseId": "t", "name": "weather", "input": {"city": "Bern"}}},
                ],
            }
        },
        "stopReason": "tool_use",
        "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15},
        "metrics": {"latencyMs": 1},
    },
    "cohere": {
        "id": "c",
        "finish_reason": "TOOL_CALL",
        "message": {
            "role": "assistant",
            "tool_plan": "Hm.",
            "content": [{"type": "text", "text": "Hello"}],
            "tool_calls": [CALL],
        },
        "usage": {
            "billed_units": {"input_tokens": 10, "output_tokens": 5},
            "tokens": {"input_tokens": 10, "output_tokens": 5},
        },
    },
}

STREAMED: Mapping[str, Events] = {
    "openai": (
        _chunk({"role": "assistant", "content": "", "reasoning_content": "Hm."}),
        _chunk({"content": "Hello"}),
        _chunk({"tool_calls": [{"index": 0, **CALL}]}),
        _chunk({}, "tool_calls"),
        ("", {**HEAD, "choices": [], "usage": USAGE}),
    ),
    "anthropic": (
        (
            "message_start",
            {"type": "message_start", "message": {**WHOLE["anthropic"], "content": [], "stop_reason": None}},
        ),
        (
            "content_block_start",
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        ),
        (
            "content_block_delta",
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
        ),
        ("content_block_stop", {"type": "content_block_stop", "index": 0}),
        (
            "content_block_start",
            {
                "type": "content_block_start",
                "index": 1,
                "content_block": {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}},
            },
        ),
        (
            "content_block_delta",
            {
                "type": "content_block_delta",
                "index": 1,
                "delta": {"type": "input_json_delta", "partial_json": '{"city":"Bern"}'},
            },
        ),
        ("content_block_stop", {"type": "content_block_stop", "index": 1}),
        (
            "message_delta",
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
        ),
        ("message_stop", {"type": "message_stop"}),
    ),
    "gemini": (("", WHOLE["gemini"]),),
    "bedrock": (
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "weather"}}}),
        ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"city":"Bern"}'}}}),
        ("contentBlockStop", {"contentBlockIndex": 1}),
        ("messageStop", {"stopReason": "tool_use"}),
        ("metadata", {"usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}, "metrics": {"latencyMs": 1}}),
    ),
    "cohere": (
        ("message-start", {"id": "c", "type": "message-start", "delta": {"message": {"role": "assistant"}}}),
        (
            "content-start",
            {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
        ),
        ("content-delta", {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hello"}}}}),
        ("content-end", {"type": "content-end", "index": 0}),
        (
            "message-end",
            {
                "type": "message-end",
                "delta": {
                    "finish_reason": "COMPLETE",
                    "usage": {"tokens": {"input_tokens": 10, "output_tokens": 5}},
                },
            },
        ),
    ),
}


def whole(dialect: str) -> bytes:
    return dumps(WHOLE[dialect])


def streamed(dialect: str, events: Iterable[tuple[str, Any]] | None = None) -> bytes:
    """These events, or the valid ones, as the dialect frames them."""
    chosen = STREAMED[dialect] if events is None else events
    if dialect == "bedrock":
        return b"".join(_message(name, data) for name, data in chosen)
    body = b"".join(
        (b"event: %s\n" % name.encode() if name else b"") + sse.encode(dumps(data)) for name, data in chosen
    )
    return body + sse.DONE if dialect == "openai" else body


def _message(name: str, data: object) -> bytes:
    headers = {":message-type": "event", ":event-type": name, ":content-type": "application/json"}
    return eventstream.encode(headers, dumps(data))
