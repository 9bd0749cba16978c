import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.errors import InvalidRequest

Encoded = Callable[..., UpstreamRequest]
Sent = Callable[..., dict[str, Any]]
PROJECT = {"project": "acme", "location": "europe-west4"}


@pytest.mark.parametrize(
    ("model", "stream", "path"),
    [
        ("gemini-2.5-pro", False, "/v1beta/models/gemini-2.5-pro:generateContent"),
        ("gemini-2.5-pro", True, "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
        ("models/gemini-2.5-pro", False, "/v1beta/models/gemini-2.5-pro:generateContent"),
        ("tunedModels/mine", False, "/v1beta/tunedModels/mine:generateContent"),
        ("a b?c", False, "/v1beta/models/a%20b%3Fc:generateContent"),
    ],
)
def test_ai_studio_is_asked_under_its_models(encoded: Encoded, model: str, stream: bool, path: str) -> None:
    assert encoded(model, stream=stream).path == path


@pytest.mark.parametrize(
    ("model", "options", "path"),
    [
        (
            "gemini-2.5-pro",
            PROJECT,
            "/v1beta1/projects/acme/locations/europe-west4/publishers/google/models/gemini-2.5-pro:generateContent",
        ),
        (
            "google/gemini-2.5-pro",
            {"project": "acme", "region": "us-east5"},
            "/v1beta1/projects/acme/locations/us-east5/publishers/google/models/gemini-2.5-pro:generateContent",
        ),
        (
            "gemini-2.5-pro",
            {"project": "acme"},
            "/v1beta1/projects/acme/locations/global/publishers/google/models/gemini-2.5-pro:generateContent",
        ),
        ("gemini-2.5-pro", {}, "/v1beta1/publishers/google/models/gemini-2.5-pro:generateContent"),
        ("endpoints/42", PROJECT, "/v1beta1/projects/acme/locations/europe-west4/endpoints/42:generateContent"),
    ],
)
def test_vertex_is_asked_under_its_project(encoded: Encoded, model: str, options: dict[str, str], path: str) -> None:
    assert encoded(model, "vertex", options).path == path


def test_a_tuned_model_without_its_project_is_refused(encoded: Encoded) -> None:
    with pytest.raises(InvalidRequest, match="'project'"):
        encoded("endpoints/42", "vertex")


def test_a_plain_request_holds_nothing_that_was_not_asked(sent: Sent) -> None:
    assert sent() == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_what_google_cannot_take_is_named(encoded: Encoded) -> None:
    upstream = encoded(
        user="u1",
        logit_bias={"1": 2},
        parallel_tool_calls=False,
        prediction={"type": "content", "content": "x"},
        verbosity="low",
        service_tier="scale",
        tools=[{"type": "custom", "custom": {"name": "grammar"}}],
        plugins=[{"id": "file-parser"}],
    )
    assert upstream.dropped == (
        "logit_bias",
        "parallel_tool_calls",
        "prediction",
        "service_tier",
        "user",
        "verbosity",
        "tools[custom]",
        "plugins[file-parser]",
    )


def test_what_changes_nothing_is_not_called_dropped(encoded: Encoded) -> None:
    upstream = encoded(
        store=False,
        metadata={},
        parallel_tool_calls=True,
        cache_control={"type": "ephemeral"},
        stream_options={"include_usage": True},
        service_tier="auto",
    )
    assert upstream.dropped == ()


def test_googles_own_fields_go_through_in_either_case_and_place(sent: Sent) -> None:
    settings = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    assert sent(safety_settings=settings)["safetySettings"] == settings
    assert sent(safetySettings=settings)["safetySettings"] == settings
    assert sent(google={"cached_content": "cachedContents/1"})["cachedContent"] == "cachedContents/1"
    assert sent(extra_body={"google": {"cachedContent": "cachedContents/2"}})["cachedContent"] == "cachedContents/2"
    assert sent(labels={"cost_centre": "a"})["labels"] == {"cost_centre": "a"}
    thinking = {"thinking_level": "low", "include_thoughts": True}
    config = sent(extra_body={"google": {"thinking_config": thinking}})["generationConfig"]
    assert config == {"thinkingConfig": {"thinkingLevel": "low", "includeThoughts": True}}


def test_a_native_generation_config_is_merged_and_wins(sent: Sent) -> None:
    config = sent(temperature=0.5, seed=7, generation_config={"temperature": 1, "media_resolution": "LOW"})
    assert config["generationConfig"] == {"temperature": 1, "seed": 7, "mediaResolution": "LOW"}


@pytest.mark.parametrize(
    ("provider", "tier", "field", "header"),
    [
        ("google-ai-studio", "flex", "flex", None),
        ("google-ai-studio", "auto", None, None),
        ("vertex", "priority", None, "priority"),
        ("vertex", "default", None, None),
    ],
)
def test_the_service_tier_is_a_field_here_and_a_header_there(
    encoded: Encoded, provider: str, tier: str, field: str | None, header: str | None
) -> None:
    upstream = encoded("gemini-2.5-pro", provider, service_tier=tier)
    assert json.loads(upstream.body).get("serviceTier") == field
    assert upstream.headers.get("x-vertex-ai-llm-shared-request-type") == header
    assert upstream.headers["content-type"] == "application/json"


def test_gemma_3_reads_the_system_text_as_its_first_turn(sent: Sent) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    body = sent("gemma-3-27b-it", messages=messages)
    assert "systemInstruction" not in body
    assert [content["parts"][0]["text"] for content in body["contents"]] == ["Be brief.", "Hi"]
