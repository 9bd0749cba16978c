from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import UpstreamRequest

Encoded = Callable[..., UpstreamRequest]
Sent = Callable[..., dict[str, Any]]


def thinking(body: dict[str, Any]) -> Any:
    return body.get("generationConfig", {}).get("thinkingConfig")


@pytest.mark.parametrize("model", ["gemini-2.0-flash", "gemini-2.5-pro", "gemini-3-pro-preview", "whatever-9"])
def test_who_wishes_nothing_gets_no_thinking_config(sent: Sent, model: str) -> None:
    assert thinking(sent(model)) is None
    assert thinking(sent(model, reasoning={"exclude": True})) is None


@pytest.mark.parametrize(
    ("model", "effort", "config"),
    [
        ("gemini-2.5-flash", "minimal", {"thinkingBudget": 1024}),
        ("gemini-2.5-flash", "low", {"thinkingBudget": 1024}),
        ("gemini-2.5-flash", "medium", {"thinkingBudget": 8192}),
        ("gemini-2.5-flash", "high", {"thinkingBudget": 24576}),
        ("gemini-2.5-pro", "max", {"thinkingBudget": 32768}),
        ("gemini-2.5-flash", "xhigh", {"thinkingBudget": 24576}),
        ("gemini-3-pro-preview", "minimal", {"thinkingLevel": "LOW"}),
        ("gemini-3-pro-preview", "medium", {"thinkingLevel": "HIGH"}),
        ("gemini-3-flash-preview", "minimal", {"thinkingLevel": "MINIMAL"}),
        ("gemini-3-flash-preview", "medium", {"thinkingLevel": "MEDIUM"}),
        ("gemini-3.8-flash", "minimal", {"thinkingLevel": "LOW"}),
        ("whatever-9", "max", {"thinkingLevel": "HIGH"}),
    ],
)
def test_an_effort_is_a_budget_on_2_5_and_a_level_after(
    sent: Sent, model: str, effort: str, config: dict[str, Any]
) -> None:
    assert thinking(sent(model, reasoning_effort=effort)) == config | {"includeThoughts": True}


@pytest.mark.parametrize(
    ("model", "wish", "config"),
    [
        ("gemini-2.5-flash", {"reasoning": {"max_tokens": 2000}}, {"thinkingBudget": 2000}),
        ("gemini-2.5-flash", {"thinking": {"type": "enabled", "budget_tokens": 99_999}}, {"thinkingBudget": 24576}),
        ("gemini-2.5-pro", {"reasoning": {"max_tokens": 1}}, {"thinkingBudget": 128}),
        ("gemini-3-flash-preview", {"reasoning": {"max_tokens": 2000}}, {"thinkingBudget": 2000}),
        (
            "gemini-3-flash-preview",
            {"reasoning": {"max_tokens": 2000, "effort": "low"}},
            {"thinkingLevel": "LOW"},
        ),
        ("gemini-2.5-pro", {"reasoning": {"enabled": True}}, {}),
        ("gemini-2.5-flash-lite", {"reasoning": {"enabled": True}}, {"thinkingBudget": -1}),
        ("gemini-3-pro-preview", {"thinking": {"type": "adaptive"}}, {}),
        ("gemini-3-pro-preview", {"include_reasoning": True}, {}),
    ],
)
def test_a_budget_is_kept_within_what_the_model_takes(
    sent: Sent, model: str, wish: dict[str, Any], config: dict[str, Any]
) -> None:
    assert thinking(sent(model, **wish)) == config | {"includeThoughts": True}


@pytest.mark.parametrize(
    ("model", "config"),
    [
        ("gemini-2.5-flash", {"thinkingBudget": 0}),
        ("gemini-2.5-flash-lite", {"thinkingBudget": 0}),
        ("gemini-2.5-pro", {"thinkingBudget": 128}),
        ("gemini-3-flash-preview", {"thinkingLevel": "MINIMAL"}),
        ("gemini-3-pro-preview", {"thinkingLevel": "LOW"}),
        ("gemini-2.0-flash", None),
    ],
)
@pytest.mark.parametrize("wish", [{"reasoning_effort": "none"}, {"reasoning": {"enabled": False}}])
def test_a_refusal_is_the_least_the_model_can_do(
    sent: Sent, encoded: Encoded, model: str, config: Any, wish: dict[str, Any]
) -> None:
    assert thinking(sent(model, **wish)) == config
    assert encoded(model, **wish).dropped == ()


def test_thoughts_that_are_not_to_be_seen_are_not_sent_for(sent: Sent) -> None:
    assert thinking(sent("gemini-3-pro-preview", reasoning={"effort": "high", "exclude": True})) == {
        "thinkingLevel": "HIGH"
    }


def test_a_model_that_does_not_think_says_so(encoded: Encoded, sent: Sent) -> None:
    assert encoded("gemini-2.0-flash", reasoning_effort="low").dropped == ("reasoning_effort",)
    assert thinking(sent("gemini-2.0-flash", reasoning_effort="low")) is None
