"""Tools, the choice among them, and histories that have calls."""

from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import UpstreamRequest

Sent = Callable[..., dict[str, Any]]
Encoded = Callable[..., UpstreamRequest]
NOVA = "us.amazon.nova-lite-v1:0"
NOVA_2 = "us.amazon.nova-2-lite-v1:0"
LLAMA = "us.meta.llama4-maverick-17b-instruct-v1:0"
DEEPSEEK = "deepseek.v3-v1:0"
CLOSED = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"], "additionalProperties": False}
HISTORY = [
    {"role": "user", "content": "Go"},
    {
        "role": "assistant",
        "tool_calls": [
            {"id": "t1", "type": "function", "function": {"name": "old", "arguments": "{}"}},
            {"id": "t2", "type": "function", "function": {"name": "old", "arguments": "{}"}},
        ],
    },
    {"role": "tool", "tool_call_id": "t1", "content": "ok"},
    {"role": "tool", "tool_call_id": "t2", "content": "ok"},
]


def tool(name: str = "f", **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": CLOSED, **fields}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def names_of(body: dict[str, Any]) -> list[str]:
    return [entry["toolSpec"]["name"] for entry in body["toolConfig"]["tools"]]


def test_a_schema_goes_whole(sent: Sent) -> None:
    schema = {**CLOSED, "$defs": {"a": {"type": "string"}}, "examples": [{"x": 1}], "title": "T"}
    [entry] = sent(tools=[tool(parameters=schema, description="Does f")])["toolConfig"]["tools"]
    assert entry == {"toolSpec": {"name": "f", "description": "Does f", "inputSchema": {"json": schema}}}


def test_a_tool_without_parameters_takes_an_empty_object(sent: Sent) -> None:
    [entry] = sent(tools=[{"type": "function", "function": {"name": "f", "description": " "}}])["toolConfig"]["tools"]
    assert entry == {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object", "properties": {}}}}}


def test_a_schema_without_a_type_is_an_object(sent: Sent) -> None:
    [entry] = sent(tools=[tool(parameters={"properties": {"a": {}}})])["toolConfig"]["tools"]
    assert entry["toolSpec"]["inputSchema"]["json"] == {"type": "object", "properties": {"a": {}}}


def test_legacy_functions_are_tools(sent: Sent) -> None:
    body = sent(functions=[{"name": "f", "parameters": CLOSED}], function_call={"name": "f"})
    assert names_of(body) == ["f"]
    assert body["toolConfig"]["toolChoice"] == {"tool": {"name": "f"}}


def test_a_strict_tool_is_strict_where_the_model_can(encoded: Encoded, sent: Sent) -> None:
    assert sent(tools=[tool(strict=True)])["toolConfig"]["tools"][0]["toolSpec"]["strict"] is True
    for model, schema in ((NOVA, CLOSED), ("anthropic.claude-sonnet-4-6", {"type": "object"})):
        assert encoded(model, tools=[tool(strict=True, parameters=schema)]).dropped == ("tools.strict",)


@pytest.mark.parametrize(
    ("wish", "choice"),
    [
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ({"type": "any"}, {"any": {}}),
        (named("f"), {"tool": {"name": "f"}}),
        (None, None),
    ],
)
def test_the_tool_choice_is_converses(sent: Sent, wish: Any, choice: Any) -> None:
    fields = {} if wish is None else {"tool_choice": wish}
    assert sent(tools=[tool()], **fields)["toolConfig"].get("toolChoice") == choice


def test_none_sends_no_tools(encoded: Encoded, sent: Sent) -> None:
    assert "toolConfig" not in sent(tools=[tool()], tool_choice="none")
    assert encoded(tools=[tool()], tool_choice="none").dropped == ()


def test_none_keeps_tools_that_a_history_needs_and_is_reported(encoded: Encoded, sent: Sent) -> None:
    fields: dict[str, Any] = {"tools": [tool()], "tool_choice": "none", "messages": HISTORY}
    assert sent(**fields)["toolConfig"].keys() == {"tools"}
    assert encoded(**fields).dropped == ("tool_choice",)


def test_a_history_with_calls_declares_what_it_called(sent: Sent) -> None:
    body = sent(messages=HISTORY)
    assert body["toolConfig"] == {"tools": [{"toolSpec": {"name": "old", "inputSchema": {"json": {"type": "object"}}}}]}


def test_allowed_tools_are_the_only_ones_sent(sent: Sent) -> None:
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [named("g")]}}
    body = sent(tools=[tool("f"), tool("g")], tool_choice=choice)
    assert names_of(body) == ["g"]
    assert body["toolConfig"]["toolChoice"] == {"any": {}}


def test_a_model_without_named_choices_is_given_that_tool_alone(encoded: Encoded, sent: Sent) -> None:
    fields: dict[str, Any] = {"tools": [tool("f"), tool("g")], "tool_choice": named("g")}
    body = sent(DEEPSEEK, **fields)
    assert names_of(body) == ["g"]
    assert body["toolConfig"]["toolChoice"] == {"any": {}}
    assert encoded(DEEPSEEK, **fields).dropped == ()


def test_a_model_without_choices_is_told_in_words(encoded: Encoded, sent: Sent) -> None:
    body = sent(LLAMA, tools=[tool("f"), tool("g")], tool_choice=named("g"))
    assert names_of(body) == ["f", "g"]
    assert "toolChoice" not in body["toolConfig"]
    assert "'g'" in body["system"][0]["text"]
    assert encoded(LLAMA, tools=[tool()], tool_choice="required").dropped == ("tool_choice",)
    assert encoded(LLAMA, tools=[tool()], tool_choice="auto").dropped == ()


def test_claude_that_refuses_forced_tools_is_told_in_words(encoded: Encoded, sent: Sent) -> None:
    model = "us.anthropic.claude-opus-5-5-v1:0"
    body = sent(model, tools=[tool()], tool_choice="required")
    assert body["toolConfig"].keys() == {"tools"}
    assert "one of the tools" in body["system"][0]["text"]
    assert encoded(model, tools=[tool()], tool_choice="required").dropped == ("tool_choice",)


def test_one_call_at_a_time_is_asked_of_claude_in_its_own_words(encoded: Encoded, sent: Sent) -> None:
    body = sent(tools=[tool()], tool_choice="auto", parallel_tool_calls=False)
    wish = {"type": "auto", "disable_parallel_tool_use": True}
    assert body["additionalModelRequestFields"] == {"tool_choice": wish}
    assert "toolChoice" not in body["toolConfig"]
    for model, choice in ((NOVA, "auto"), ("anthropic.claude-sonnet-4-6", "required")):
        upstream = encoded(model, tools=[tool()], tool_choice=choice, parallel_tool_calls=False)
        assert upstream.dropped == ("parallel_tool_calls",)
    assert "additionalModelRequestFields" not in sent(tools=[tool()], parallel_tool_calls=True)


def test_cache_control_of_a_tool_becomes_a_cache_point_where_tools_are_cached(sent: Sent) -> None:
    marks: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
    for tools in ([{**tool(), **marks}], [tool(**marks)]):
        assert sent(tools=tools)["toolConfig"]["tools"][1:] == [{"cachePoint": {"type": "default"}}]
        assert sent(NOVA, tools=tools)["toolConfig"]["tools"][1:] == []


def test_nova_runs_code_and_searches(encoded: Encoded, sent: Sent) -> None:
    assert sent(NOVA_2, tools=[{"type": "code_interpreter"}])["toolConfig"]["tools"] == [
        {"systemTool": {"name": "nova_code_interpreter"}}
    ]
    grounding = {"tools": [{"systemTool": {"name": "nova_grounding"}}]}
    wishes: list[dict[str, Any]] = [
        {"tools": [{"type": "web_search"}]},
        {"plugins": [{"id": "web"}]},
        {"web_search_options": {}},
    ]
    for fields in wishes:
        assert sent(NOVA_2, **fields)["toolConfig"] == grounding
    both: dict[str, Any] = {"plugins": [{"id": "web"}], "tools": [{"type": "web_search_preview"}]}
    assert sent(NOVA_2, **both)["toolConfig"] == grounding
    assert encoded(NOVA, **both, web_search_options={}).dropped == (
        "plugins",
        "tools.web_search_preview",
        "web_search_options",
    )


def test_tools_in_converses_own_spelling_go_as_they_come(sent: Sent) -> None:
    native = [{"systemTool": {"name": "nova_grounding"}}, {"toolSpec": {"name": "f", "inputSchema": {"json": {}}}}]
    assert sent(NOVA_2, tools=native)["toolConfig"]["tools"] == native


def test_claudes_own_tools_go_beside_the_request(encoded: Encoded, sent: Sent) -> None:
    computer = {"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 1}
    body = sent(tools=[computer, tool()], betas=["mine"], anthropic_beta="other, mine")
    assert body["additionalModelRequestFields"] == {
        "tools": [computer],
        "anthropic_beta": ["mine", "other", "computer-use-2025-01-24"],
    }
    assert names_of(body) == ["f"]
    assert encoded(NOVA, tools=[computer]).dropped == ("tools.computer_20250124",)
