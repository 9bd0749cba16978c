"""Whole messages to completions."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.anthropic import DIALECT
from ai_gateway.core.errors import UpstreamMalformed, UpstreamRejected

Receive = Callable[..., Any]
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}


def text(words: str, **fields: object) -> dict[str, object]:
    return {"type": "text", "text": words, **fields}


def used(name: str = "f", **given: object) -> dict[str, object]:
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": given}


def context() -> ReplyContext:
    endpoint = Endpoint("c", Provider("anthropic", "Anthropic", ""), "claude", "")
    return ReplyContext({"model": "m", "messages": []}, endpoint, "chatcmpl-1", 1_700_000_000)


def test_text_blocks_are_one_text(receive: Receive) -> None:
    completion = receive([text("a"), text("b")])
    assert completion["id"] == "msg_1"
    assert completion["model"] == "claude-x"
    assert completion["choices"][0]["message"] == {"role": "assistant", "content": "ab", "refusal": None}


def test_calls_keep_ids_names_and_order(receive: Receive) -> None:
    [choice] = receive([text("a"), used(x=1), used("g") | {"id": "toolu_2"}], stop_reason="tool_use")["choices"]
    assert choice["message"]["content"] == "a"
    assert choice["message"]["tool_calls"] == [
        {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "toolu_2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]
    assert choice["finish_reason"] == "tool_calls"


def test_an_answer_of_calls_alone_has_no_content(receive: Receive) -> None:
    assert receive([used()], stop_reason="tool_use")["choices"][0]["message"]["content"] is None
    assert receive([])["choices"][0]["message"]["content"] == ""


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_every_stop_reason_has_its_finish_reason(receive: Receive, native: str, reason: str) -> None:
    assert receive([text("a")], stop_reason=native)["choices"][0]["finish_reason"] == reason


def test_a_refusal_says_why(receive: Receive) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
    [choice] = receive([], stop_reason="refusal", stop_details=details)["choices"]
    assert choice["message"]["refusal"] == "Not this."


def test_thoughts_are_reasoning_with_their_signatures(receive: Receive) -> None:
    thoughts = [
        {"type": "thinking", "thinking": "Hm", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xx"},
        {"type": "thinking", "thinking": "", "signature": "s2"},
    ]
    message = receive([*thoughts, text("a")])["choices"][0]["message"]
    assert message["reasoning"] == message["reasoning_content"] == "Hm"
    form = "anthropic-claude-v1"
    assert message["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Hm", "signature": "s1", "format": form, "index": 0},
        {"type": "reasoning.encrypted", "data": "xx", "format": form, "index": 1},
        {"type": "reasoning.text", "text": "", "signature": "s2", "format": form, "index": 2},
    ]


def test_thoughts_nobody_wants_to_see_are_not_shown(receive: Receive) -> None:
    thought = {"type": "thinking", "thinking": "Hm", "signature": "s1"}
    message = receive([thought, SEARCH, text("a")], {"reasoning": {"exclude": True}})["choices"][0]["message"]
    assert not {"reasoning", "reasoning_content", "reasoning_details"} & message.keys()
    assert "Hm" not in json.dumps(message)


def test_what_hosted_tools_did_is_no_call_and_can_come_back(receive: Receive) -> None:
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    message = receive([text("a"), SEARCH, found, text("b")])["choices"][0]["message"]
    assert message["content"] == "ab"
    assert "tool_calls" not in message
    assert message["extra_content"]["anthropic"]["content"] == [text("a"), SEARCH, found, text("b")]


def test_pages_are_url_citations_of_the_text_they_support(receive: Receive) -> None:
    page = {
        "type": "web_search_result_location",
        "url": "https://e.com",
        "title": "E",
        "cited_text": "so",
        "encrypted_index": "x",
    }
    message = receive([text("See: "), text("it is.", citations=[page])])["choices"][0]["message"]
    span = {"start_index": 5, "end_index": 11}
    cited = {"url": "https://e.com", "title": "E", "content": "so", **span}
    assert message["annotations"] == [{"type": "url_citation", "url_citation": cited}]


def test_documents_are_file_citations(receive: Receive) -> None:
    place = {"type": "page_location", "document_index": 0, "start_page_number": 1, "end_page_number": 2}
    citation = {**place, "document_title": "D.pdf", "cited_text": "so", "file_id": None}
    [annotation] = receive([text("It is.", citations=[citation])])["choices"][0]["message"]["annotations"]
    assert annotation["type"] == "file_citation"
    assert annotation["file_citation"] == {
        "document_index": 0,
        "start_page_number": 1,
        "end_page_number": 2,
        "filename": "D.pdf",
        "content": "so",
        "start_index": 0,
        "end_index": 6,
    }


def test_the_prompt_counts_what_was_cached_and_nothing_twice(receive: Receive) -> None:
    native = {
        "input_tokens": 10,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 4},
        "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0},
        "service_tier": "standard",
    }
    completion = receive([text("a")], usage=native)
    assert completion["service_tier"] == "default"
    assert completion["usage"] == {
        "prompt_tokens": 140,
        "completion_tokens": 7,
        "total_tokens": 147,
        "prompt_tokens_details": {
            "cached_tokens": 100,
            "cache_write_tokens": 30,
            "cache_write_details": {"write_5m_tokens": 10, "write_1h_tokens": 20},
        },
        "completion_tokens_details": {"reasoning_tokens": 4},
        "server_tool_use": {"web_search_requests": 2},
    }


def test_writes_without_an_age_are_short_lived(receive: Receive) -> None:
    usage = receive([text("a")], usage={"input_tokens": 1, "cache_creation_input_tokens": 5, "output_tokens": 1})[
        "usage"
    ]
    details = usage["prompt_tokens_details"]["cache_write_details"]
    assert details == {"write_5m_tokens": 5, "write_1h_tokens": 0}


def test_optional_fields_that_are_missing_decide_nothing() -> None:
    completion = DIALECT.decode(b'{"content": [{"type": "text", "text": "a"}, 7, null]}', context())
    assert completion["id"] == "chatcmpl-1"
    assert completion["model"] == "claude"
    assert completion["choices"][0]["finish_reason"] == "stop"
    assert completion["usage"]["total_tokens"] == 0


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"content": "a"}'])
def test_a_body_that_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(UpstreamMalformed):
        DIALECT.decode(body, context())


def test_an_error_under_status_200_is_an_error() -> None:
    body = json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}).encode()
    with pytest.raises(UpstreamRejected, match="Overloaded") as caught:
        DIALECT.decode(body, context())
    assert caught.value.status == 529
