"""The shape of the answer: natively, by a tool, or in words, and back into content."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.fence import FenceStripper
from ai_gateway.core.structured import fitted

Send = Callable[..., Any]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
OPEN = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": {"type": "string"}}}}
OLD = "claude-sonnet-4-20250514"
TOOL = {"type": "function", "function": {"name": "f"}}


def shaped(schema: object = None, name: str = "answer", **fields: object) -> dict[str, Any]:
    wish = {"name": name, "schema": schema or SCHEMA, **fields}
    return {"response_format": {"type": "json_schema", "json_schema": wish}}


def test_a_schema_is_native_where_the_model_has_it(send: Send) -> None:
    body = send({**shaped(), "tools": [TOOL]}).body
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert [tool["name"] for tool in body["tools"]] == ["f"]
    assert "tool_choice" not in body


def test_a_schema_and_an_effort_share_the_output_config(send: Send) -> None:
    body = send({**shaped(), "reasoning_effort": "low"}, model="claude-opus-5").body
    assert body["output_config"].keys() == {"effort", "format"}


@pytest.mark.parametrize(("model", "provider"), [(OLD, "anthropic"), ("claude-sonnet-4-5", "vertex")])
def test_a_schema_is_a_forced_tool_where_not(send: Send, model: str, provider: str) -> None:
    body = send(shaped(description="An A."), model=model, provider=provider, options={"project": "p"}).body
    assert body["tools"] == [{"name": "answer", "description": "An A.", "input_schema": SCHEMA}]
    assert body["tool_choice"] == {"type": "tool", "name": "answer"}
    assert "output_config" not in body


def test_beside_other_tools_one_of_them_must_be_called(send: Send) -> None:
    body = send({**shaped(), "tools": [TOOL], "parallel_tool_calls": False}, model=OLD).body
    assert [tool["name"] for tool in body["tools"]] == ["f", "answer"]
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}


def test_tools_that_may_not_be_called_leave_the_answer_tool(send: Send) -> None:
    body = send({**shaped(), "tools": [TOOL], "tool_choice": "none"}, model=OLD).body
    assert body["tool_choice"] == {"type": "tool", "name": "answer"}


def test_a_forced_function_is_not_turned_into_an_answer(send: Send) -> None:
    body = send({**shaped(), "tools": [TOOL], "tool_choice": "required"}, model=OLD).body
    assert [tool["name"] for tool in body["tools"]] == ["f"]


def test_the_answer_tool_never_takes_the_name_of_another(send: Send) -> None:
    tool = {"type": "function", "function": {"name": "answer"}}
    body = send({**shaped(), "tools": [tool]}, model=OLD).body
    assert [tool["name"] for tool in body["tools"]] == ["answer", "answer_answer"]


def test_a_schema_that_is_not_taken_natively_is_a_tool(send: Send) -> None:
    assert send(shaped(OPEN)).body["tools"][0]["input_schema"] == OPEN


def test_with_a_budget_of_thinking_the_schema_is_told_in_words(send: Send) -> None:
    body = send({**shaped(), "reasoning_effort": "low"}, model=OLD).body
    assert body["thinking"]["type"] == "enabled"
    assert "tools" not in body
    assert json.dumps(SCHEMA, separators=(",", ":")) in body["system"][-1]["text"]


def test_json_of_any_shape_is_asked_for_in_words(send: Send) -> None:
    system = [{"role": "system", "content": "S"}, {"role": "user", "content": "a"}]
    body = send({"response_format": {"type": "json_object"}, "messages": system}).body
    assert body["system"][0]["text"] == "S"
    assert "JSON object" in body["system"][1]["text"]
    assert "tools" not in body


def test_the_answer_tools_input_is_the_content(receive: Callable[..., Any]) -> None:
    used = {"type": "tool_use", "id": "t1", "name": "answer", "input": {"a": "é"}}
    [choice] = receive([used], shaped(), stop_reason="tool_use")["choices"]
    assert json.loads(choice["message"]["content"]) == {"a": "é"}
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "stop"


def test_the_answer_tools_input_streams_as_content(stream: Callable[..., Any]) -> None:
    block = {"type": "tool_use", "id": "t1", "name": "answer", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", '{"a"', ': "b"}')]
    events = [{"type": "content_block_start", "index": 0, "content_block": block}]
    events += [{"type": "content_block_delta", "index": 0, "delta": piece} for piece in pieces]
    events += [{"type": "content_block_stop", "index": 0}]
    deltas = [choice["delta"] for chunk in stream(events, shaped(), end="tool_use") for choice in chunk["choices"]]
    assert "".join(delta.get("content", "") for delta in deltas) == '{"a": "b"}'
    assert not any("tool_calls" in delta for delta in deltas)
    assert stream(events, shaped(), end="tool_use")[-2]["choices"][0]["finish_reason"] == "stop"


def test_another_tools_call_beside_it_is_a_call(receive: Callable[..., Any]) -> None:
    used = [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]
    [choice] = receive(used, {**shaped(), "tools": [TOOL]}, stop_reason="tool_use")["choices"]
    assert [call["id"] for call in choice["message"]["tool_calls"]] == ["t1"]
    assert choice["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        (' ```\n{"a": "```"}\n```\n', '{"a": "```"}'),
        ("```json\n[1]\n``` is it", "[1]\n``` is it"),
        ("`x`", "`x`"),
        ("``", "``"),
        ("```json", "```json"),
        ("", ""),
    ],
)
def test_a_fence_is_taken_off_however_it_is_cut(said: str, meant: str) -> None:
    for size in range(1, len(said) + 2):
        fence = FenceStripper()
        pieces = [fence.feed(said[place : place + size]) for place in range(0, len(said), size)]
        assert "".join([*pieces, fence.close()]) == meant


def test_a_fenced_answer_is_bare_json_for_who_asked_for_json(receive: Callable[..., Any]) -> None:
    fenced = [{"type": "text", "text": "```json\n{}\n```"}]
    wish = {"response_format": {"type": "json_object"}}
    assert receive(fenced, wish)["choices"][0]["message"]["content"] == "{}"
    assert receive(fenced)["choices"][0]["message"]["content"] == "```json\n{}\n```"


def test_a_fitted_schema_is_closed_and_tells_what_it_cannot_keep() -> None:
    schema: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 1, "description": "A number."},
            "s": {"oneOf": [{"type": "string", "format": "uri"}, {"type": "null"}]},
            "l": {"type": "array", "items": {"$ref": "#/$defs/I"}, "minItems": 1, "maxItems": 3},
        },
        "$defs": {"I": {"enum": ["x", "y"]}},
    }
    assert fitted(schema) == {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "description": 'A number.\n\n{"minimum":1}'},
            "s": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]},
            "l": {"type": "array", "items": {"$ref": "#/$defs/I"}, "minItems": 1, "description": '{"maxItems":3}'},
        },
        "$defs": {"I": {"enum": ["x", "y"]}},
        "additionalProperties": False,
    }
    assert fitted(fitted(schema) or {}) == fitted(schema)


@pytest.mark.parametrize(
    "schema",
    [
        OPEN,
        {"type": "object"},
        {"type": ["object", "null"]},
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": True}},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"$ref": "https://e.com/s.json"}}},
        {"$ref": "#/$defs/T", "$defs": {"T": {"type": "object", "properties": {"t": {"$ref": "#/$defs/T"}}}}},
    ],
)
def test_free_form_and_recursive_schemas_are_unfit(schema: dict[str, object]) -> None:
    assert fitted(schema) is None
