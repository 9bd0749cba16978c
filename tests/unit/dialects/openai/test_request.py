"""Requests: only what an endpoint demands is changed."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from ai_gateway.core.catalog import accents
from ai_gateway.core.catalog.accents import PLAIN, Accent
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest, url_of
from ai_gateway.core.dialects.openai import DIALECT
from ai_gateway.core.errors import InvalidRequest

Json = dict[str, Any]

USER = {"role": "user", "content": "Hi"}


def endpoint(accent: Accent = PLAIN, model_id: str = "provider-m", **row: Any) -> Endpoint:
    provider = Provider("any", "Any", "https://any.example/v1", accent=accent, **row)
    return Endpoint("m", provider, model_id, provider.base_url)


def encode(request: Json, to: Endpoint) -> UpstreamRequest:
    return DIALECT.encode(cast("ChatRequest", {"model": "m", "messages": [USER], **request}), to)


def body_of(request: Json, accent: Accent = PLAIN, **row: Any) -> Json:
    return cast("Json", json.loads(encode(request, endpoint(accent, **row)).body))


def message_of(message: Json, accent: Accent) -> Json:
    return cast("Json", body_of({"messages": [message]}, accent)["messages"][0])


def test_the_model_is_the_provider_s_and_what_is_the_gateway_s_stays_here() -> None:
    own = {"helicone": {"user": "u"}, "prompt_id": "p", "version_id": "v", "environment": "e", "inputs": {"a": "b"}}
    told = encode({**own, "temperature": 0.5, "brand_new": [1]}, endpoint())
    assert json.loads(told.body) == {
        "model": "provider-m",
        "messages": [USER],
        "temperature": 0.5,
        "brand_new": [1],
    }
    assert (told.path, told.dropped) == ("/chat/completions", ())
    assert told.headers == {"content-type": "application/json"}


def test_the_caller_s_request_is_left_as_it_was() -> None:
    request: Json = {
        "model": "m",
        "messages": [{"role": "developer", "content": [{"type": "text", "text": "x", "cache_control": {}}]}],
        "tools": [{"type": "function", "function": {"name": "f"}, "cache_control": {}}],
        "stream": True,
        "max_completion_tokens": 5,
        "reasoning": {"effort": "low"},
    }
    before = json.dumps(request)
    encode(request, endpoint(accents.MISTRAL))
    assert json.dumps(request) == before


def test_a_stream_is_always_asked_for_its_usage() -> None:
    asked = body_of({"stream": True, "stream_options": {"include_usage": False, "include_obfuscation": False}})
    assert asked["stream_options"] == {"include_usage": True, "include_obfuscation": False}
    assert "stream_options" not in body_of({"stream": False})
    told = encode({"stream": True, "stream_options": {"include_usage": True}}, endpoint(accents.MISTRAL))
    assert "stream_options" not in json.loads(told.body)
    assert told.dropped == ()


def test_what_a_provider_refuses_is_left_out_and_reported() -> None:
    told = encode({"logit_bias": {"1": 2}, "seed": 1, "plugins": [{"id": "web"}]}, endpoint(drops=frozenset(("seed",))))
    assert told.dropped == ("plugins", "seed")
    assert json.loads(told.body).keys() == {"model", "messages", "logit_bias"}
    assert "plugins" in body_of({"plugins": [{"id": "web"}]}, accents.OPENROUTER)


def test_parameters_get_the_provider_s_names() -> None:
    assert body_of({"max_completion_tokens": 5}, renames={"max_completion_tokens": "max_tokens"})["max_tokens"] == 5
    both = body_of({"max_completion_tokens": 5, "max_tokens": 6}, accents.MISTRAL)
    assert both["max_tokens"] == 6
    assert "max_completion_tokens" not in both


@pytest.mark.parametrize(("model_id", "name"), [("gpt-4o", "max_tokens"), ("gpt-5-mini", "max_completion_tokens")])
def test_a_model_may_have_an_accent_of_its_own(model_id: str, name: str) -> None:
    told = body_of({"max_tokens": 5}, accents.OPENAI, model_id=model_id, accents=accents.OPENAI_MODELS)
    assert told[name] == 5
    assert len({"max_tokens", "max_completion_tokens"} & told.keys()) == 1


# Where it goes.

AZURE = Provider(
    "azure",
    "Azure",
    "https://{resource}.openai.azure.com",
    path="/openai/deployments/{deployment}/chat/completions?api-version={api_version}",
    options={"api_version": "2024-10-21"},
)


@pytest.mark.parametrize(
    ("base_url", "options", "url", "model"),
    [
        (
            None,
            {},
            "https://r.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
            "gpt-4o",
        ),
        (
            None,
            {"deployment": "mine", "api_version": "2025-01-01-preview"},
            "https://r.openai.azure.com/openai/deployments/mine/chat/completions?api-version=2025-01-01-preview",
            "gpt-4o",
        ),
        (None, {"api_version": "v1"}, "https://r.openai.azure.com/openai/v1/chat/completions", "gpt-4o"),
        (
            None,
            {"api_version": "", "deployment": "mine"},
            "https://r.openai.azure.com/openai/v1/chat/completions",
            "mine",
        ),
        (
            None,
            {"api_version": "preview"},
            "https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview",
            "gpt-4o",
        ),
        ("https://a.example/openai/v1/", {}, "https://a.example/openai/v1/chat/completions", "gpt-4o"),
        ("https://a.example/openai", {"api_version": "v1"}, "https://a.example/openai/v1/chat/completions", "gpt-4o"),
        (
            "https://a.example/openai",
            {},
            "https://a.example/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
            "gpt-4o",
        ),
    ],
)
def test_azure_s_address_has_the_deployment_or_the_body_does(
    base_url: str | None, options: dict[str, str], url: str, model: str
) -> None:
    place = Endpoint("gpt-4o", AZURE, "gpt-4o", base_url or AZURE.base_url, options={"resource": "r", **options})
    told = encode({}, place)
    assert url_of(place, told.path) == url
    assert json.loads(told.body)["model"] == model


def test_an_option_that_is_missing_is_named() -> None:
    row = replace(AZURE, path="/serve/{region}/chat")
    with pytest.raises(InvalidRequest, match="'region'"):
        encode({}, Endpoint("m", row, "m", row.base_url))


# Messages.


def test_developer_messages_become_system_messages_where_nobody_knows_them() -> None:
    message = {"role": "developer", "content": "Be brief"}
    assert message_of(message, PLAIN) == {"role": "system", "content": "Be brief"}
    assert message_of(message, accents.OPENAI) == message


def test_cache_marks_go_only_where_they_are_taken() -> None:
    mark = {"type": "ephemeral"}
    request = {
        "cache_control": mark,
        "messages": [
            {"role": "system", "content": "Long", "cache_control": mark},
            {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": mark}]},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f"}, "cache_control": mark}]},
        ],
        "tools": [
            {"type": "function", "function": {"name": "f", "cache_control": mark}},
            {"type": "function", "function": {"name": "g"}, "cache_control": mark},
        ],
    }
    kept = body_of(request, accents.OPENROUTER)
    assert kept == {**request, "model": "provider-m"}
    told = encode(request, endpoint(accents.OPENAI))
    assert b"cache_control" not in told.body
    assert told.dropped == ()
    assert json.loads(told.body) == json.loads(
        json.dumps(kept)
        .replace(f', "cache_control": {json.dumps(mark)}', "")
        .replace(f'"cache_control": {json.dumps(mark)}, ', "")
    )


THOUGHT = {
    "role": "assistant",
    "content": "4",
    "reasoning": "2+2",
    "reasoning_content": "2+2",
    "reasoning_details": [{"type": "reasoning.text", "text": "2+2", "signature": "s"}],
}


@pytest.mark.parametrize(
    ("accent", "told"),
    [
        (PLAIN, {key: THOUGHT[key] for key in ("reasoning", "reasoning_content", "reasoning_details")}),
        (accents.OPENAI, {}),
        (accents.GROQ, {}),
        (accents.GROQ_MODELS["openai/gpt-oss"], {"reasoning": "2+2"}),
        (accents.CEREBRAS, {"reasoning": "2+2"}),
        (accents.DEEPSEEK, {"reasoning_content": "2+2"}),
        (accents.OPENROUTER, {"reasoning_details": THOUGHT["reasoning_details"]}),
        (
            accents.MISTRAL,
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "2+2"}]},
                    {"type": "text", "text": "4"},
                ]
            },
        ),
    ],
)
def test_earlier_reasoning_goes_back_where_the_provider_looks_for_it(accent: Accent, told: Json) -> None:
    assert message_of(THOUGHT, accent) == {"role": "assistant", "content": "4", **told}


def test_reasoning_without_details_goes_back_as_text() -> None:
    message = {"role": "assistant", "content": "4", "reasoning_content": "2+2"}
    assert message_of(message, accents.OPENROUTER) == {"role": "assistant", "content": "4", "reasoning": "2+2"}


def test_reasoning_goes_back_even_where_it_is_empty() -> None:
    message: Json = {"role": "assistant", "content": None, "reasoning_content": "", "tool_calls": []}
    assert message_of(message, accents.DEEPSEEK) == message


def test_a_strict_provider_gets_no_field_of_an_answer_that_a_request_may_not_have() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "annotations": [],
        "tool_calls": [{**call, "index": 0, "extra_content": {"google": {}}}],
    }
    assert message_of(answer, accents.GROQ) == {"role": "assistant", "content": None, "tool_calls": [call]}
    assert message_of(answer, accents.OPENROUTER) == answer


def test_files_become_documents_where_they_are_called_so() -> None:
    data = {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0=", "filename": "a.pdf"}}
    bare = {"type": "file", "file": {"file_data": "JVBERi0="}}
    kept = {"type": "file", "file": {"file_id": "file-1"}}
    text = {"type": "text", "text": "Read"}
    told = message_of({"role": "user", "content": [text, data, bare, kept]}, accents.MISTRAL)["content"]
    assert told == [
        text,
        {
            "type": "document_url",
            "document_url": "data:application/pdf;base64,JVBERi0=",
            "document_name": "a.pdf",
        },
        {"type": "document_url", "document_url": "data:application/pdf;base64,JVBERi0="},
        kept,
    ]
    assert message_of({"role": "user", "content": [data]}, accents.OPENAI)["content"] == [data]


# Reasoning.


@pytest.mark.parametrize(
    ("accent", "asked", "told"),
    [
        (PLAIN, {"reasoning": {"effort": "low"}, "thinking": {"type": "enabled"}}, None),
        (accents.OPENAI, {"reasoning_effort": "minimal"}, None),
        (accents.OPENAI, {"reasoning": {"effort": "high"}}, {"reasoning_effort": "high"}),
        (accents.OPENAI, {"reasoning": {"effort": "high"}, "reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        (accents.OPENAI, {"reasoning": {"enabled": False}}, {"reasoning_effort": "none"}),
        (accents.OPENAI, {"thinking": {"type": "disabled"}}, {"reasoning_effort": "none"}),
        (accents.OPENAI, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"reasoning_effort": "low"}),
        (accents.OPENAI, {"reasoning": {"max_tokens": 9000}}, {"reasoning_effort": "medium"}),
        (accents.OPENAI, {"reasoning_options": {"budget_tokens": 50_000}}, {"reasoning_effort": "high"}),
        (accents.GROQ, {"include_reasoning": False, "reasoning_effort": "low"}, None),
        (accents.CEREBRAS, {"disable_reasoning": True, "clear_thinking": False}, None),
        (accents.OPENROUTER, {"reasoning_effort": "low"}, None),
        (accents.OPENROUTER, {"reasoning": {"enabled": True, "exclude": True}}, None),
        (
            accents.OPENROUTER,
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            {"reasoning": {"max_tokens": 1024, "enabled": True}},
        ),
        (accents.ZAI, {"thinking": {"type": "enabled", "clear_thinking": False}, "reasoning_effort": "max"}, None),
        (accents.ZAI, {"reasoning": {"enabled": False}}, {"thinking": {"type": "disabled"}}),
        (
            accents.ZAI,
            {"reasoning": {"effort": "high"}},
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
        ),
    ],
)
def test_a_wish_for_reasoning_is_spelled_as_the_provider_spells_it(
    accent: Accent, asked: Json, told: Json | None
) -> None:
    sent = encode(asked, endpoint(accent))
    expected = asked if told is None else told
    assert json.loads(sent.body) == {"model": "provider-m", "messages": [USER], **expected}
    assert sent.dropped == ()


def test_a_wish_that_has_no_spelling_is_reported() -> None:
    told = encode({"thinking": {"type": "enabled"}}, endpoint(accents.OPENAI))
    assert told.dropped == ("thinking",)
    assert json.loads(told.body) == {"model": "provider-m", "messages": [USER]}
