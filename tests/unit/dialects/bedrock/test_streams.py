"""Streamed answers, event by event."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.bedrock import DIALECT
from ai_gateway.core.errors import UpstreamMalformed, UpstreamRejected
from ai_gateway.core.eventstream import encode as event_message
from ai_gateway.core.transcript import Transcript

Streamed = Callable[..., list[dict[str, Any]]]
Context = Callable[..., ReplyContext]
NOVA = "us.amazon.nova-2-lite-v1:0"


def delta(content: Any, index: int = 0) -> tuple[str, Any]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": content}


def start(content: Any, index: int = 0) -> tuple[str, Any]:
    return "contentBlockStart", {"contentBlockIndex": index, "start": content}


def stop(index: int = 0) -> tuple[str, Any]:
    return "contentBlockStop", {"contentBlockIndex": index}


def event(kind: str, payload: Any) -> bytes:
    return event_message({":message-type": "event", ":event-type": kind}, json.dumps(payload).encode())


def message_of(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    transcript = Transcript()
    for chunk in chunks:
        transcript.add(chunk)  # type: ignore[arg-type]
    return dict(transcript.completion()["choices"][0]["message"])


def test_text_streams_with_the_role_first_and_the_usage_last(streamed: Streamed) -> None:
    chunks = streamed(delta({"text": ""}), delta({"text": "Hel"}), delta({"text": "lo"}), stop())
    assert [chunk["choices"] for chunk in chunks] == [
        [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}, "finish_reason": None}],
        [{"index": 0, "delta": {"content": "lo"}, "finish_reason": None}],
        [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        [],
    ]
    assert chunks[-1]["usage"]["total_tokens"] == 3
    assert {chunk["id"] for chunk in chunks} == {"chatcmpl-1"}


def test_nothing_is_said_before_the_first_content(context: Context) -> None:
    decoder = DIALECT.decoder(context())
    assert list(decoder.feed(event("messageStart", {"role": "assistant"}))) == []


def test_calls_stream_with_their_arguments(streamed: Streamed) -> None:
    chunks = streamed(
        delta({"text": "Let me."}),
        stop(),
        start({"toolUse": {"toolUseId": "a", "name": "f"}}, 1),
        delta({"toolUse": {"input": ""}}, 1),
        delta({"toolUse": {"input": '{"x":'}}, 1),
        delta({"toolUse": {"input": "1}"}}, 1),
        stop(1),
        start({"toolUse": {"toolUseId": "b", "name": "g"}}, 2),
        stop(2),
        stop="tool_use",
    )
    message = message_of(chunks)
    assert message["content"] == "Let me."
    assert message["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"


def test_reasoning_streams_and_its_signature_comes_whole(streamed: Streamed) -> None:
    events = (
        delta({"reasoningContent": {"text": "Hm"}}),
        delta({"reasoningContent": {"text": "."}}),
        delta({"reasoningContent": {"signature": "si"}}),
        delta({"reasoningContent": {"signature": "g"}}),
        stop(),
        delta({"reasoningContent": {"redactedContent": "RXQ="}}, 1),
        delta({"reasoningContent": {"redactedContent": "aw=="}}, 1),
        stop(1),
        delta({"text": "Yes"}, 2),
        stop(2),
    )
    message = message_of(streamed(*events))
    assert message["content"] == "Yes"
    assert message["reasoning"] == message["reasoning_content"] == "Hm."
    assert message["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Hm.", "signature": "sig", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "Etk", "format": "anthropic-claude-v1", "index": 1},
    ]
    assert message_of(streamed(*events, reasoning={"exclude": True})).keys() == {"role", "content"}


def test_what_a_hosted_tool_did_comes_at_the_end(streamed: Streamed) -> None:
    use = {"toolUseId": "h", "name": "nova_code_interpreter", "type": "server_tool_use"}
    result = {"toolUseId": "h", "status": "success", "type": "nova_code_interpreter_result"}
    chunks = streamed(
        start({"toolUse": use}),
        delta({"toolUse": {"input": '{"snippet":"1"}'}}),
        stop(),
        start({"toolResult": result}, 1),
        delta({"toolResult": [{"json": {"stdOut": "1"}}]}, 1),
        stop(1),
        delta({"text": "It is 1."}, 2),
        stop(2),
        model=NOVA,
    )
    message = message_of(chunks)
    assert "tool_calls" not in message
    assert message["extra_content"]["bedrock"] == {
        "author": "amazon",
        "content": [
            {"toolUse": {**use, "input": {"snippet": "1"}}},
            {"toolResult": {**result, "content": [{"json": {"stdOut": "1"}}]}},
            {"text": "It is 1."},
        ],
    }


def test_citations_stand_behind_the_text_they_support(streamed: Streamed) -> None:
    cited = {"title": "Cities", "sourceContent": [{"text": "big"}], "location": {}}
    chunks = streamed(
        delta({"text": "So: "}),
        stop(),
        delta({"text": "Paris"}, 1),
        delta({"citation": cited}, 1),
        stop(1),
    )
    [note] = message_of(chunks)["annotations"]
    assert note["file_citation"] == {"filename": "Cities", "content": "big", "start_index": 4, "end_index": 9}


def test_images_stream_whole(streamed: Streamed) -> None:
    chunks = streamed(
        start({"image": {"format": "png"}}),
        delta({"image": {"source": {"bytes": "YQ=="}}}),
        delta({"image": {"source": {"bytes": "Yg=="}}}),
        stop(),
    )
    [image] = message_of(chunks)["images"]
    assert image["image_url"]["url"] == "data:image/png;base64,YWI="


def test_pieces_that_are_no_base64_are_malformed(streamed: Streamed) -> None:
    pieces = [delta({"reasoningContent": {"redactedContent": "%"}})] * 2
    with pytest.raises(UpstreamMalformed, match="not base64"):
        streamed(*pieces, stop())


def test_a_block_that_was_never_closed_is_closed_at_the_end(streamed: Streamed) -> None:
    chunks = streamed(start({"toolUse": {"toolUseId": "a", "name": "f"}}), stop="tool_use")
    assert message_of(chunks)["tool_calls"][0]["function"]["arguments"] == "{}"


def test_what_stands_beside_the_message_comes_with_the_usage(streamed: Streamed) -> None:
    beside = {"trace": {"guardrail": {}}, "serviceTier": {"type": "priority"}}
    last = streamed(delta({"text": "a"}), beside=beside)[-1]
    assert last["trace"] == {"guardrail": {}}
    assert last["service_tier"] == "priority"
    assert last["choices"] == []


def test_events_of_an_unknown_kind_are_passed_over(streamed: Streamed) -> None:
    assert message_of(streamed(("weather", {"sun": True}), delta({"sun": 1, "text": "a"}), stop(5)))["content"] == "a"


EXCEPTIONS = [
    ("throttlingException", 429),
    ("modelStreamErrorException", 424),
    ("validationException", 400),
    ("internalServerException", 500),
    ("serviceUnavailableException", 503),
    ("modelTimeoutException", 408),
    ("brandNewException", 500),
]


@pytest.mark.parametrize(("name", "status"), EXCEPTIONS)
def test_an_exception_in_the_stream_is_a_rejection(context: Context, name: str, status: int) -> None:
    decoder = DIALECT.decoder(context())
    said = event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}})
    failed = event_message({":message-type": "exception", ":exception-type": name}, b'{"message":"Sorry"}')
    chunks = decoder.feed(said + failed)
    assert next(chunks)["choices"][0]["delta"]["content"] == "Hel"
    with pytest.raises(UpstreamRejected, match="Sorry") as caught:
        next(chunks)
    assert caught.value.status == status
    assert caught.value.code == name[0].upper() + name[1:]


def test_an_error_that_is_not_modelled_is_told_by_its_headers(context: Context) -> None:
    headers = {":message-type": "error", ":error-code": "InternalFailure", ":error-message": "Broken"}
    with pytest.raises(UpstreamRejected, match="Broken") as caught:
        list(DIALECT.decoder(context()).feed(event_message(headers, b"")))
    assert (caught.value.status, caught.value.code) == (500, "InternalFailure")


def test_a_stream_without_its_end_is_malformed(context: Context) -> None:
    pieces = [
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "a"}}),
        event("messageStop", {"stopReason": "end_turn"}),
    ]
    for count in range(3):
        decoder = DIALECT.decoder(context())
        list(decoder.feed(b"".join(pieces[:count])))
        with pytest.raises(UpstreamMalformed, match="before the answer was complete"):
            list(decoder.close())


def test_usage_before_the_end_of_the_message_is_malformed(context: Context) -> None:
    with pytest.raises(UpstreamMalformed, match="before the answer was complete"):
        list(DIALECT.decoder(context()).feed(event("metadata", {"usage": {}})))


@pytest.mark.parametrize("body", [b"data: {}\n\n" * 3, b'{"message": "not a stream"}'])
def test_what_is_no_event_stream_is_malformed(context: Context, body: bytes) -> None:
    with pytest.raises(UpstreamMalformed, match="event stream"):
        list(DIALECT.decoder(context()).feed(body))


def test_an_event_that_is_no_object_is_malformed(context: Context) -> None:
    with pytest.raises(UpstreamMalformed, match="not a JSON object"):
        list(DIALECT.decoder(context()).feed(event("contentBlockDelta", [1])))
