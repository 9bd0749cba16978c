"""Messages as system blocks and turns."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.dialects.bedrock import DIALECT
from ai_gateway.core.errors import InvalidRequest

Sent = Callable[..., dict[str, Any]]
NOVA = "us.amazon.nova-lite-v1:0"
CALL = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
CACHED = {"cache_control": {"type": "ephemeral"}}
POINT = {"cachePoint": {"type": "default"}}


def user(*parts: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


def words(text: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **fields}


def test_system_and_developer_messages_become_system_blocks(sent: Sent) -> None:
    body = sent(
        messages=[
            {"role": "system", "content": "One"},
            {"role": "developer", "content": [words("Two"), words("")]},
            {"role": "user", "content": "Hi"},
            {"role": "system", "content": "Late"},
        ]
    )
    assert body["system"] == [{"text": "One"}, {"text": "Two"}, {"text": "Late"}]
    assert body["messages"] == [{"role": "user", "content": [{"text": "Hi"}]}]


def test_system_text_alone_asks_with_that_text(sent: Sent) -> None:
    body = sent(messages=[{"role": "system", "content": "Say hello"}])
    assert "system" not in body
    assert body["messages"] == [{"role": "user", "content": [{"text": "Say hello"}]}]


def test_turns_of_one_role_in_a_row_are_one_turn(sent: Sent) -> None:
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "b"},
    ]
    assert sent(messages=messages)["messages"] == [{"role": "user", "content": [{"text": "a"}, {"text": "b"}]}]


def test_results_of_tools_are_one_turn_and_come_before_what_the_user_says(sent: Sent) -> None:
    calls = [CALL, {"id": "t2", "type": "function", "function": {"name": "g", "arguments": ""}}]
    body = sent(
        messages=[
            {"role": "user", "content": "Go"},
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": "t1", "content": "one"},
            {"role": "user", "content": "And?"},
            {"role": "tool", "tool_call_id": "t2", "content": [words("two"), words("!")]},
        ]
    )
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": [
                {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"x": 1}}},
                {"toolUse": {"toolUseId": "t2", "name": "g", "input": {}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "t1", "content": [{"text": "one"}]}},
                {"toolResult": {"toolUseId": "t2", "content": [{"text": "two"}, {"text": "!"}]}},
                {"text": "And?"},
            ],
        },
    ]


def result_of(sent: Sent, *, model: str = NOVA, **fields: Any) -> list[dict[str, Any]]:
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "t1", **fields},
    ]
    content: list[dict[str, Any]] = sent(model, messages=messages)["messages"][2]["content"]
    return content


def test_results_hold_text_json_and_images(sent: Sent) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}
    [block] = result_of(sent, content=[words("a"), {"type": "json", "json": {"b": 1}}, image])
    assert block["toolResult"]["content"] == [
        {"text": "a"},
        {"json": {"b": 1}},
        {"image": {"format": "png", "source": {"bytes": "iVBO"}}},
    ]


def test_an_empty_result_holds_nothing_rather_than_empty_text(sent: Sent) -> None:
    [block] = result_of(sent, content="")
    assert block["toolResult"]["content"] == []


@pytest.mark.parametrize("failure", [{"is_error": True}, {"status": "error"}])
def test_a_failed_tool_is_told_to_models_that_take_a_status(sent: Sent, failure: dict[str, Any]) -> None:
    [block] = result_of(sent, content="boom", **failure)
    assert block["toolResult"]["status"] == "error"
    [block] = result_of(sent, model="us.meta.llama4-maverick-17b-instruct-v1:0", content="boom", **failure)
    assert "status" not in block["toolResult"]


def test_arguments_that_are_no_object_stand_under_input(sent: Sent) -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "[1"}}
    messages = [{"role": "user", "content": "Go"}, {"role": "assistant", "tool_calls": [call]}]
    [block] = sent(messages=messages)["messages"][1]["content"]
    assert block["toolUse"]["input"] == {"input": "[1"}


def test_legacy_function_calls_and_their_results_find_each_other(sent: Sent) -> None:
    body = sent(
        messages=[
            {"role": "user", "content": "Go"},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "done"},
        ],
        functions=[{"name": "f", "parameters": {"type": "object", "properties": {}}}],
    )
    [use] = body["messages"][1]["content"]
    [result] = body["messages"][2]["content"]
    assert use["toolUse"]["toolUseId"] == result["toolResult"]["toolUseId"] == "call_1"


def ids_of(sent: Sent, model: str, call_id: str) -> tuple[str, str]:
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "tool_calls": [{**CALL, "id": call_id}]},
        {"role": "tool", "tool_call_id": call_id, "content": "ok"},
    ]
    turns = sent(model, messages=messages)["messages"]
    return turns[1]["content"][0]["toolUse"]["toolUseId"], turns[2]["content"][0]["toolResult"]["toolUseId"]


def test_ids_of_calls_are_kept_where_the_model_takes_them(sent: Sent) -> None:
    kimi = "functions.get_temperature:0"
    assert ids_of(sent, "moonshot.kimi-k2-thinking", kimi) == (kimi, kimi)
    assert ids_of(sent, "anthropic.claude-sonnet-4-6", kimi) == ("functions_get_temperature_0",) * 2


def test_ids_that_are_too_long_are_shortened_and_stay_different(sent: Sent) -> None:
    first, same = ids_of(sent, NOVA, "call_" + "a" * 300)
    second, _ = ids_of(sent, NOVA, "call_" + "a" * 301)
    assert first == same != second
    assert len(first) == len(second) == 64


def test_reasoning_of_claude_goes_back_in_wherever_it_was_signed(sent: Sent) -> None:
    details = [
        {"type": "reasoning.text", "text": "Hm", "signature": "sig", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "Etk", "format": "anthropic-claude-v1", "index": 1},
        {"type": "reasoning.encrypted", "data": "x", "format": "google-gemini-v1", "index": 2},
        {"type": "reasoning.text", "text": "unsigned", "format": "anthropic-claude-v1", "index": 3},
    ]
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": "Yes", "reasoning": "Hm", "reasoning_details": details},
        {"role": "user", "content": "On"},
    ]
    assert sent(messages=messages)["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "RXRr"}},
        {"text": "Yes"},
    ]
    assert sent(NOVA, messages=messages)["messages"][1]["content"] == [{"text": "Yes"}]


def test_anthropics_thinking_parts_become_reasoning(sent: Sent) -> None:
    parts = [{"type": "thinking", "thinking": "Hm", "signature": "sig"}, words("Yes")]
    messages = [{"role": "user", "content": "Go"}, {"role": "assistant", "content": parts}]
    content = sent(messages=messages)["messages"][1]["content"]
    assert content[0] == {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "sig"}}}
    assert sent(NOVA, messages=messages)["messages"][1]["content"] == [{"text": "Yes"}]


def test_what_a_hosted_tool_did_goes_back_to_models_of_the_same_author(sent: Sent) -> None:
    hosted = {"toolUse": {"toolUseId": "h", "name": "nova_code_interpreter", "input": {}, "type": "server_tool_use"}}
    own = {"toolUse": {"toolUseId": "t1", "name": "f", "input": {}, "type": "tool_use"}}
    extra = {"bedrock": {"author": "amazon", "content": [hosted, own]}}
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "tool_calls": [CALL], "extra_content": extra},
        {"role": "tool", "tool_call_id": "t1", "content": "ok"},
    ]
    content = sent("us.amazon.nova-2-lite-v1:0", messages=messages)["messages"][1]["content"]
    assert content == [hosted, {"toolUse": {"toolUseId": "t1", "name": "f", "input": {}}}]
    [use] = sent(messages=messages)["messages"][1]["content"]
    assert use["toolUse"]["input"] == {"x": 1}


def test_an_answer_begun_does_not_end_in_white_space(sent: Sent) -> None:
    messages = [{"role": "user", "content": "Go"}, {"role": "assistant", "content": "It is \n"}]
    assert sent(messages=messages)["messages"][1]["content"] == [{"text": "It is"}]
    messages[1]["content"] = " "
    assert len(sent(messages=messages)["messages"]) == 1


def test_a_refusal_is_text(sent: Sent) -> None:
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": None, "refusal": "No."},
        {"role": "user", "content": "Please"},
    ]
    assert sent(messages=messages)["messages"][1]["content"] == [{"text": "No."}]


def test_names_of_speakers_are_reported(encoded: Callable[..., Any]) -> None:
    assert encoded(messages=[{"role": "user", "name": "Ann", "content": "Hi"}]).dropped == ("messages.name",)


# Cache points.


def test_cache_control_becomes_cache_points(sent: Sent) -> None:
    body = sent(
        messages=[
            {"role": "system", "content": [words("Rules", **CACHED)]},
            *user(words("Long", **CACHED), words("Short")),
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "t1", "content": [words("ok", **CACHED)]},
        ]
    )
    assert body["system"] == [{"text": "Rules"}, POINT]
    assert body["messages"][0]["content"] == [{"text": "Long"}, POINT, {"text": "Short"}]
    assert body["messages"][2]["content"][1:] == [POINT]


def test_cache_control_of_a_message_or_the_request_marks_the_end(sent: Sent) -> None:
    body = sent(messages=[{"role": "system", "content": "Rules", **CACHED}, *user(words("Hi"))], **CACHED)
    assert body["system"] == [{"text": "Rules"}, POINT]
    assert body["messages"][0]["content"] == [{"text": "Hi"}, POINT]


def test_an_hour_is_asked_of_models_that_keep_so_long(sent: Sent) -> None:
    wish = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    content = sent(messages=user(words("Hi", **wish)))["messages"][0]["content"]
    assert content[1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
    for model in (NOVA, "anthropic.claude-3-7-sonnet-20250219-v1:0"):
        assert sent(model, messages=user(words("Hi", **wish)))["messages"][0]["content"][1] == POINT


@pytest.mark.parametrize("model", ["openai.gpt-oss-120b-1:0", "anthropic.claude-3-haiku-20240307-v1:0"])
def test_models_without_a_cache_get_no_cache_points(sent: Sent, model: str) -> None:
    native = {"type": "cachePoint", "cachePoint": {"type": "default"}}
    body = sent(model, messages=user(words("Hi", **CACHED), native), **CACHED)
    assert body["messages"][0]["content"] == [{"text": "Hi"}]


def test_a_line_break_stands_between_a_text_document_and_its_cache_point(sent: Sent) -> None:
    def document(kind: str) -> dict[str, Any]:
        return {"type": "file", "file": {"file_data": f"data:{kind};base64,YQ=="}, **CACHED}

    content = sent(messages=user(words("Read"), document("text/csv")))["messages"][0]["content"]
    assert content[2:] == [{"text": "\n"}, POINT]
    content = sent(messages=user(words("Read"), document("application/pdf")))["messages"][0]["content"]
    assert content[2:] == [POINT]


def test_no_cache_point_comes_behind_reasoning(sent: Sent) -> None:
    thought = {"type": "thinking", "thinking": "Hm", "signature": "sig"}
    messages = [{"role": "user", "content": "Go"}, {"role": "assistant", "content": [thought], **CACHED}]
    assert len(sent(messages=messages)["messages"][1]["content"]) == 1


def test_the_apis_own_blocks_go_as_they_come(sent: Sent) -> None:
    guard = {"guardContent": {"text": {"text": "check me"}}}
    found = {"source": "s", "title": "t", "content": [{"text": "x"}], "citations": {"enabled": True}}
    parts = [
        {"type": "guardContent", **guard},
        {"type": "guard_content", "text": "check me"},
        {"type": "search_result", "searchResult": found},
        {"type": "cache_point", **POINT},
    ]
    assert sent(messages=user(*parts))["messages"][0]["content"] == [guard, guard, {"searchResult": found}, POINT]


def test_a_part_of_an_unknown_type_is_refused(sent: Sent) -> None:
    with pytest.raises(InvalidRequest, match="'hologram'"):
        sent(messages=user({"type": "hologram"}))


# What holds for any conversation.

PARTS = st.one_of(
    st.text(max_size=3).map(words),
    st.just(words("cached", **CACHED)),
    st.just({"type": "file", "file": {"file_data": "data:text/plain;base64,YQ=="}, **CACHED}),
    st.just({"type": "image_url", "image_url": {"url": "data:image/png;base64,YQ=="}}),
)
MESSAGES = st.one_of(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "user"]), "content": st.lists(PARTS, max_size=3)}),
    st.fixed_dictionaries({"role": st.just("assistant"), "content": st.text(max_size=3)}),
    st.just({"role": "assistant", "content": None, "tool_calls": [CALL], **CACHED}),
    st.fixed_dictionaries(
        {"role": st.just("tool"), "tool_call_id": st.text(min_size=1), "content": st.text(max_size=3)}
    ),
)


@example([{"role": "system", "content": [words("cached", **CACHED)]}], NOVA)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=6), model=st.sampled_from([NOVA, "claude-sonnet-4-6", "x.y"]))
def test_any_conversation_keeps_the_rules_of_the_api(messages: list[Any], model: str) -> None:
    place = Endpoint(model, Provider("bedrock", "Bedrock", "", dialect="bedrock"), model, "")
    body = json.loads(DIALECT.encode({"model": model, "messages": messages}, place).body)
    roles = [turn["role"] for turn in body["messages"]]
    assert all(role != later for role, later in pairwise(roles))
    for content in [turn["content"] for turn in body["messages"]]:
        assert content
        assert all(block.get("text") != "" for block in content)
        results = ["toolResult" in block for block in content if "cachePoint" not in block]
        assert results == sorted(results, reverse=True)
        for block, later in pairwise(content):
            assert "cachePoint" not in later or not {"document", "cachePoint"} & block.keys()
        assert "cachePoint" not in content[0]
    blocks = [block for turn in body["messages"] for block in turn["content"]]
    names = [block["document"]["name"] for block in blocks if "document" in block]
    assert len(names) == len(set(names))
    assert any("toolUse" in block for block in blocks) == ("toolConfig" in body)
