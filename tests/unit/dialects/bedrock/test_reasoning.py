"""Wishes for reasoning, as each family is told them, and what gives way to them."""

from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import UpstreamRequest

Sent = Callable[..., dict[str, Any]]
Encoded = Callable[..., UpstreamRequest]
OLDER = "us.anthropic.claude-sonnet-4-20250514-v1:0"
NEWER = "us.anthropic.claude-sonnet-4-6"
NOVA = "us.amazon.nova-lite-v1:0"
NOVA_2 = "us.amazon.nova-2-lite-v1:0"
OSS = "openai.gpt-oss-120b-1:0"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


def fields_of(sent: Sent, model: str, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = sent(model, **fields).get("additionalModelRequestFields", {})
    return found


@pytest.mark.parametrize(
    "wish",
    [{"reasoning": {"max_tokens": 2000}}, {"thinking": {"type": "enabled", "budget_tokens": 2000}}],
)
def test_a_budget_goes_to_older_claude_without_inventing_a_limit(sent: Sent, wish: dict[str, Any]) -> None:
    body = sent(OLDER, **wish)
    thinking = {"type": "enabled", "budget_tokens": 2000}
    assert body["additionalModelRequestFields"] == {"thinking": thinking}
    assert "inferenceConfig" not in body


def test_a_large_budget_needs_a_limit_above_it(sent: Sent) -> None:
    body = sent(OLDER, reasoning_effort="high")
    budget = body["additionalModelRequestFields"]["thinking"]["budget_tokens"]
    assert 4096 < budget < body["inferenceConfig"]["maxTokens"]


def test_a_limit_below_the_budget_is_raised(sent: Sent) -> None:
    body = sent(OLDER, reasoning={"max_tokens": 2000}, max_tokens=500)
    assert body["inferenceConfig"]["maxTokens"] == 2500


def test_an_effort_goes_to_newer_claude(sent: Sent) -> None:
    assert fields_of(sent, NEWER, reasoning_effort="high") == {
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "high"},
    }
    assert fields_of(sent, NEWER, reasoning={"enabled": True}) == {"thinking": {"type": "adaptive"}}
    assert fields_of(sent, NEWER, output_config={"effort": "max"}) == {"output_config": {"effort": "max"}}
    assert fields_of(sent, NEWER, reasoning_effort="none") == {}


def test_thinking_takes_temperature_from_claude(encoded: Encoded, sent: Sent) -> None:
    fields: dict[str, Any] = {"reasoning": {"max_tokens": 2000}, "temperature": 0.5, "top_k": 5}
    assert "inferenceConfig" not in sent(OLDER, **fields)
    assert encoded(OLDER, **fields).dropped == ("temperature", "top_k")


def test_a_forced_tool_takes_the_budget_from_older_claude(encoded: Encoded, sent: Sent) -> None:
    fields: dict[str, Any] = {"reasoning_effort": "low", "tools": [TOOL], "tool_choice": "required"}
    assert fields_of(sent, OLDER, **fields) == {}
    assert encoded(OLDER, **fields).dropped == ("reasoning_effort",)


def test_calls_without_the_thinking_before_them_take_the_budget(encoded: Encoded) -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer: dict[str, Any] = {"role": "assistant", "tool_calls": [call]}
    messages = [{"role": "user", "content": "Go"}, answer, {"role": "tool", "tool_call_id": "t1", "content": "ok"}]
    fields: dict[str, Any] = {"reasoning_effort": "low", "tools": [TOOL], "messages": messages}
    assert encoded(OLDER, **fields).dropped == ("reasoning_effort",)
    signed = {"type": "reasoning.text", "text": "Hm", "signature": "s", "format": "anthropic-claude-v1"}
    answer["reasoning_details"] = [signed]
    assert encoded(OLDER, **fields).dropped == ()


@pytest.mark.parametrize(
    ("wish", "effort"),
    [
        ({"reasoning_effort": "minimal"}, "low"),
        ({"reasoning_effort": "medium"}, "medium"),
        ({"reasoning_effort": "xhigh"}, "high"),
        ({"reasoning": {"enabled": True}}, "medium"),
        ({"reasoning": {"max_tokens": 1024}}, "low"),
        ({"reasoning": {"max_tokens": 8000}}, "medium"),
        ({"reasoning": {"max_tokens": 30000}}, "high"),
    ],
)
def test_nova_2_is_told_an_effort(sent: Sent, wish: dict[str, Any], effort: str) -> None:
    config = {"type": "enabled", "maxReasoningEffort": effort}
    assert fields_of(sent, NOVA_2, **wish) == {"reasoningConfig": config}


def test_high_effort_takes_limit_and_sampling_from_nova_2(encoded: Encoded, sent: Sent) -> None:
    settings: dict[str, Any] = {"temperature": 0.2, "top_p": 0.9, "top_k": 3, "max_tokens": 100}
    assert "inferenceConfig" not in sent(NOVA_2, reasoning_effort="high", **settings)
    assert encoded(NOVA_2, reasoning_effort="high", **settings).dropped == (
        "max_tokens",
        "temperature",
        "top_k",
        "top_p",
    )
    config = {"maxTokens": 100, "temperature": 0.2, "topP": 0.9}
    assert sent(NOVA_2, reasoning_effort="low", **settings)["inferenceConfig"] == config


@pytest.mark.parametrize("model", [NOVA_2, "deepseek.v3-v1:0", "qwen.qwen3-32b-v1:0"])
def test_models_that_reason_only_when_told_to_need_no_refusal(encoded: Encoded, sent: Sent, model: str) -> None:
    assert fields_of(sent, model, reasoning_effort="none") == {}
    assert encoded(model, reasoning_effort="none").dropped == ()


@pytest.mark.parametrize(
    ("model", "wish", "effort"),
    [
        (OSS, {"reasoning_effort": "minimal"}, "low"),
        (OSS, {"reasoning_effort": "high"}, "high"),
        (OSS, {"reasoning_effort": "none"}, "low"),
        ("openai.gpt-5.6", {"reasoning_effort": "none"}, "none"),
        ("openai.gpt-5.6", {"reasoning_effort": "xhigh"}, "xhigh"),
        ("deepseek.v3-v1:0", {"reasoning": {"enabled": True}}, "high"),
        ("brand.new-model", {"reasoning_effort": "medium"}, "medium"),
    ],
)
def test_open_models_take_openais_effort(sent: Sent, model: str, wish: dict[str, Any], effort: str) -> None:
    assert fields_of(sent, model, **wish) == {"reasoning_effort": effort}


@pytest.mark.parametrize("model", [NOVA, "us.deepseek.r1-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"])
def test_models_that_cannot_be_told_drop_the_wish(encoded: Encoded, sent: Sent, model: str) -> None:
    assert fields_of(sent, model, reasoning_effort="high") == {}
    assert encoded(model, reasoning_effort="high").dropped == ("reasoning_effort",)


def test_a_model_that_cannot_stop_reports_the_refusal(encoded: Encoded) -> None:
    assert encoded(OSS, reasoning_effort="none").dropped == ("reasoning_effort",)
    assert encoded("us.deepseek.r1-v1:0", reasoning={"enabled": False}).dropped == ("reasoning",)


def test_verbosity_is_claudes_alone(encoded: Encoded, sent: Sent) -> None:
    assert fields_of(sent, NEWER, verbosity="low") == {"output_config": {"effort": "low"}}
    assert encoded(NOVA, verbosity="low").dropped == ("verbosity",)
    assert encoded(NOVA, verbosity="medium").dropped == ()
