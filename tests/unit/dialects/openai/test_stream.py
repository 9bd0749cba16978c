"""Streams: one id, the role first, one end a choice, usage last and alone, whatever the provider does."""

import json
from typing import Any, cast

import pytest

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.openai import DIALECT
from ai_gateway.core.errors import UpstreamMalformed, UpstreamRejected

Json = dict[str, Any]

CONTEXT = ReplyContext(
    {"model": "m", "messages": []},
    Endpoint("m", Provider("any", "Any", "https://any.example"), "provider-m", "https://any.example"),
    "chatcmpl-own",
    1_700_000_000,
)
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def event(delta: Json | None = None, finish: str | None = None, **fields: Any) -> Json:
    chunk: Json = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "m-1"}
    if delta is not None:
        chunk["choices"] = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {**chunk, **fields}


def sse(*events: Json | str) -> bytes:
    return "".join(f"data: {e if isinstance(e, str) else json.dumps(e)}\n\n" for e in events).encode()


def read(body: bytes) -> list[Json]:
    decoder = DIALECT.decoder(CONTEXT)
    return cast("list[Json]", [*decoder.feed(body), *decoder.close()])


def deltas(chunks: list[Json]) -> list[Json]:
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"]]


def ends(chunks: list[Json]) -> list[str | None]:
    return [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]


def test_a_stream_as_openai_sends_it_is_handed_on_as_it_came() -> None:
    sent = [
        event({"role": "assistant", "content": "", "refusal": None}, usage=None, obfuscation="x"),
        event({"content": "Hi"}, usage=None, system_fingerprint="fp"),
        event({}, "stop", usage=None),
        event(choices=[], usage=USAGE),
    ]
    assert read(sse(*sent, "[DONE]")) == sent


def test_where_the_bytes_are_cut_does_not_matter() -> None:
    body = b": hello\r\n\r\n" + sse(event({"content": "Grüße"}), event({}, "stop", usage=USAGE), "[DONE]")
    whole = read(body)
    for cut in range(1, len(body)):
        decoder = DIALECT.decoder(CONTEXT)
        assert [*decoder.feed(body[:cut]), *decoder.feed(body[cut:]), *decoder.close()] == whole


def test_a_first_chunk_without_choices_lends_what_it_says_to_the_next() -> None:
    azure = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": [{"n": 1}]}
    chunks = read(sse(azure, event({"role": "assistant", "content": "Hi"}), event({}, "stop"), "[DONE]"))
    assert [chunk["id"] for chunk in chunks] == ["chatcmpl-1", "chatcmpl-1"]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[0]["prompt_filter_results"] == [{"n": 1}]
    assert "prompt_filter_results" not in chunks[1]


def test_what_a_chunk_lacks_is_made_up_once() -> None:
    bare: list[Json] = [
        {"choices": [{"delta": {"content": "Hi"}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    ]
    first, last = read(sse(*bare))
    for chunk in (first, last):
        assert (chunk["id"], chunk["created"], chunk["model"]) == ("chatcmpl-own", 1_700_000_000, "provider-m")
        assert chunk["object"] == "chat.completion.chunk"
    assert first["choices"] == [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": None}]
    assert last["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]


def test_what_is_said_last_without_a_choice_goes_with_the_end() -> None:
    chunks = read(
        sse(event({"content": "a"}), event({}, "stop"), event(choices=[], moderation={"flagged": False}), "[DONE]")
    )
    assert chunks[-1]["moderation"] == {"flagged": False}
    assert ends(chunks) == [None, "stop"]


def test_a_time_that_is_no_whole_number_becomes_one() -> None:
    assert read(sse(event({"content": "a"}, created=5.9), event({}, "stop")))[0]["created"] == 5


def test_the_role_comes_once() -> None:
    chunks = read(sse(*[event({"role": "assistant", "content": word}) for word in "ab"], event({}, "stop")))
    assert [delta.get("role") for delta in deltas(chunks)] == ["assistant", None, None]


def test_an_answer_without_a_word_still_has_its_role() -> None:
    assert deltas(read(sse(event({}, "length"), "[DONE]"))) == [{"role": "assistant"}]


def test_an_end_that_comes_twice_is_told_once_and_last() -> None:
    chunks = read(
        sse(
            event({"content": "Hi"}),
            event({"role": "assistant", "content": ""}, "stop"),
            event({"role": "assistant", "content": ""}, "stop", usage=USAGE),
            "[DONE]",
        )
    )
    assert ends(chunks) == [None, "stop"]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == USAGE


def test_what_comes_with_or_after_the_end_goes_out_before_it() -> None:
    signature = {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x", "index": 0}]}
    chunks = read(sse(event({"content": "a"}), event({"content": "b"}, "stop"), event(signature, "stop"), "[DONE]"))
    assert deltas(chunks) == [{"role": "assistant", "content": "a"}, {"content": "b"}, signature, {}]
    assert ends(chunks) == [None, None, None, "stop"]


def test_every_choice_has_its_own_end() -> None:
    def of(index: int, delta: Json, finish: str | None = None) -> Json:
        return event(choices=[{"index": index, "delta": delta, "finish_reason": finish}])

    chunks = read(sse(of(0, {"content": "a"}), of(1, {"content": "b"}), of(1, {}, "length"), of(0, {}, "stop")))
    seen = [(choice["index"], choice["finish_reason"]) for chunk in chunks for choice in chunk["choices"]]
    assert seen == [(0, None), (1, None), (0, "stop"), (1, "length")]
    assert [delta.get("role") for delta in deltas(chunks)] == ["assistant", "assistant", None, None]


def test_the_last_of_many_usages_is_the_usage() -> None:
    growing = [{**USAGE, "completion_tokens": n, "total_tokens": 7 + n} for n in (1, 2)]
    chunks = read(
        sse(
            event({"content": "a"}, usage=growing[0]),
            event({}, "stop", usage=growing[1], object="chat.completion.done"),
        )
    )
    assert [chunk.get("usage") for chunk in chunks] == [None, None, growing[1]]
    assert chunks[-1]["choices"] == []


def test_usage_that_only_groq_s_own_field_holds_is_used() -> None:
    chunks = read(sse(event({"content": "a"}), event({}, "stop", x_groq={"id": "r", "usage": USAGE}), "[DONE]"))
    assert chunks[-1]["usage"] == USAGE
    assert chunks[-2]["x_groq"] == {"id": "r", "usage": USAGE}


def test_groq_s_usage_is_told_once() -> None:
    late = event(choices=[], usage=USAGE, service_tier="on_demand")
    chunks = read(sse(event({"content": "a"}), event({}, "stop", x_groq={"usage": USAGE}), late, "[DONE]"))
    assert [chunk.get("usage") for chunk in chunks] == [None, None, USAGE]
    assert chunks[-1]["service_tier"] == "default"


def test_usage_after_done_is_not_lost() -> None:
    decoder = DIALECT.decoder(CONTEXT)
    chunks = [*decoder.feed(sse(event({"content": "a"}), event({}, "stop"), "[DONE]"))]
    assert ends(cast("list[Json]", chunks)) == [None, "stop"]
    more = [*decoder.feed(sse(event({"content": "late"}, usage=USAGE))), *decoder.close()]
    assert [(chunk["choices"], chunk["usage"]) for chunk in cast("list[Json]", more)] == [([], USAGE)]


def test_a_stream_that_ended_needs_no_done() -> None:
    assert ends(read(sse(event({"content": "a"}), event({}, "stop")))) == [None, "stop"]


def test_a_done_stands_for_an_end_that_was_not_told() -> None:
    call = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
    assert ends(read(sse(event({"content": "a"}), "[DONE]"))) == [None, "stop"]
    assert ends(read(sse(event(call), "[DONE]"))) == [None, "tool_calls"]


@pytest.mark.parametrize("body", [b"", sse(event({"content": "a"})), b": ping\n\n", sse("[DONE]"), b'{"choices": ['])
def test_a_stream_that_breaks_off_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamMalformed):
        read(body)


def test_an_event_that_is_no_json_is_an_error() -> None:
    with pytest.raises(UpstreamMalformed, match="not a JSON object"):
        read(sse("<html>"))


@pytest.mark.parametrize(
    ("failure", "status", "message"),
    [
        ({"error": {"message": "No", "type": "invalid_request_error", "status_code": 400}}, 400, "No"),
        (
            {"error": {"code": 429, "message": "Slow"}, "choices": [{"delta": {}, "finish_reason": "error"}]},
            429,
            "Slow",
        ),
        ({"error": {"message": "Busy", "type": "overloaded_error"}}, 529, "Busy"),
        ({"error": "Model is overloaded", "error_type": "overloaded"}, 502, "Model is overloaded"),
        ({"object": "error", "message": "Too long", "code": 400}, 400, "Too long"),
        ({"choices": [{"delta": {}}], "x_groq": {"id": "r", "error": "over capacity"}}, 502, "over capacity"),
        ({"choices": [{"delta": {}, "finish_reason": "error"}]}, 502, "The provider broke the answer off (error)."),
        (
            {"choices": [{"delta": {}, "finish_reason": "error", "error": {"code": 503, "message": "Gone"}}]},
            503,
            "Gone",
        ),
    ],
)
def test_an_error_in_a_stream_is_raised_with_its_status(failure: Json, status: int, message: str) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        read(sse(failure))
    assert (caught.value.status, caught.value.message) == (status, message)


def test_an_event_named_error_is_one_whatever_it_holds() -> None:
    with pytest.raises(UpstreamRejected, match="Out of luck"):
        read(b'event: error\ndata: {"message": "Out of luck"}\n\n')


def test_what_was_held_back_goes_out_before_an_error() -> None:
    failure = event({"content": ""}, usage=USAGE, error={"code": 400, "message": "limit"})
    decoder = DIALECT.decoder(CONTEXT)
    chunks: list[Any] = []
    with pytest.raises(UpstreamRejected, match="limit"):
        chunks.extend(decoder.feed(sse(event({"content": "a"}), event({}, "length"), failure)))
    assert ends(chunks) == [None, "length"]
    assert chunks[-1]["usage"] == USAGE


def test_an_error_before_anything_else_lets_the_next_attempt_have_the_call() -> None:
    stream = DIALECT.decoder(CONTEXT).feed(sse({"error": {"code": 503, "message": "x"}, "usage": USAGE}))
    with pytest.raises(UpstreamRejected):
        next(stream)


def test_a_whole_answer_to_a_stream_request_becomes_a_stream() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 5,
        "model": "m-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi", "tool_calls": [call]},
                "finish_reason": "tool_calls",
            }
        ],
        "usage": USAGE,
    }
    for size in (1, 10_000):
        text = json.dumps(body, indent=1).encode()
        decoder = DIALECT.decoder(CONTEXT)
        chunks = cast(
            "list[Json]",
            [
                *(chunk for start in range(0, len(text), size) for chunk in decoder.feed(text[start : start + size])),
                *decoder.close(),
            ],
        )
        assert deltas(chunks) == [{"role": "assistant", "content": "Hi", "tool_calls": [call | {"index": 0}]}, {}]
        assert ends(chunks) == [None, "tool_calls"]
        assert chunks[-1]["usage"] == USAGE


def test_an_error_body_to_a_stream_request_is_an_error() -> None:
    with pytest.raises(UpstreamRejected, match="No credits"):
        read(b'{"error": {"code": 402, "message": "No credits"}}')


# Tool calls.


def calls_of(*pieces: list[Json]) -> list[list[Json]]:
    chunks = read(sse(*[event({"tool_calls": piece}) for piece in pieces], event({}, "tool_calls")))
    return [delta["tool_calls"] for delta in deltas(chunks) if "tool_calls" in delta]


def piece(arguments: str = "", name: str | None = None, **fields: Any) -> Json:
    return {**fields, "function": {"arguments": arguments} | ({"name": name} if name else {})}


def test_calls_without_an_index_are_numbered() -> None:
    told = calls_of([piece("{}", "f", id="a"), piece("", "g", id="b")], [piece("{}")])
    assert [[(call["index"], call.get("id")) for call in calls] for calls in told] == [
        [(0, "a"), (1, "b")],
        [(1, None)],
    ]


def test_calls_that_share_an_index_are_told_apart_by_their_ids() -> None:
    told = calls_of([piece("{}", "f", id="a", index=0)], [piece("{}", "g", id="b", index=0)], [piece(" ", index=0)])
    assert [calls[0]["index"] for calls in told] == [0, 1, 1]


def test_a_piece_with_a_new_id_and_no_name_goes_on_with_the_call_of_its_index() -> None:
    """Servers of open weights have given every piece an id of its own."""
    told = calls_of(
        [piece("", "f", id="a", index=0)], [piece('{"x":', id="b", index=0)], [piece("1}", id="c", index=0)]
    )
    assert told[1:] == [
        [{"index": 0, "function": {"arguments": '{"x":'}}],
        [{"index": 0, "function": {"arguments": "1}"}}],
    ]


def test_calls_that_are_not_numbered_from_zero_are_renumbered() -> None:
    told = calls_of([piece("", "f", id="a", index=1)], [piece("{}", index=1)], [piece("{}", "g", id="b", index=3)])
    assert [calls[0]["index"] for calls in told] == [0, 0, 1]


def test_a_call_is_named_once() -> None:
    first, second = calls_of(
        [piece("{", "f", id="a", index=0, type="function")], [piece("}", "f", id="a", index=0, type="function")]
    )
    assert first == [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{"}}]
    assert second == [{"index": 0, "function": {"arguments": "}"}}]


def test_a_call_without_id_and_type_gets_both() -> None:
    [[call]] = calls_of([piece("{}", "f", id="", index=0)])
    assert call["id"] == "call_1_0"
    assert call["type"] == "function"


def test_arguments_that_are_no_text_are_written_out() -> None:
    told = calls_of([{"id": "a", "index": 0, "function": {"name": "f", "arguments": {"x": 1}}}])
    assert told[0][0]["function"]["arguments"] == '{"x":1}'


def test_a_call_without_a_word_gets_an_empty_object_with_the_end() -> None:
    first, last = calls_of([{"id": "a", "index": 0, "function": {"name": "f", "arguments": None}}])
    assert first[0]["function"] == {"name": "f", "arguments": ""}
    assert last == [{"index": 0, "function": {"arguments": "{}"}}]


# Text and reasoning.


def test_mistral_s_parts_become_text_and_reasoning() -> None:
    thinking = {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]}
    chunks = read(sse(event(thinking), event({"content": [{"type": "text", "text": "4"}]}), event({}, "stop")))
    assert deltas(chunks)[0] == {
        "role": "assistant",
        "content": None,
        "reasoning": "Hm",
        "reasoning_content": "Hm",
    }
    assert deltas(chunks)[1]["content"] == "4"


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_stands_in_both_fields(name: str) -> None:
    delta = deltas(read(sse(event({name: "Hm"}), event({}, "stop"))))[0]
    assert delta["reasoning"] == delta["reasoning_content"] == "Hm"


def test_sources_become_annotations_at_the_end() -> None:
    found = [{"title": "Site", "url": "https://site.example"}]
    chunks = read(
        sse(
            event({"content": "a"}, citations=["https://site.example"], search_results=found),
            event({"content": ""}, "stop", citations=["https://site.example"], search_results=found, usage=USAGE),
        )
    )
    citation = {"url": "https://site.example", "title": "Site", "start_index": 0, "end_index": 0}
    assert deltas(chunks)[-1]["annotations"] == [{"type": "url_citation", "url_citation": citation}]
    assert chunks[0]["search_results"] == found


def test_a_provider_s_own_annotations_are_numbered_and_not_doubled() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 0}}
    chunks = read(
        sse(
            event({"annotations": [note]}, citations=["u"]),
            event({"annotations": [note]}, citations=["u"]),
            event({}, "stop"),
        )
    )
    told = [notes for delta in deltas(chunks) if (notes := delta.get("annotations"))]
    assert [[n["index"] for n in notes] for notes in told] == [[0], [1]]


def test_a_message_that_grows_beside_its_deltas_is_left_out() -> None:
    choice = {"index": 0, "delta": {"content": "b"}, "message": {"content": "ab"}, "finish_reason": None}
    chunk = read(sse(event(choices=[choice]), event({}, "stop")))[0]
    assert "message" not in chunk["choices"][0]
