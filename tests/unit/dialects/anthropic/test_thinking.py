"""Wishes for reasoning, and what gives way to it."""

from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.claude.families import family_of

Send = Callable[..., Any]
TOOL = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        ("claude-3-haiku-20240307", "none"),
        ("claude-3-5-sonnet-latest", "none"),
        ("claude-3-7-sonnet@20250219", "budget"),
        ("claude-sonnet-4-20250514", "budget"),
        ("claude-4-opus-20250514", "budget"),
        ("claude-4.5-haiku", "budget"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "budget"),
        ("claude-opus-4-6", "either"),
        ("claude-opus-4-7", "adaptive"),
        ("claude-sonnet-5", "adaptive"),
        ("claude-haiku-5-5", "adaptive"),
        ("claude-opus-7", "adaptive"),
        ("claude-mythos-preview", "adaptive"),
        ("claude-2.1", "none"),
        ("something-new", "adaptive"),
    ],
)
def test_the_id_tells_how_a_model_thinks(model: str, thinking: str) -> None:
    assert family_of(model).thinking == thinking


def test_nothing_is_said_of_thinking_when_nobody_asks(send: Send) -> None:
    for model in ("claude-3-haiku-20240307", "claude-sonnet-4-5", "claude-opus-5-5"):
        body = send({}, model=model).body
        assert "thinking" not in body
        assert "output_config" not in body


@pytest.mark.parametrize(
    ("effort", "limit", "budget"),
    [("low", 10_000, 2_000), ("medium", 10_000, 5_000), ("high", 10_000, 8_000), ("high", 100_000, 32_000)],
)
def test_an_effort_is_a_budget_for_older_models(send: Send, effort: str, limit: int, budget: int) -> None:
    body = send({"reasoning_effort": effort, "max_tokens": limit}).body
    assert body["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert body["max_tokens"] == limit


@pytest.mark.parametrize(
    "wish",
    [
        {"reasoning": {"max_tokens": 3_000}},
        {"reasoning_options": {"budget_tokens": 3_000}},
        {"thinking": {"type": "enabled", "budget_tokens": 3_000}},
    ],
)
@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-6"])
def test_a_budget_is_taken_as_it_is(send: Send, wish: object, model: str) -> None:
    sent = send({**wish, "max_tokens": 4_096}, model=model)  # type: ignore[dict-item]
    assert sent.body["thinking"] == {"type": "enabled", "budget_tokens": 3_000}
    assert sent.body["max_tokens"] == 4_096


def test_max_tokens_makes_room_for_the_budget(send: Send) -> None:
    body = send({"reasoning": {"max_tokens": 500}, "max_tokens": 800}).body
    assert (body["thinking"]["budget_tokens"], body["max_tokens"]) == (1_024, 1_824)
    body = send({"reasoning": {"max_tokens": 70_000}, "max_tokens": 800}).body
    assert body["max_tokens"] == 64_000
    assert 1_024 <= body["thinking"]["budget_tokens"] < 64_000


@pytest.mark.parametrize(
    ("model", "effort", "native"),
    [
        ("claude-opus-4-6", "minimal", "low"),
        ("claude-opus-4-6", "xhigh", "high"),
        ("claude-opus-4-6", "max", "max"),
        ("claude-opus-5", "xhigh", "xhigh"),
    ],
)
def test_newer_models_think_adaptively_with_effort(send: Send, model: str, effort: str, native: str) -> None:
    body = send({"reasoning_effort": effort}, model=model).body
    assert body["thinking"]["type"] == "adaptive"
    assert body["output_config"] == {"effort": native}


@pytest.mark.parametrize(("exclude", "display"), [(False, "summarized"), (True, "omitted")])
def test_models_that_hide_their_thoughts_are_asked_for_them(send: Send, exclude: bool, display: str) -> None:
    body = send({"reasoning": {"effort": "high", "exclude": exclude}}, model="claude-opus-5").body
    assert body["thinking"] == {"type": "adaptive", "display": display}


def test_a_budget_that_a_model_refuses_is_reported(send: Send) -> None:
    sent = send({"reasoning": {"max_tokens": 3_000}}, model="claude-opus-5")
    assert sent.body["thinking"]["type"] == "adaptive"
    assert sent.dropped == ("reasoning.max_tokens",)


def test_native_thinking_keeps_its_fields(send: Send) -> None:
    wish = {"type": "adaptive", "display": "omitted", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    assert send({"thinking": wish}, model="claude-fable-5-1").body["thinking"] == wish


@pytest.mark.parametrize(
    ("model", "thinking", "effort", "dropped"),
    [
        ("claude-sonnet-4-5", None, None, ()),
        ("claude-opus-4-8", None, None, ()),
        ("claude-opus-5", {"type": "disabled"}, None, ()),
        ("claude-sonnet-5-5", {"type": "between_tools"}, None, ()),
        ("claude-opus-5-5", None, "low", ("reasoning_effort",)),
    ],
)
def test_thinking_is_turned_off_as_each_model_has_it(
    send: Send, model: str, thinking: object, effort: str | None, dropped: tuple[str, ...]
) -> None:
    sent = send({"reasoning_effort": "none"}, model=model)
    assert sent.body.get("thinking") == thinking
    assert sent.body.get("output_config", {}).get("effort") == effort
    assert sent.dropped == dropped


def test_a_model_that_does_not_think_reports_the_wish(send: Send) -> None:
    sent = send({"reasoning_effort": "high"}, model="claude-3-5-haiku-20241022")
    assert "thinking" not in sent.body
    assert sent.dropped == ("reasoning_effort",)


def test_sampling_gives_way_to_thinking(send: Send) -> None:
    wish = {"reasoning_effort": "low", "temperature": 0.2, "top_p": 0.5, "top_k": 5}
    sent = send(wish)
    assert not {"temperature", "top_p", "top_k"} & sent.body.keys()
    assert sent.dropped == ("temperature", "top_k", "top_p")


def test_what_thinking_allows_of_sampling_stays(send: Send) -> None:
    sent = send({"reasoning_effort": "low", "temperature": 1, "top_p": 0.97}, model="claude-sonnet-4-20250514")
    assert (sent.body["temperature"], sent.body["top_p"]) == (1, 0.97)
    assert sent.dropped == ()


def test_a_forced_tool_wins_over_a_budget_of_thinking(send: Send) -> None:
    sent = send({"reasoning_effort": "high", "tools": [TOOL], "tool_choice": "required", "temperature": 0.3})
    assert "thinking" not in sent.body
    assert sent.body["temperature"] == 0.3
    assert sent.body["tool_choice"] == {"type": "any"}
    assert sent.dropped == ("reasoning_effort",)


def test_a_forced_tool_goes_with_adaptive_thinking(send: Send) -> None:
    wish = {"reasoning": {"max_tokens": 2_000}, "tools": [TOOL], "tool_choice": "required"}
    sent = send(wish, model="claude-opus-4-6")
    assert sent.body["thinking"] == {"type": "adaptive"}
    assert sent.dropped == ("reasoning.max_tokens",)


def test_calls_without_their_thoughts_are_answered_without_a_budget(send: Send) -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    thought = {"type": "reasoning.text", "text": "Hm", "signature": "s"}
    answer: dict[str, object] = {"role": "assistant", "tool_calls": [call]}
    messages = [{"role": "user", "content": "a"}, answer, {"role": "tool", "tool_call_id": "t1", "content": "1"}]
    wish = {"messages": messages, "tools": [TOOL], "reasoning_effort": "low"}
    sent = send(wish)
    assert "thinking" not in sent.body
    assert sent.dropped == ("reasoning_effort",)
    answer["reasoning_details"] = [thought]
    assert send(wish).body["thinking"]["type"] == "enabled"


@pytest.mark.parametrize(
    ("model", "wish", "kept", "dropped"),
    [
        ("claude-sonnet-4-20250514", {"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}, ()),
        ("claude-sonnet-4-5", {"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5}, ("top_p",)),
        ("claude-sonnet-4-5", {"temperature": 1, "top_p": 0.9}, {"top_p": 0.9}, ()),
        ("claude-sonnet-4-5", {"top_p": 0.9, "top_k": 3}, {"top_p": 0.9, "top_k": 3}, ()),
        ("claude-sonnet-4-5", {"temperature": 1.6}, {"temperature": 1}, ("temperature",)),
        ("claude-opus-5", {"temperature": 0.5, "top_p": 1, "top_k": 3}, {}, ("temperature", "top_k")),
        ("something-new", {"temperature": 0.5}, {"temperature": 0.5}, ()),
    ],
)
def test_each_model_gets_the_sampling_it_takes(
    send: Send, model: str, wish: object, kept: object, dropped: tuple[str, ...]
) -> None:
    sent = send(wish, model=model)
    assert {name: sent.body[name] for name in ("temperature", "top_p", "top_k") if name in sent.body} == kept
    assert sent.dropped == dropped


def test_verbosity_is_effort_where_no_other_is_named(send: Send) -> None:
    assert send({"verbosity": "low"}, model="claude-opus-5").body["output_config"] == {"effort": "low"}
    assert send({"verbosity": "low"}).dropped == ("verbosity",)


def test_the_callers_own_output_config_goes_as_it_is(send: Send) -> None:
    own = {"effort": "xhigh", "task_budget": {"type": "tokens", "total": 9}}
    sent = send({"output_config": own}, model="claude-opus-4-6")
    assert sent.body["output_config"] == own
    assert sent.headers["anthropic-beta"] == "task-budgets-2026-03-13"
