"""The shape of answers: natively, by a forced tool, or in words."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import UpstreamRequest

Sent = Callable[..., dict[str, Any]]
NOVA = "us.amazon.nova-lite-v1:0"
LLAMA = "us.meta.llama4-maverick-17b-instruct-v1:0"
CITY = {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}}, "required": ["name"]}
FREE = {"type": "object", "additionalProperties": True}


def shape(schema: dict[str, Any] = CITY, **fields: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "City", "schema": schema, "strict": True, **fields}}


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": CITY}}


@pytest.mark.parametrize(
    "model",
    ["us.anthropic.claude-sonnet-4-6", "openai.gpt-oss-120b-1:0", "qwen.qwen3-32b-v1:0", "google.gemma-3-27b-it"],
)
def test_a_schema_is_native_where_the_model_takes_one(sent: Sent, model: str) -> None:
    body = sent(model, response_format=shape(description="A city"))
    definition = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert definition["name"] == "City"
    assert definition["description"] == "A city"
    assert json.loads(definition["schema"]) == {
        **CITY,
        "properties": {"name": {"type": "string", "description": '{"minLength":1}'}},
        "additionalProperties": False,
    }
    assert "toolConfig" not in body


@pytest.mark.parametrize("model", [NOVA, "anthropic.claude-3-7-sonnet-20250219-v1:0"])
def test_a_schema_is_a_forced_tool_where_not(sent: Sent, model: str) -> None:
    config = sent(model, response_format=shape())["toolConfig"]
    [entry] = config["tools"]
    assert entry["toolSpec"]["inputSchema"]["json"] == CITY
    assert config["toolChoice"] == {"tool": {"name": "City"}}


def test_a_schema_that_cannot_be_native_is_a_forced_tool(sent: Sent) -> None:
    body = sent(response_format=shape(FREE))
    assert "outputConfig" not in body
    assert body["toolConfig"]["toolChoice"] == {"tool": {"name": "City"}}


def test_beside_tools_the_answer_is_one_of_them(sent: Sent) -> None:
    config = sent(NOVA, response_format=shape(), tools=[tool("f"), tool("City")])["toolConfig"]
    assert [entry["toolSpec"]["name"] for entry in config["tools"]] == ["f", "City", "City_answer"]
    assert config["toolChoice"] == {"any": {}}


def test_a_forced_call_of_the_callers_tool_needs_no_shape(sent: Sent) -> None:
    config = sent(NOVA, response_format=shape(), tools=[tool("f")], tool_choice="required")["toolConfig"]
    assert [entry["toolSpec"]["name"] for entry in config["tools"]] == ["f"]


@pytest.mark.parametrize("schema", [CITY, {"type": "array", "items": {"type": "string"}}])
def test_a_model_that_cannot_be_forced_is_told_the_schema(sent: Sent, schema: dict[str, Any]) -> None:
    body = sent(LLAMA, response_format=shape(schema))
    assert "toolConfig" not in body
    assert json.dumps(schema, separators=(",", ":")) in body["system"][0]["text"]


def test_a_model_with_any_but_no_named_choice_is_forced_by_any(sent: Sent) -> None:
    config = sent("mistral.mistral-large-2402-v1:0", response_format=shape())["toolConfig"]
    assert config["toolChoice"] == {"any": {}}


def test_thinking_with_a_budget_forbids_to_force(sent: Sent) -> None:
    body = sent("anthropic.claude-3-7-sonnet-20250219-v1:0", response_format=shape(), reasoning_effort="low")
    assert "toolConfig" not in body
    assert "JSON Schema" in body["system"][0]["text"]


@pytest.mark.parametrize("model", [NOVA, "us.anthropic.claude-sonnet-4-6"])
def test_any_json_is_asked_for_in_words(sent: Sent, model: str) -> None:
    body = sent(model, response_format={"type": "json_object"})
    assert "JSON object" in body["system"][0]["text"]


def test_text_needs_no_word(encoded: Callable[..., UpstreamRequest]) -> None:
    assert json.loads(encoded(response_format={"type": "text"}).body).keys() == {"messages"}


USE = {"toolUse": {"toolUseId": "t", "name": "City", "input": {"name": "Paris"}}}


def test_the_forced_tools_input_is_the_answer(answered: Callable[..., Any]) -> None:
    [choice] = answered(USE, stop="tool_use", model=NOVA, response_format=shape())["choices"]
    assert json.loads(choice["message"]["content"]) == {"name": "Paris"}
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "stop"


def test_a_call_of_the_callers_tool_stays_one(answered: Callable[..., Any]) -> None:
    use = {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}
    [choice] = answered(use, stop="tool_use", model=NOVA, response_format=shape(), tools=[tool("f")])["choices"]
    assert choice["message"]["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
    assert choice["finish_reason"] == "tool_calls"


def test_the_forced_tools_input_streams_as_the_answer(streamed: Callable[..., Any]) -> None:
    def call(index: int) -> tuple[tuple[str, Any], ...]:
        return (
            (
                "contentBlockStart",
                {"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": "t", "name": "City"}}},
            ),
            ("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": '{"name":'}}}),
            ("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": '"Paris"}'}}}),
            ("contentBlockStop", {"contentBlockIndex": index}),
        )

    chunks = streamed(*call(0), *call(1), stop="tool_use", model=NOVA, response_format=shape())
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert json.loads("".join(delta.get("content") or "" for delta in deltas)) == {"name": "Paris"}
    assert not any("tool_calls" in delta for delta in deltas)
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"


FENCED = '```json\n{"a": 1}\n```'


def test_a_code_fence_is_taken_off(answered: Callable[..., Any], streamed: Callable[..., Any]) -> None:
    wish: dict[str, Any] = {"response_format": {"type": "json_object"}}
    assert answered({"text": FENCED}, **wish)["choices"][0]["message"]["content"] == '{"a": 1}'
    events = [("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}) for piece in FENCED]
    chunks = streamed(*events, **wish)
    assert (
        "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]) == '{"a": 1}'
    )
    assert answered({"text": FENCED})["choices"][0]["message"]["content"] == FENCED


def test_a_fence_that_is_never_closed_loses_nothing(streamed: Callable[..., Any]) -> None:
    events = [
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}) for piece in ("``", '`\n{"a"', ":`")
    ]
    chunks = streamed(*events, response_format={"type": "json_object"}, stop="max_tokens")
    assert "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]) == '{"a":`'
