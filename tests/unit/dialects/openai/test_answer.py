"""Whole answers: what providers say otherwise than OpenAI is repaired, all else is kept."""

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


def decode(answer: object) -> Json:
    return cast("Json", DIALECT.decode(json.dumps(answer).encode(), CONTEXT))


def answer(message: Json, finish: str | None = "stop", **fields: Any) -> Json:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 5, "model": "m-1"}
    return {**head, "choices": [choice], **fields}


def message_of(message: Json, **fields: Any) -> Json:
    return cast("Json", decode(answer(message, **fields))["choices"][0]["message"])


def usage_of(**fields: Any) -> Json:
    metadata = fields.pop("metadata", None)
    message: Json = {"content": "Hi"} | ({"provider_metadata": metadata} if metadata else {})
    return cast("Json", decode(answer(message, usage=fields))["usage"])


def test_an_answer_as_openai_sends_it_stays_as_it_is() -> None:
    native = answer(
        {"content": "Hi", "refusal": None, "annotations": []},
        usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        service_tier="default",
        system_fingerprint=None,
        something_new={"a": [1]},
    )
    assert decode(native) == native


def test_what_an_answer_lacks_is_made_up() -> None:
    told = decode({"choices": [{"message": {"content": "Hi"}}]})
    assert told == {
        "id": "chatcmpl-own",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "provider-m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("content_filter", "content_filter"),
        ("function_call", "function_call"),
        ("eos", "stop"),
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("tool_use", "tool_calls"),
        ("sensitive", "content_filter"),
        ("SAFETY", "content_filter"),
        ("", "stop"),
        (None, "stop"),
    ],
)
def test_a_finish_reason_is_one_of_openai_s(said: str | None, told: str) -> None:
    assert decode(answer({"content": "Hi"}, said))["choices"][0]["finish_reason"] == told


def test_a_forced_function_keeps_its_finish_reason() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert decode(answer({"tool_calls": [call]}, "stop"))["choices"][0]["finish_reason"] == "stop"
    assert decode(answer({"tool_calls": [call]}, "function_call"))["choices"][0]["finish_reason"] == "tool_calls"
    assert decode(answer({"tool_calls": [call]}, None))["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("reason", ["error", "network_error", "insufficient_system_resource", "abort"])
def test_an_answer_that_was_broken_off_is_an_error(reason: str) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        decode(answer({"content": "Hal"}, reason))
    assert (caught.value.status, caught.value.falls_back) == (502, True)


@pytest.mark.parametrize(
    ("tier", "told"),
    [("on_demand", "default"), ("standard", "default"), ("flex", "flex"), ("new", "new"), (None, None)],
)
def test_tiers_have_openai_s_names_where_they_mean_the_same(tier: str | None, told: str | None) -> None:
    assert decode(answer({"content": "Hi"}, service_tier=tier))["service_tier"] == told


def test_tool_calls_keep_ids_and_get_what_they_lack() -> None:
    calls = [
        {"id": "FI5qQGzDE", "function": {"name": "f", "arguments": "{}"}, "index": 0},
        {"id": "", "type": "function", "function": {"name": "g", "arguments": {"x": 1}}},
        {"id": "c", "type": "function", "function": {"name": "h", "arguments": ""}},
        {"id": "d", "type": "custom", "custom": {"name": "i", "input": "free"}},
    ]
    told = message_of({"content": None, "tool_calls": calls})["tool_calls"]
    assert [(call["id"], call["type"]) for call in told] == [
        ("FI5qQGzDE", "function"),
        ("call_1_1", "function"),
        ("c", "function"),
        ("d", "custom"),
    ]
    assert [call["function"]["arguments"] for call in told[:3]] == ["{}", '{"x":1}', "{}"]
    assert told[3] == calls[3]


def test_mistral_s_parts_become_text_and_reasoning() -> None:
    parts = [
        {
            "type": "thinking",
            "thinking": [{"type": "text", "text": "2+2"}, {"type": "text", "text": "=4"}],
            "closed": True,
        },
        {"type": "text", "text": "It is "},
        {"type": "reference", "reference_ids": [1]},
        {"type": "text", "text": "4"},
    ]
    told = message_of({"content": parts})
    assert told["content"] == "It is 4"
    assert told["reasoning"] == told["reasoning_content"] == "2+2=4"
    assert told["extra_content"] == {"parts": [{"type": "reference", "reference_ids": [1]}]}


def test_reasoning_stands_in_both_fields() -> None:
    assert message_of({"content": "", "reasoning": "Hm"})["reasoning_content"] == "Hm"
    assert message_of({"content": "", "reasoning_content": "Hm", "reasoning": None})["reasoning"] == "Hm"
    details = [
        {"type": "reasoning.summary", "summary": "Hm"},
        {"type": "reasoning.encrypted", "data": "x"},
        {"type": "reasoning.text", "text": "!"},
    ]
    told = message_of({"content": "", "reasoning_details": details})
    assert (told["reasoning"], told["reasoning_content"], told["reasoning_details"]) == ("Hm!", "Hm!", details)
    assert "reasoning" not in message_of({"content": "", "reasoning_details": details[1:2]})


def test_sources_become_annotations() -> None:
    told = decode(answer({"content": "Hi"}, citations=["https://a.example", "https://b.example"]))
    assert told["citations"] == ["https://a.example", "https://b.example"]
    assert [note["url_citation"]["url"] for note in told["choices"][0]["message"]["annotations"]] == told["citations"]
    own = [{"type": "url_citation"}]
    assert message_of({"content": "Hi", "annotations": own}, citations=["https://a.example"])["annotations"] == own


# Usage.


def test_reasoning_that_the_total_counts_besides_belongs_to_the_completion() -> None:
    usage = usage_of(
        prompt_tokens=468,
        completion_tokens=82,
        total_tokens=870,
        completion_tokens_details={"reasoning_tokens": 320},
        cost_in_usd_ticks=2488500,
    )
    assert (usage["completion_tokens"], usage["total_tokens"]) == (402, 870)
    assert usage["cost_in_usd_ticks"] == 2488500


def test_reasoning_that_exceeds_the_completion_is_added_to_it() -> None:
    usage = usage_of(
        prompt_tokens=61, completion_tokens=10, total_tokens=71, completion_tokens_details={"reasoning_tokens": 96}
    )
    assert (usage["completion_tokens"], usage["total_tokens"]) == (106, 167)


def test_reasoning_within_the_completion_is_left_alone() -> None:
    details = {"reasoning_tokens": 60}
    usage = usage_of(prompt_tokens=1, completion_tokens=116, total_tokens=117, completion_tokens_details=details)
    assert (usage["completion_tokens"], usage["total_tokens"]) == (116, 117)


def test_vercel_s_own_word_says_that_gemini_s_thoughts_are_apart() -> None:
    metadata = {"google": {"usageMetadata": {"candidatesTokenCount": 100, "thoughtsTokenCount": 40}}}
    counts = {"prompt_tokens": 10, "completion_tokens": 100, "total_tokens": 110}
    usage = usage_of(**counts, completion_tokens_details={"reasoning_tokens": 40}, metadata=metadata)
    assert (usage["completion_tokens"], usage["total_tokens"]) == (140, 150)


def test_gemini_s_compatible_face_counts_its_thoughts_only_in_the_total() -> None:
    usage = usage_of(prompt_tokens=35, completion_tokens=12, total_tokens=109)
    assert (usage["completion_tokens"], usage["total_tokens"]) == (74, 109)
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 62}


def test_perplexity_s_research_counts_its_reasoning_apart() -> None:
    usage = usage_of(
        prompt_tokens=33, completion_tokens=7163, total_tokens=7196, citation_tokens=20016, reasoning_tokens=4000
    )
    assert (usage["completion_tokens"], usage["total_tokens"]) == (11163, 11196)
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 4000}


@pytest.mark.parametrize("name", ["prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens"])
def test_cached_tokens_stand_where_openai_has_them(name: str) -> None:
    usage = usage_of(**{"prompt_tokens": 600, "completion_tokens": 1, "total_tokens": 601, name: 512})
    assert usage["prompt_tokens_details"] == {"cached_tokens": 512}
    assert usage[name] == 512


def test_cache_writes_stand_where_openai_has_them() -> None:
    details = {"cached_tokens": 0}
    usage = usage_of(
        prompt_tokens=600, completion_tokens=1, prompt_tokens_details=details, cache_creation_input_tokens=50
    )
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 50}
    assert usage["total_tokens"] == 601


# What is no answer.


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": null}'])
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(UpstreamMalformed):
        DIALECT.decode(body, CONTEXT)


def test_an_error_under_status_200_is_an_error() -> None:
    with pytest.raises(UpstreamRejected) as caught:
        decode({"error": {"code": 429, "message": "Slow down"}, "user_id": "u"})
    assert (caught.value.status, caught.value.message, caught.value.code) == (429, "Slow down", "429")
