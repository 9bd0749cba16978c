"""What comes from Cohere, whole, streamed and as an error."""

import json
from typing import Any, cast

import pytest

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.cohere import DIALECT
from ai_gateway.core.errors import UpstreamMalformed, UpstreamRejected

Json = dict[str, Any]

CONTEXT = ReplyContext(
    {"model": "m", "messages": []},
    Endpoint("m", Provider("cohere", "Cohere", "https://api.cohere.com"), "command-a", "https://api.cohere.com"),
    "chatcmpl-own",
    1_700_000_000,
)
TEXT = {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hi"}}}}
END = {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}


def decode(answer: object) -> Json:
    return cast("Json", DIALECT.decode(json.dumps(answer).encode(), CONTEXT))


def sse(*events: Json) -> bytes:
    return "".join(f"event: {event.get('type')}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def read(*events: Json) -> list[Json]:
    decoder = DIALECT.decoder(CONTEXT)
    return cast("list[Json]", [*decoder.feed(sse(*events)), *decoder.close()])


def deltas(chunks: list[Json]) -> list[Json]:
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"]]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
        ("ERROR_TOXIC", "content_filter"),
        ("", "stop"),
    ],
)
def test_a_finish_reason_is_one_of_openai_s(said: str, told: str) -> None:
    answer = {"message": {"content": [{"type": "text", "text": "Hi"}]}, "finish_reason": said}
    assert decode(answer)["choices"][0]["finish_reason"] == told


@pytest.mark.parametrize(("reason", "status"), [("ERROR", 500), ("TIMEOUT", 504)])
def test_an_answer_that_was_broken_off_is_an_error(reason: str, status: int) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        decode({"message": {"content": []}, "finish_reason": reason})
    assert caught.value.status == status
    with pytest.raises(UpstreamRejected, match="out of memory"):
        read(TEXT, {"type": "message-end", "delta": {"finish_reason": reason, "error": "out of memory"}})


def test_sources_become_annotations() -> None:
    citation = {
        "start": 4,
        "end": 9,
        "text": "sunny",
        "sources": [
            {"type": "document", "id": "d1", "document": {"url": "https://a.example", "title": "A", "text": "Sunny"}},
            {"type": "tool", "id": "call:0", "tool_output": {"content": "22C"}},
        ],
    }
    notes = [
        {"url": "https://a.example", "title": "A", "content": "Sunny", "start_index": 4, "end_index": 9},
        {"url": "", "title": "call:0", "content": "22C", "start_index": 4, "end_index": 9},
    ]
    answer = {"message": {"content": "It's sunny", "citations": [citation]}, "finish_reason": "COMPLETE"}
    message = decode(answer)["choices"][0]["message"]
    assert message["content"] == "It's sunny"
    assert [note["url_citation"] for note in message["annotations"]] == notes
    event = {"type": "citation-start", "index": 0, "delta": {"message": {"citations": citation}}}
    told = deltas(read(TEXT, event, event, END))
    assert [[note["index"] for note in delta["annotations"]] for delta in told[1:3]] == [[0, 1], [2, 3]]
    assert [note["url_citation"] for note in told[1]["annotations"]] == notes


def test_log_probabilities_have_openai_s_form() -> None:
    entries = [
        {"text": "Hi", "token_ids": [1], "logprobs": [-0.5]},
        {"text": " ü", "token_ids": [2, 3], "logprobs": [-1, -2]},
    ]
    answer = {"message": {"content": "Hi ü"}, "finish_reason": "COMPLETE", "logprobs": entries}
    content = [
        {"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": []},
        {"token": " ü", "logprob": -3, "bytes": [32, 195, 188], "top_logprobs": []},
    ]
    assert decode(answer)["choices"][0]["logprobs"] == {"content": content, "refusal": None}
    chunk = read({**TEXT, "logprobs": entries[0]}, END)[0]
    assert chunk["choices"][0]["logprobs"] == {"content": content[:1], "refusal": None}


def test_a_tool_that_is_called_without_a_word_is_called_with_an_empty_object() -> None:
    def call(kind: str, index: int, **tool_calls: Any) -> Json:
        return {"type": kind, "index": index, "delta": {"message": {"tool_calls": tool_calls}}}

    chunks = read(
        call("tool-call-start", 3, id="a", type="function", function={"name": "f", "arguments": ""}),
        {"type": "tool-call-end", "index": 3},
        call("tool-call-start", 4, id="b", type="function", function={"name": "g", "arguments": ""}),
        call("tool-call-delta", 4, function={"arguments": '{"x":1}'}),
        {"type": "tool-call-end", "index": 4},
        {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}},
    )
    pieces = [piece for delta in deltas(chunks) for piece in delta.get("tool_calls", [])]
    assert [(piece["index"], piece.get("id"), piece["function"]["arguments"]) for piece in pieces] == [
        (0, "a", ""),
        (0, None, "{}"),
        (1, "b", ""),
        (1, None, '{"x":1}'),
    ]


def test_tokens_are_what_the_model_saw_and_bills_are_kept() -> None:
    usage = {"billed_units": {"input_tokens": 13.0, "output_tokens": 61.0}, "cached_tokens": 500.0}
    tokens = {"input_tokens": 542.0, "output_tokens": 63.0}
    answer = {"message": {"content": "Hi"}, "finish_reason": "COMPLETE", "usage": {**usage, "tokens": tokens}}
    told = decode(answer)["usage"]
    assert (told["prompt_tokens"], told["completion_tokens"], told["total_tokens"]) == (542, 63, 605)
    assert told["prompt_tokens_details"] == {"cached_tokens": 500}
    assert told["billed_units"] == usage["billed_units"]
    assert decode({**answer, "usage": usage})["usage"]["prompt_tokens"] == 13


def test_a_stream_that_breaks_off_is_an_error() -> None:
    decoder = DIALECT.decoder(CONTEXT)
    list(decoder.feed(sse(TEXT)))
    with pytest.raises(UpstreamMalformed):
        list(decoder.close())


def test_an_error_in_a_stream_is_raised() -> None:
    with pytest.raises(UpstreamRejected, match="too many requests"):
        read({"message": "too many requests"})
    with pytest.raises(UpstreamMalformed):
        list(DIALECT.decoder(CONTEXT).feed(b"data: <html>\n\n"))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message": null}'])
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(UpstreamMalformed):
        DIALECT.decode(body, CONTEXT)


def test_an_error_keeps_status_and_message() -> None:
    failure = DIALECT.decode_error(429, {"retry-after": "3"}, b'{"id": "x", "message": "Trial key limit"}')
    assert (failure.status, failure.message, failure.retry_after) == (429, "Trial key limit", 3.0)
    assert "503" in DIALECT.decode_error(503, {}, b"<html>").message
    with pytest.raises(UpstreamRejected, match="invalid token"):
        decode({"message": "invalid token"})
