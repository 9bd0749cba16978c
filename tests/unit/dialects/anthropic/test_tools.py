"""Tools and the choice among them."""

from collections.abc import Callable
from typing import Any

import pytest

Send = Callable[..., Any]
SCHEMA = {
    "type": "object",
    "properties": {"a": {"$ref": "#/$defs/A"}},
    "required": ["a"],
    "additionalProperties": False,
    "$defs": {"A": {"type": "string"}},
}


def function(name: str = "f", **fields: object) -> dict[str, object]:
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA, **fields}}


def test_a_tool_keeps_its_whole_schema(send: Send) -> None:
    sent = send({"tools": [function(description="Does f.")]})
    assert sent.body["tools"] == [{"name": "f", "description": "Does f.", "input_schema": SCHEMA}]


def test_a_function_without_parameters_takes_none(send: Send) -> None:
    sent = send({"tools": [{"type": "function", "function": {"name": "f"}}]})
    assert sent.body["tools"] == [{"name": "f", "input_schema": {"type": "object", "properties": {}}}]


def test_legacy_functions_are_tools_and_their_choice_is_heard(send: Send) -> None:
    sent = send({"functions": [{"name": "f", "parameters": SCHEMA}], "function_call": {"name": "f"}})
    assert sent.body["tools"] == [{"name": "f", "input_schema": SCHEMA}]
    assert sent.body["tool_choice"] == {"type": "tool", "name": "f"}


def test_anthropics_own_fields_of_a_tool_are_kept(send: Send) -> None:
    tool = function() | {"cache_control": {"type": "ephemeral"}, "defer_loading": True}
    [sent] = send({"tools": [tool]}).body["tools"]
    assert (sent["cache_control"], sent["defer_loading"]) == ({"type": "ephemeral"}, True)


def test_strict_tools_are_strict_where_the_model_has_it(send: Send) -> None:
    assert send({"tools": [function(strict=True)]}).body["tools"][0]["strict"] is True


@pytest.mark.parametrize(
    ("model", "provider", "schema"),
    [
        ("claude-sonnet-4-20250514", "anthropic", SCHEMA),
        ("claude-sonnet-4-5", "vertex", SCHEMA),
        ("claude-sonnet-4-5", "anthropic", {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}),
    ],
)
def test_strictness_that_cannot_be_had_is_reported(send: Send, model: str, provider: str, schema: object) -> None:
    tool = function(strict=True, parameters=schema)
    sent = send({"tools": [tool]}, model=model, provider=provider, options={"project": "p"})
    assert sent.body["tools"] == [{"name": "f", "input_schema": schema}]
    assert sent.dropped == ("tools.strict",)


@pytest.mark.parametrize(
    ("choice", "native"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ({"type": "any"}, {"type": "any"}),
        ({"type": "tool", "name": "f"}, {"type": "tool", "name": "f"}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}),
    ],
)
def test_every_tool_choice_is_carried(send: Send, choice: object, native: object) -> None:
    assert send({"tools": [function()], "tool_choice": choice}).body["tool_choice"] == native


def test_no_choice_is_sent_without_tools(send: Send) -> None:
    assert "tool_choice" not in send({"tool_choice": "auto", "parallel_tool_calls": False}).body


@pytest.mark.parametrize(("mode", "native"), [("auto", "auto"), ("required", "any")])
def test_allowed_tools_are_the_only_ones(send: Send, mode: str, native: str) -> None:
    allowed = {"mode": mode, "tools": [{"type": "function", "function": {"name": "g"}}]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    sent = send({"tools": [function("f"), function("g")], "tool_choice": choice})
    assert [tool["name"] for tool in sent.body["tools"]] == ["g"]
    assert sent.body["tool_choice"] == {"type": native}


@pytest.mark.parametrize(
    ("choice", "native"),
    [
        (None, {"type": "auto", "disable_parallel_tool_use": True}),
        ("required", {"type": "any", "disable_parallel_tool_use": True}),
        ("none", {"type": "none"}),
    ],
)
def test_one_call_at_a_time(send: Send, choice: str | None, native: object) -> None:
    wish = {} if choice is None else {"tool_choice": choice}
    assert send({"tools": [function()], "parallel_tool_calls": False, **wish}).body["tool_choice"] == native


def test_a_model_that_refuses_to_be_forced_is_asked_in_words(send: Send) -> None:
    forced = {"tools": [function()], "tool_choice": {"type": "function", "function": {"name": "f"}}}
    sent = send(forced, model="claude-opus-5-5")
    assert sent.body["tool_choice"] == {"type": "auto"}
    assert "'f'" in sent.body["system"][-1]["text"]
    assert sent.dropped == ("tool_choice",)


def test_native_tools_go_as_they_come_in_their_order(send: Send) -> None:
    computer = {"type": "computer_20251124", "name": "computer", "display_width_px": 1, "display_height_px": 1}
    custom = {"type": "custom", "name": "g", "input_schema": {"type": "object"}}
    sent = send({"tools": [computer, function(), custom]})
    assert sent.body["tools"] == [computer, {"name": "f", "input_schema": SCHEMA}, custom]
    assert sent.headers["anthropic-beta"] == "computer-use-2025-11-24"


@pytest.mark.parametrize("kind", ["file_search", "code_interpreter", "image_generation"])
def test_hosted_tools_of_others_are_reported(send: Send, kind: str) -> None:
    sent = send({"tools": [{"type": kind}]})
    assert "tools" not in sent.body
    assert sent.dropped == (f"tools.{kind}",)


@pytest.mark.parametrize(
    ("wish", "search"),
    [
        ({"plugins": [{"id": "web", "max_uses": 3}]}, {"max_uses": 3}),
        ({"web_search_options": {}}, {}),
        ({"tools": [{"type": "web_search"}]}, {}),
        (
            {"web_search_options": {"user_location": {"type": "approximate", "approximate": {"city": "Oslo"}}}},
            {"user_location": {"type": "approximate", "city": "Oslo"}},
        ),
        (
            {"plugins": [{"id": "web", "allowed_domains": ["a.com"]}], "tools": [{"type": "web_search_preview"}]},
            {},
        ),
    ],
)
def test_every_wish_to_search_is_one_web_search_tool(send: Send, wish: object, search: dict[str, object]) -> None:
    assert send(wish).body["tools"] == [{"type": "web_search_20250305", "name": "web_search", **search}]
