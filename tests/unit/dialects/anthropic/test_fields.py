"""The rest of a request: limits, metadata, tiers, native fields, paths, headers, and what is reported as dropped."""

from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.errors import InvalidRequest

Send = Callable[..., Any]


def test_a_plain_request_is_small(send: Send) -> None:
    sent = send({"max_tokens": 5, "stream": True})
    assert sent.path == "/v1/messages"
    assert sent.headers == {"content-type": "application/json", "anthropic-version": "2023-06-01"}
    assert sent.dropped == ()
    assert sent.body == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 5,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "stream": True,
    }


@pytest.mark.parametrize(
    ("model", "known", "limit"),
    [
        ("claude-3-haiku-20240307", None, 4_096),
        ("claude-3-5-sonnet-20241022", None, 8_192),
        ("claude-sonnet-4-20250514", None, 32_000),
        ("claude-sonnet-4-5", None, 64_000),
        ("claude-sonnet-4-5", 10_000, 10_000),
        ("claude-opus-5", 128_000, 64_000),
        ("something-new", None, 32_000),
    ],
)
def test_the_default_limit_suits_the_model(send: Send, model: str, known: int | None, limit: int) -> None:
    assert send({}, model=model, max_output=known).body["max_tokens"] == limit


def test_the_callers_limit_is_kept(send: Send) -> None:
    assert send({"max_tokens": 7, "max_completion_tokens": 9}).body["max_tokens"] == 9
    assert send({"max_tokens": 0}).body["max_tokens"] == 0


def test_vertex_has_the_model_in_the_path_and_the_version_in_the_body(send: Send) -> None:
    place = {"project": "p-1", "location": "us-east5"}
    sent = send({"stream": True}, model="claude-3-7-sonnet@20250219", provider="vertex", options=place)
    assert sent.path == (
        "/v1/projects/p-1/locations/us-east5/publishers/anthropic/models/claude-3-7-sonnet@20250219:streamRawPredict"
    )
    assert sent.body["anthropic_version"] == "vertex-2023-10-16"
    assert "model" not in sent.body
    assert "anthropic-version" not in sent.headers
    assert send({}, provider="vertex", options={"project": "p", "region": "eu"}).path.endswith(":rawPredict")
    assert "/locations/global/" in send({}, provider="vertex", options={"project": "p"}).path


def test_vertex_needs_a_project(send: Send) -> None:
    with pytest.raises(InvalidRequest, match="project"):
        send({}, provider="vertex")


def test_stops_of_white_space_are_dropped(send: Send) -> None:
    sent = send({"stop": ["\n", "END"]})
    assert sent.body["stop_sequences"] == ["END"]
    assert sent.dropped == ("stop",)
    assert send({"stop": "END"}).body["stop_sequences"] == ["END"]


@pytest.mark.parametrize(
    "wish", [{"user": "u1"}, {"safety_identifier": "u1"}, {"metadata": {"user_id": "u1", "x": "y"}}]
)
def test_the_user_is_told(send: Send, wish: object) -> None:
    assert send(wish).body["metadata"] == {"user_id": "u1"}


@pytest.mark.parametrize(
    ("tier", "native", "dropped"),
    [
        ("auto", "auto", ()),
        ("default", "standard_only", ()),
        ("priority", "auto", ()),
        ("standard_only", "standard_only", ()),
        ("flex", None, ("service_tier",)),
    ],
)
def test_service_tiers_are_mapped(send: Send, tier: str, native: str | None, dropped: tuple[str, ...]) -> None:
    sent = send({"service_tier": tier})
    assert (sent.body.get("service_tier"), sent.dropped) == (native, dropped)


def test_what_anthropic_has_no_counterpart_for_is_reported(send: Send) -> None:
    wish = {
        "n": 2,
        "seed": 0,
        "logprobs": True,
        "top_logprobs": 3,
        "frequency_penalty": 0.5,
        "presence_penalty": -0.5,
        "logit_bias": {"1": 2},
        "prediction": {"type": "content"},
        "unheard_of": 1,
    }
    sent = send(wish)
    assert sent.dropped == tuple(sorted(wish))
    assert not wish.keys() & sent.body.keys()


def test_what_changes_nothing_is_not_reported(send: Send) -> None:
    wish = {
        "n": 1,
        "logprobs": False,
        "frequency_penalty": 0,
        "logit_bias": {},
        "modalities": ["text"],
        "metadata": {"a": "b"},
        "store": True,
        "stream_options": {"include_usage": True},
        "prompt_cache_key": "k",
    }
    assert send(wish).dropped == ()


@pytest.mark.parametrize(
    ("editing", "edits"),
    [
        ({"enabled": True}, [{"type": "clear_tool_uses_20250919"}]),
        (
            {
                "enabled": True,
                "clear_tool_uses": {"trigger": 100, "keep": 3, "clear_at_least": 5, "exclude_tools": ["f"]},
                "clear_thinking": {"keep": "all"},
            },
            [
                {"type": "clear_thinking_20251015", "keep": "all"},
                {
                    "type": "clear_tool_uses_20250919",
                    "trigger": {"type": "input_tokens", "value": 100},
                    "keep": {"type": "tool_uses", "value": 3},
                    "clear_at_least": {"type": "input_tokens", "value": 5},
                    "exclude_tools": ["f"],
                },
            ],
        ),
        (
            {"enabled": True, "clear_thinking": {"keep": 2}},
            [{"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 2}}],
        ),
    ],
)
def test_helicones_context_editing_is_context_management(send: Send, editing: object, edits: object) -> None:
    sent = send({"context_editing": editing})
    assert sent.body["context_management"] == {"edits": edits}
    assert sent.headers["anthropic-beta"] == "context-management-2025-06-27"


def test_context_editing_that_is_off_changes_nothing(send: Send) -> None:
    sent = send({"context_editing": {"enabled": False, "clear_tool_uses": {}}})
    assert "context_management" not in sent.body
    assert sent.dropped == ()


def test_native_fields_and_betas_go_as_they_come(send: Send) -> None:
    wish = {
        "mcp_servers": [{"type": "url", "url": "https://e.com", "name": "e"}],
        "container": "container_1",
        "betas": ["new-beta"],
        "anthropic_beta": "other, new-beta",
    }
    sent = send(wish)
    assert sent.body["mcp_servers"] == wish["mcp_servers"]
    assert sent.body["container"] == "container_1"
    assert sent.headers["anthropic-beta"] == "new-beta,other,mcp-client-2025-04-04"
    assert sent.dropped == ()


@pytest.mark.parametrize(
    ("wish", "beta"),
    [
        ({"speed": "fast"}, "fast-mode-2026-02-01"),
        ({"fallbacks": "default"}, "server-side-fallback-2026-07-01"),
        ({"container": {"skills": [{"type": "anthropic", "skill_id": "pdf"}]}}, "skills-2025-10-02"),
        ({"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "x"}]}, "advisor-tool-2026-03-01"),
        (
            {
                "mcp_servers": [{"type": "url", "url": "https://e.com", "name": "e"}],
                "tools": [{"type": "mcp_toolset", "mcp_server_name": "e"}],
            },
            "mcp-client-2025-11-20",
        ),
        (
            {"context_management": {"edits": [{"type": "compact_20260112"}]}},
            "context-management-2025-06-27,compact-2026-01-12",
        ),
    ],
)
def test_features_ask_for_their_betas(send: Send, wish: object, beta: str) -> None:
    assert send(wish).headers["anthropic-beta"] == beta
