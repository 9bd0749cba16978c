"""Streamed messages to chunks."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatCompletionChunk
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.anthropic import DIALECT
from ai_gateway.core.errors import UpstreamMalformed, UpstreamRejected

Stream = Callable[..., Any]
Event = dict[str, Any]


def block(start: Event, *deltas: Event, index: int = 0) -> list[Event]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def words(*pieces: str, index: int = 0) -> list[Event]:
    return block(
        {"type": "text", "text": ""}, *({"type": "text_delta", "text": piece} for piece in pieces), index=index
    )


def tool(*pieces: str, call_id: str = "toolu_1", name: str = "f", index: int = 0) -> list[Event]:
    start = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
    return block(start, *({"type": "input_json_delta", "partial_json": piece} for piece in pieces), index=index)


def deltas(chunks: list[Event]) -> list[Event]:
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"]]


def decoder() -> Any:
    endpoint = Endpoint("c", Provider("anthropic", "Anthropic", ""), "claude", "")
    return DIALECT.decoder(ReplyContext({"model": "m", "messages": []}, endpoint, "chatcmpl-1", 1_700_000_000))


def event(**fields: object) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()


def test_a_stream_has_one_id_the_role_first_and_usage_last(stream: Stream) -> None:
    chunks = stream([{"type": "ping"}, *words("a", "b")])
    assert {(chunk["id"], chunk["model"]) for chunk in chunks} == {("msg_1", "claude-x")}
    assert deltas(chunks) == [{"role": "assistant", "content": "a"}, {"content": "b"}, {}]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 8


def test_an_empty_answer_still_has_its_role(stream: Stream) -> None:
    assert deltas(stream([])) == [{"role": "assistant", "content": ""}]


def test_the_input_of_a_tool_comes_in_its_pieces(stream: Stream) -> None:
    chunks = stream([*tool("", '{"a"', ": 1}"), *tool("{}", call_id="toolu_2", name="g", index=1)], end="tool_use")
    calls = [delta["tool_calls"][0] for delta in deltas(chunks) if "tool_calls" in delta]
    assert [(call["index"], call.get("id"), call["function"]) for call in calls] == [
        (0, "toolu_1", {"name": "f", "arguments": ""}),
        (0, None, {"arguments": '{"a"'}),
        (0, None, {"arguments": ": 1}"}),
        (1, "toolu_2", {"name": "g", "arguments": ""}),
        (1, None, {"arguments": "{}"}),
    ]
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_tool_without_input_takes_an_empty_object(stream: Stream) -> None:
    last = [delta["tool_calls"][0] for delta in deltas(stream(tool(""), end="tool_use")) if "tool_calls" in delta][-1]
    assert last["function"]["arguments"] == "{}"


def test_input_that_breaks_off_is_passed_on_as_it_is(stream: Stream) -> None:
    chunks = stream(tool('{"a": "b'), end="max_tokens")
    assert deltas(chunks)[1]["tool_calls"][0]["function"]["arguments"] == '{"a": "b'
    assert chunks[-2]["choices"][0]["finish_reason"] == "length"


def test_thoughts_stream_and_their_signature_follows(stream: Stream) -> None:
    thought = block(
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "H"},
        {"type": "thinking_delta", "thinking": "m"},
        {"type": "signature_delta", "signature": "s1"},
    )
    secret = block({"type": "redacted_thinking", "data": "xx"}, index=1)
    said = deltas(stream([*thought, *secret, *words("a", index=2)]))
    assert [delta["reasoning"] for delta in said if "reasoning" in delta] == ["H", "m"]
    assert [delta["reasoning_content"] for delta in said if "reasoning_content" in delta] == ["H", "m"]
    details = [detail for delta in said for detail in delta.get("reasoning_details", [])]
    form = "anthropic-claude-v1"
    assert details == [
        {"type": "reasoning.text", "text": "Hm", "signature": "s1", "format": form, "index": 0},
        {"type": "reasoning.encrypted", "data": "xx", "format": form, "index": 1},
    ]


def test_thoughts_nobody_wants_to_see_are_not_streamed(stream: Stream) -> None:
    thought = block({"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "Hm"})
    chunks = stream([*thought, *words("a", index=1)], {"include_reasoning": False})
    assert "Hm" not in json.dumps(chunks)


def test_citations_stand_behind_the_text(stream: Stream) -> None:
    page = {"type": "web_search_result_location", "url": "https://e.com", "title": "E", "cited_text": "so"}
    cited = block(
        {"type": "text", "text": "", "citations": []},
        {"type": "citations_delta", "citation": page},
        {"type": "text_delta", "text": "It is."},
        index=1,
    )
    said = deltas(stream([*words("See: "), *cited]))
    [annotation] = said[-2]["annotations"]
    assert annotation["url_citation"]["start_index"] == 5
    assert annotation["url_citation"]["end_index"] == 11


def test_hosted_tools_are_no_calls_and_come_whole_at_the_end(stream: Stream) -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    asked = block(search, {"type": "input_json_delta", "partial_json": '{"query": "x"}'})
    said = deltas(stream([*asked, *block(found, index=1), *words("a", index=2)]))
    assert not any("tool_calls" in delta for delta in said)
    assert said[-2]["extra_content"]["anthropic"]["content"] == [
        {**search, "input": {"query": "x"}},
        found,
        {"type": "text", "text": "a"},
    ]


def test_a_refusal_says_why_before_it_ends(stream: Stream) -> None:
    chunks = stream(words("I"), end="refusal", stop_details={"type": "refusal", "explanation": "Not this."})
    assert deltas(chunks)[-2]["refusal"] == "Not this."
    assert chunks[-2]["choices"][0]["finish_reason"] == "content_filter"


def test_usage_of_the_last_event_goes_over_the_first(stream: Stream) -> None:
    usage = {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 6, "server_tool_use": None}
    late = {"type": "message_delta", "delta": {}, "usage": usage}
    assert stream([*words("a"), late])[-1]["usage"]["prompt_tokens"] == 13


@pytest.mark.parametrize(
    ("kind", "status"),
    [("overloaded_error", 529), ("rate_limit_error", 429), ("api_error", 500), ("timeout_error", 504), ("new", 500)],
)
def test_an_error_inside_a_stream_comes_after_what_was_said(kind: str, status: int) -> None:
    stream = decoder()
    start = event(type="content_block_start", index=0, content_block={"type": "text", "text": "a"})
    said: list[ChatCompletionChunk] = []
    with pytest.raises(UpstreamRejected, match="Too much") as caught:
        said.extend(stream.feed(start + event(type="error", error={"type": kind, "message": "Too much"})))
    assert len(said) == 1
    assert (caught.value.status, caught.value.type) == (status, kind)


def test_nothing_is_said_before_the_first_content() -> None:
    stream = decoder()
    assert list(stream.feed(event(type="message_start", message={"id": "msg_1"}) + event(type="ping"))) == []


@pytest.mark.parametrize("data", [b"", b'{"content": []}', event(type="message_start", message={"id": "m"})])
def test_a_stream_that_is_cut_is_malformed(data: bytes) -> None:
    stream = decoder()
    assert list(stream.feed(data)) == []
    with pytest.raises(UpstreamMalformed, match="before the answer was complete"):
        list(stream.close())


def test_an_event_that_is_no_object_is_malformed() -> None:
    with pytest.raises(UpstreamMalformed, match="not a JSON object"):
        list(decoder().feed(b"data: oops\n\n"))


def test_a_stream_without_its_last_blank_line_is_complete() -> None:
    stream = decoder()
    chunks = [*stream.feed(event(type="message_stop").rstrip()), *stream.close()]
    assert chunks[-1]["choices"] == []


def test_a_stream_that_told_its_stop_reason_is_complete() -> None:
    stream = decoder()
    said = event(type="message_delta", delta={"stop_reason": "max_tokens"}, usage={"output_tokens": 2})
    chunks = [*stream.feed(said), *stream.close()]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == ["length"]
    assert chunks[-1]["choices"] == []


def test_unknown_events_and_blocks_are_passed_over(stream: Stream) -> None:
    new = block({"type": "hologram"}, {"type": "hologram_delta", "partial": "x"})
    assert deltas(stream([{"type": "news"}, *new, *words("a", index=1)]))[0] == {"role": "assistant", "content": "a"}
