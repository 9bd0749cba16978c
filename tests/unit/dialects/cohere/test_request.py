"""What goes to Cohere."""

import json
from typing import Any, cast

import pytest

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.dialects.cohere import DIALECT
from ai_gateway.core.errors import InvalidRequest

Json = dict[str, Any]

ENDPOINT = Endpoint(
    "command-a",
    Provider("cohere", "Cohere", "https://api.cohere.com", dialect="cohere"),
    "command-a-03-2025",
    "https://api.cohere.com",
)
USER = {"role": "user", "content": "Hi"}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "The time"}}


def encode(request: Json) -> UpstreamRequest:
    return DIALECT.encode(cast("ChatRequest", {"model": "m", "messages": [USER], **request}), ENDPOINT)


def body_of(request: Json) -> Json:
    return cast("Json", json.loads(encode(request).body))


def messages_of(*messages: Json) -> list[Json]:
    return cast("list[Json]", body_of({"messages": list(messages)})["messages"])


def test_parameters_get_cohere_s_names() -> None:
    told = encode(
        {
            "max_completion_tokens": 9,
            "temperature": 0.3,
            "top_p": 0.9,
            "top_k": 5,
            "stop": "END",
            "seed": 1,
            "frequency_penalty": 0.1,
            "presence_penalty": 0.2,
            "logprobs": True,
            "documents": [{"id": "a", "data": {"text": "b"}}],
            "safety_mode": "STRICT",
            "citation_options": {"mode": "FAST"},
            "stream": True,
            "stream_options": {"include_usage": True},
            "user": "u",
            "n": 1,
        }
    )
    assert json.loads(told.body) == {
        "model": "command-a-03-2025",
        "messages": [USER],
        "stream": True,
        "max_tokens": 9,
        "temperature": 0.3,
        "p": 0.9,
        "k": 5,
        "stop_sequences": ["END"],
        "seed": 1,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "logprobs": True,
        "documents": [{"id": "a", "data": {"text": "b"}}],
        "safety_mode": "STRICT",
        "citation_options": {"mode": "FAST"},
    }
    assert (told.path, told.dropped) == ("/v2/chat", ())


def test_what_cohere_has_no_word_for_is_reported() -> None:
    told = encode({"n": 2, "logit_bias": {"1": 2}, "tools": [{"type": "web_search"}], "parallel_tool_calls": False})
    assert told.dropped == ("logit_bias", "n", "parallel_tool_calls", "tools")
    assert json.loads(told.body).keys() == {"model", "messages", "stream"}


@pytest.mark.parametrize(
    ("choice", "told", "names"),
    [
        ("auto", None, ["weather", "clock"]),
        ("required", "REQUIRED", ["weather", "clock"]),
        ("none", "NONE", ["weather", "clock"]),
        ({"type": "function", "function": {"name": "clock"}}, "REQUIRED", ["clock"]),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "clock"}}]},
            },
            None,
            ["clock"],
        ),
    ],
)
def test_a_tool_choice_is_a_word_and_an_offer(choice: Any, told: str | None, names: list[str]) -> None:
    body = body_of({"tools": [WEATHER, CLOCK], "tool_choice": choice})
    assert body.get("tool_choice") == told
    assert [tool["function"]["name"] for tool in body["tools"]] == names


def test_tools_have_parameters_and_are_strict_when_all_are() -> None:
    strict = {"type": "function", "function": {**CLOCK["function"], "strict": True}}  # type: ignore[dict-item]
    body = body_of({"tools": [strict]})
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "clock",
                "description": "The time",
                "parameters": {"type": "object", "properties": {}},
            },
        }
    ]
    assert body["strict_tools"] is True
    assert "strict_tools" not in body_of({"tools": [strict, WEATHER]})


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"reasoning_effort": "high"}, {"type": "enabled"}),
        ({"reasoning_effort": "none"}, {"type": "disabled"}),
        ({"reasoning": {"max_tokens": 500}}, {"type": "enabled", "token_budget": 500}),
        ({"thinking": {"type": "enabled", "budget_tokens": 500}}, {"type": "enabled", "token_budget": 500}),
        ({"thinking": {"type": "enabled", "token_budget": 500}}, {"type": "enabled", "token_budget": 500}),
        ({"thinking": {"type": "disabled"}}, {"type": "disabled"}),
        ({}, None),
    ],
)
def test_a_wish_for_reasoning_is_thinking(wish: Json, told: Json | None) -> None:
    assert body_of(wish).get("thinking") == told


def test_a_json_schema_is_a_json_object_with_a_schema() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    shape = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}
    assert body_of({"response_format": shape})["response_format"] == {"type": "json_object", "json_schema": schema}
    assert body_of({"response_format": {"type": "json_object"}})["response_format"] == {"type": "json_object"}
    assert "response_format" not in body_of({"response_format": {"type": "text"}})


def test_messages_keep_their_order_roles_and_text() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert messages_of(
        {"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]},
        {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None, "tool_plan": "I will"},
        {"role": "tool", "tool_call_id": "c", "content": "22C", "name": "f"},
        {"role": "assistant", "content": "It is 22C"},
    ) == [
        {"role": "system", "content": "a\nb"},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "tool_calls": [call], "tool_plan": "I will"},
        {"role": "tool", "tool_call_id": "c", "content": "22C"},
        {"role": "assistant", "content": "It is 22C"},
    ]


def test_earlier_reasoning_goes_back_as_thinking() -> None:
    assert messages_of({"role": "assistant", "content": "4", "reasoning": "2+2", "reasoning_content": "2+2"}) == [
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "2+2"}, {"type": "text", "text": "4"}]}
    ]


def test_images_are_shown_and_those_in_tool_results_by_the_user_after_them() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO", "detail": "low"}}
    web = {"type": "image_url", "image_url": {"url": "https://site.example/a.png"}}
    text = {"type": "text", "text": "See"}
    document = {"type": "document", "document": {"data": {"text": "b"}}}
    assert messages_of({"role": "user", "content": [text, image, web]}) == [
        {"role": "user", "content": [text, image, web]}
    ]
    assert messages_of(
        {"role": "tool", "tool_call_id": "a", "content": [text, image]},
        {"role": "tool", "tool_call_id": "b", "content": [document]},
        USER,
    ) == [
        {"role": "tool", "tool_call_id": "a", "content": [text]},
        {"role": "tool", "tool_call_id": "b", "content": [document]},
        {"role": "user", "content": [image]},
        USER,
    ]


def test_media_that_cohere_cannot_be_shown_are_refused_by_name() -> None:
    part = {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}}
    with pytest.raises(InvalidRequest, match="'file'"):
        encode({"messages": [{"role": "user", "content": [part]}]})
