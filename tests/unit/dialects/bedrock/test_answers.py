"""Whole answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.bedrock import DIALECT
from ai_gateway.core.errors import UpstreamMalformed

Answered = Callable[..., dict[str, Any]]
NOVA = "us.amazon.nova-2-lite-v1:0"


def message_of(completion: dict[str, Any]) -> dict[str, Any]:
    [choice] = completion["choices"]
    message: dict[str, Any] = choice["message"]
    return message


def test_an_answer_is_a_completion(answered: Answered) -> None:
    assert answered({"text": "Hi "}, {"text": "there"}) == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi there", "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": 1,
            "completion_tokens": 2,
            "total_tokens": 3,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        },
    }


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_model_output", "stop"),
        ("malformed_tool_use", "stop"),
        ("tool_use", "stop"),
    ],
)
def test_stop_reasons_are_openais(answered: Answered, stop: str, finish: str) -> None:
    assert answered({"text": "a"}, stop=stop)["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize(
    ("stop", "finish"), [("tool_use", "tool_calls"), ("end_turn", "tool_calls"), ("max_tokens", "length")]
)
def test_calls_finish_as_calls(answered: Answered, stop: str, finish: str) -> None:
    use = {"toolUse": {"toolUseId": "t:0", "name": "f", "input": {"x": [1.0]}}}
    completion = answered(use, stop=stop)
    assert completion["choices"][0]["finish_reason"] == finish
    assert message_of(completion)["content"] is None
    assert message_of(completion)["tool_calls"] == [
        {"id": "t:0", "type": "function", "function": {"name": "f", "arguments": '{"x":[1.0]}'}}
    ]


def test_an_empty_answer_is_empty_text(answered: Answered) -> None:
    assert message_of(answered())["content"] == ""


def test_novas_thinking_tags_are_content(answered: Answered) -> None:
    said = "<thinking>Hm</thinking>\nYes"
    assert message_of(answered({"text": said}, model="us.amazon.nova-lite-v1:0"))["content"] == said


THOUGHTS: list[dict[str, Any]] = [
    {"reasoningContent": {"reasoningText": {"text": "Hm. ", "signature": "sig"}}},
    {"reasoningContent": {"redactedContent": "RXRr"}},
    {"reasoningContent": {"reasoningText": {"text": "So."}}},
]


def test_reasoning_comes_with_its_signatures(answered: Answered) -> None:
    message = message_of(answered(*THOUGHTS, {"text": "Yes"}))
    assert message["content"] == "Yes"
    assert message["reasoning"] == message["reasoning_content"] == "Hm. So."
    assert message["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Hm. ", "signature": "sig", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "Etk", "format": "anthropic-claude-v1", "index": 1},
    ]


def test_reasoning_of_others_is_not_claudes(answered: Answered) -> None:
    message = message_of(answered(*THOUGHTS, model="moonshot.kimi-k2-thinking"))
    assert {detail["format"] for detail in message["reasoning_details"]} == {"unknown"}
    assert "reasoning_details" not in message_of(answered(THOUGHTS[2], model="moonshot.kimi-k2-thinking"))


def test_redacted_content_that_is_no_base64_is_kept_as_it_is(answered: Answered) -> None:
    message = message_of(answered({"reasoningContent": {"redactedContent": "%%%"}}))
    assert message["reasoning_details"][0]["data"] == "%%%"


def test_reasoning_can_be_left_out(answered: Answered) -> None:
    message = message_of(answered(*THOUGHTS, {"text": "Yes"}, reasoning={"exclude": True}))
    assert message.keys() == {"role", "content", "refusal"}


HOSTED: list[dict[str, Any]] = [
    {"toolUse": {"toolUseId": "h", "name": "nova_code_interpreter", "input": {}, "type": "server_tool_use"}},
    {"toolResult": {"toolUseId": "h", "content": [{"json": {"stdOut": "1"}}], "type": "x"}},
    {"text": "It is 1."},
]


def test_what_a_hosted_tool_did_rides_on_the_message(answered: Answered) -> None:
    message = message_of(answered(*HOSTED, model=NOVA))
    assert message["content"] == "It is 1."
    assert "tool_calls" not in message
    assert message["extra_content"] == {"bedrock": {"author": "amazon", "content": HOSTED}}


def test_usage_counts_what_was_cached_and_written(answered: Answered) -> None:
    usage = {
        "inputTokens": 3,
        "outputTokens": 5,
        "totalTokens": 118,
        "cacheReadInputTokens": 10,
        "cacheWriteInputTokens": 100,
        "cacheDetails": [{"inputTokens": 60, "ttl": "1h"}, {"inputTokens": 40, "ttl": "5m"}],
    }
    assert answered({"text": "a"}, beside={"usage": usage})["usage"] == {
        "prompt_tokens": 113,
        "completion_tokens": 5,
        "total_tokens": 118,
        "prompt_tokens_details": {
            "cached_tokens": 10,
            "cache_write_tokens": 100,
            "cache_write_details": {"write_5m_tokens": 40, "write_1h_tokens": 60},
        },
    }


CITED: dict[str, Any] = {
    "citationsContent": {
        "content": [{"text": "Paris "}, {"text": "is big."}],
        "citations": [
            {
                "title": "Cities",
                "source": "Cities.pdf",
                "sourceContent": [{"text": "Paris: big"}],
                "location": {"documentPage": {"documentIndex": 1, "start": 2, "end": 3}},
            },
            {
                "title": "Web",
                "sourceContent": [{"text": "big"}],
                "location": {"web": {"url": "https://example.com", "domain": "example.com"}},
            },
        ],
    }
}


def test_citations_are_annotations_of_the_text_they_support(answered: Answered) -> None:
    message = message_of(answered({"text": "So: "}, CITED))
    assert message["content"] == "So: Paris is big."
    assert message["annotations"] == [
        {
            "type": "file_citation",
            "file_citation": {
                "document_index": 1,
                "start_page_number": 2,
                "end_page_number": 3,
                "filename": "Cities",
                "content": "Paris: big",
                "start_index": 4,
                "end_index": 17,
            },
        },
        {
            "type": "url_citation",
            "url_citation": {
                "url": "https://example.com",
                "title": "Web",
                "content": "big",
                "start_index": 4,
                "end_index": 17,
            },
        },
    ]


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (
            {"documentChar": {"documentIndex": 0, "start": 1, "end": 2}},
            {"document_index": 0, "start_char_index": 1, "end_char_index": 2},
        ),
        (
            {"documentChunk": {"documentIndex": 0, "start": 1, "end": 2}},
            {"document_index": 0, "start_block_index": 1, "end_block_index": 2},
        ),
        (
            {"searchResultLocation": {"searchResultIndex": 3, "start": 1, "end": 2}},
            {"search_result_index": 3, "start_block_index": 1, "end_block_index": 2},
        ),
        ({}, {}),
    ],
)
def test_places_in_documents_are_told(answered: Answered, location: Any, place: Any) -> None:
    cited = {"citationsContent": {"content": [{"text": "a"}], "citations": [{"location": location}]}}
    [note] = message_of(answered(cited))["annotations"]
    assert note["file_citation"] == {**place, "start_index": 0, "end_index": 1}


def test_images_that_the_model_made_are_data_uris(answered: Answered) -> None:
    picture = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
    [image] = message_of(answered({"text": "Here"}, picture))["images"]
    assert image == {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}, "index": 0}


def test_what_stands_beside_the_message_is_kept(answered: Answered) -> None:
    beside = {
        "trace": {"guardrail": {"actionReason": "none"}},
        "serviceTier": {"type": "flex"},
        "additionalModelResponseFields": {"stop_sequence": "x"},
    }
    completion = answered({"text": "a"}, beside=beside)
    assert completion["trace"] == beside["trace"]
    assert completion["service_tier"] == "flex"
    assert completion["additionalModelResponseFields"] == {"stop_sequence": "x"}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", json.dumps({"output": {"message": {}}}).encode(), b'{"message": "no"}']
)
def test_what_is_no_answer_is_malformed(context: Callable[..., ReplyContext], body: bytes) -> None:
    with pytest.raises(UpstreamMalformed, match="not an answer of Converse"):
        DIALECT.decode(body, context())
