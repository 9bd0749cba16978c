"""A provider on loopback that costs next to nothing: fixed answers in OpenAI's and Anthropic's wire format, plain ASGI."""

import asyncio
import json

from starlette.types import Receive, Scope, Send

CHUNKS = 100
PACE = 0.003
"""Seconds between chunks: a fast model's, so that each comes alone as it does in life."""
TEXT = "An answer of the length that a chat usually has, so that relaying it costs what it usually costs. " * 3


def _sse(*events: tuple[str | None, dict[str, object]]) -> list[bytes]:
    return [
        (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(data).encode() + b"\n\n"
        for name, data in events
    ]


def _openai_chunk(delta: dict[str, object], finish: str | None = None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-mini",
        "service_tier": "default",
        "choices": [choice],
        "usage": None,
    }


_USAGE = {"prompt_tokens": 120, "completion_tokens": 100, "total_tokens": 220}
_ANTHROPIC_USAGE = {"input_tokens": 120, "output_tokens": 100}
OPENAI_WHOLE = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        "usage": _USAGE,
    }
).encode()
OPENAI_STREAM = [
    *_sse(
        (None, _openai_chunk({"role": "assistant", "content": ""})),
        *((None, _openai_chunk({"content": f"word {number} "})) for number in range(CHUNKS)),
        (None, _openai_chunk({}, "stop")),
        (None, {**_openai_chunk({}), "choices": [], "usage": _USAGE}),
    ),
    b"data: [DONE]\n\n",
]
ANTHROPIC_WHOLE = json.dumps(
    {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-20250514",
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": _ANTHROPIC_USAGE,
    }
).encode()
ANTHROPIC_STREAM = _sse(
    (
        "message_start",
        {"type": "message_start", "message": {**json.loads(ANTHROPIC_WHOLE), "content": [], "stop_reason": None}},
    ),
    ("content_block_start", {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    *(
        (
            "content_block_delta",
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"word {number} "}},
        )
        for number in range(CHUNKS)
    ),
    ("content_block_stop", {"type": "content_block_stop", "index": 0}),
    ("message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": _ANTHROPIC_USAGE}),
    ("message_stop", {"type": "message_stop"}),
)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    anthropic = scope["path"].endswith("/messages")
    streams = b'"stream":true' in body
    kind = b"text/event-stream" if streams else b"application/json"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    if streams:
        for event in ANTHROPIC_STREAM if anthropic else OPENAI_STREAM:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(PACE)
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": ANTHROPIC_WHOLE if anthropic else OPENAI_WHOLE})
