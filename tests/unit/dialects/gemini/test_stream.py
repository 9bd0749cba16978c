from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.gemini import DIALECT
from ai_gateway.core.errors import UpstreamMalformed, UpstreamRejected

Streamed = Callable[..., list[dict[str, Any]]]
Context = Callable[..., ReplyContext]
USAGE = {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}


def event(*parts: dict[str, Any], reason: str | None = None, index: int | None = None, **fields: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}}
    if reason is not None:
        candidate["finishReason"] = reason
    if index is not None:
        candidate["index"] = index
    return {"candidates": [candidate], "responseId": "r-1", "modelVersion": "v", "usageMetadata": USAGE, **fields}


def deltas(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"]]


def test_a_stream_begins_with_the_role_and_ends_with_finish_and_usage(streamed: Streamed) -> None:
    chunks = streamed(event({"text": "Fo"}), event({"text": "ur"}, reason="STOP"))
    assert deltas(chunks) == [{"role": "assistant", "content": "Fo"}, {"content": "ur"}, {}]
    assert [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]] == [None, None, "stop"]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 7
    assert {(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks} == {("r-1", "v", 1_700_000_000)}


def test_text_goes_out_with_the_bytes_that_bring_it(context: Context) -> None:
    decoder = DIALECT.decoder(context())
    body = b'data: {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}\n\n'
    assert list(decoder.feed(body[:30])) == []
    [chunk] = decoder.feed(body[30:])
    assert chunk["choices"][0]["delta"]["content"] == "Hi"


def test_a_call_before_the_stop_makes_it_tool_calls(streamed: Streamed) -> None:
    call = {"functionCall": {"name": "add", "args": {"x": 1}}, "thoughtSignature": "c2ln"}
    chunks = streamed(event(call), event({"functionCall": {"name": "now"}}), event({"text": ""}, reason="STOP"))
    [first, second, _] = deltas(chunks)
    assert first["tool_calls"] == [
        {
            "index": 0,
            "id": "call_r-1_0",
            "type": "function",
            "function": {"name": "add", "arguments": '{"x":1}'},
            "extra_content": {"google": {"thought_signature": "c2ln"}},
        }
    ]
    assert (second["tool_calls"][0]["index"], second["tool_calls"][0]["id"]) == (1, "call_r-1_1")
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_finish_reason_on_every_event_finishes_once(streamed: Streamed) -> None:
    chunks = streamed(event({"text": "a"}, reason="STOP"), event({"text": "b"}, reason="MAX_TOKENS"))
    finishes = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert finishes == [None, None, "length"]


def test_thoughts_and_signatures_stream_in_their_places(streamed: Streamed) -> None:
    chunks = streamed(
        event({"text": "Hm", "thought": True}),
        event({"text": "Yes"}),
        event({"text": "", "thoughtSignature": "c2ln"}, reason="STOP"),
    )
    [thought, said, signed, _] = deltas(chunks)
    assert thought == {"role": "assistant", "content": "", "reasoning": "Hm", "reasoning_content": "Hm"}
    assert said == {"content": "Yes"}
    assert signed == {
        "reasoning_details": [{"type": "reasoning.encrypted", "data": "c2ln", "format": "google-gemini-v1", "index": 0}]
    }


def test_choices_stream_side_by_side_and_each_finishes(streamed: Streamed) -> None:
    chunks = streamed(
        event({"text": "a"}, index=0),
        event({"text": "b"}, index=1),
        event({"functionCall": {"name": "f"}}, index=1, reason="STOP"),
        event({"text": "c"}, index=0, reason="STOP"),
    )
    seen = [
        (choice["index"], choice["delta"].get("role"), choice["finish_reason"])
        for chunk in chunks
        for choice in chunk["choices"]
    ]
    assert seen == [
        (0, "assistant", None),
        (1, "assistant", None),
        (1, None, None),
        (0, None, None),
        (0, None, "stop"),
        (1, None, "tool_calls"),
    ]


def test_citations_come_once_before_the_finish(streamed: Streamed) -> None:
    first = {"groundingChunks": [{"web": {"uri": "https://a.test", "title": "A"}}]}
    last = {"groundingSupports": [{"segment": {"endIndex": 4, "text": "Four"}, "groundingChunkIndices": [0]}]}
    one, two = event({"text": "Fo"}), event({"text": "ur"}, reason="STOP")
    one["candidates"][0]["groundingMetadata"] = first
    two["candidates"][0]["groundingMetadata"] = last
    place = {"url": "https://a.test", "title": "A", "start_index": 0, "end_index": 4}
    assert deltas(streamed(one, two))[2:] == [{"annotations": [{"type": "url_citation", "url_citation": place}]}, {}]


def test_log_probabilities_ride_on_their_text(streamed: Streamed) -> None:
    native = event({"text": "a"}, reason="STOP")
    native["candidates"][0]["logprobsResult"] = {"chosenCandidates": [{"token": "a", "logProbability": -1.0}]}
    logs = streamed(native)[0]["choices"][0]["logprobs"]
    assert [(token["token"], token["logprob"]) for token in logs["content"]] == [("a", -1.0)]


def test_images_and_sound_stream_as_they_come(streamed: Streamed) -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    sound = {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "BBBB"}}
    [drawn, heard, more, _] = deltas(streamed(event(image), event(sound), event(sound, reason="STOP")))
    assert drawn["images"][0]["image_url"]["url"] == "data:image/png;base64,AAAA"
    assert heard["audio"] == {"id": "audio_r-1", "mime_type": "audio/L16;rate=24000", "data": "BBBB"}
    assert more["audio"] == {"data": "BBBB"}


def test_a_blocked_prompt_is_a_filtered_stream(streamed: Streamed) -> None:
    chunks = streamed({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No."}, "responseId": "r-1"})
    assert deltas(chunks) == [{"role": "assistant", "content": "", "refusal": "No."}, {}]
    assert chunks[-2]["choices"][0]["finish_reason"] == "content_filter"
    assert chunks[-1]["usage"]["total_tokens"] == 0
    assert {chunk["id"] for chunk in chunks} == {"r-1"}


@pytest.mark.parametrize(
    "events",
    [[], [event({"text": "Fo"})], [event({"text": "a"}, index=0, reason="STOP"), event({"text": "b"}, index=1)]],
)
def test_a_stream_cut_short_is_malformed(context: Context, streamed: Streamed, events: list[Any]) -> None:
    with pytest.raises(UpstreamMalformed, match="gemini-3-flash-preview/google-ai-studio"):
        streamed(*events)


def test_an_error_inside_the_stream_is_raised_after_what_came_before(context: Context) -> None:
    decoder = DIALECT.decoder(context())
    body = (
        b'data: {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}\n\n'
        b'data: {"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}}\n\n'
    )
    chunks = decoder.feed(body)
    assert next(chunks)["choices"][0]["delta"]["content"] == "Hi"
    with pytest.raises(UpstreamRejected) as caught:
        next(chunks)
    assert (caught.value.status, caught.value.code) == (429, "RESOURCE_EXHAUSTED")


def test_an_event_that_is_no_json_is_malformed(context: Context) -> None:
    with pytest.raises(UpstreamMalformed):
        list(DIALECT.decoder(context()).feed(b"data: {broken\n\n"))


@pytest.mark.parametrize(
    "body", [b'[{"error": {"code": 500, "message": "x"}}]', b'{"error": {"code": 500, "message": "x"}}']
)
def test_an_error_body_instead_of_a_stream_is_a_rejection(context: Context, body: bytes) -> None:
    decoder = DIALECT.decoder(context())
    assert list(decoder.feed(body)) == []
    with pytest.raises(UpstreamRejected, match="x"):
        list(decoder.close())
