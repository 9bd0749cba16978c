"""Messages to system text and turns."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.errors import InvalidRequest

Send = Callable[..., Any]
PDF = "data:application/pdf;base64,JVBERi0="
PNG = "data:image/png;base64,iVBORw0="


def say(role: str, content: object, **fields: object) -> dict[str, object]:
    return {"role": role, "content": content, **fields}


def call(name: str = "f", call_id: str = "toolu_1", arguments: str = "{}") -> dict[str, object]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def only_block(sent: Any) -> Any:
    [turn] = sent.body["messages"]
    [block] = turn["content"]
    return block


def test_system_and_developer_messages_are_the_system_text_in_order(send: Send) -> None:
    sent = send({"messages": [say("system", "One."), say("user", "Hi"), say("developer", "Two.")]})
    assert [block["text"] for block in sent.body["system"]] == ["One.", "Two."]
    assert [turn["role"] for turn in sent.body["messages"]] == ["user"]


def test_a_late_system_message_keeps_its_place_where_the_model_takes_it(send: Send) -> None:
    messages = [say("system", "One."), say("user", "a"), say("assistant", "b"), say("system", "Two."), say("user", "c")]
    sent = send({"messages": messages}, model="claude-opus-5")
    assert [block["text"] for block in sent.body["system"]] == ["One."]
    assert [turn["role"] for turn in sent.body["messages"]] == ["user", "assistant", "user", "system"]
    assert sent.body["messages"][-1]["content"][0]["text"] == "Two."


def test_a_late_system_message_between_answers_goes_to_the_top(send: Send) -> None:
    messages = [say("user", "a"), say("assistant", "b"), say("system", "Two."), say("assistant", "c"), say("user", "d")]
    sent = send({"messages": messages}, model="claude-opus-5")
    assert [block["text"] for block in sent.body["system"]] == ["Two."]
    assert [turn["role"] for turn in sent.body["messages"]] == ["user", "assistant", "user"]


def test_at_vertex_all_system_messages_go_to_the_top(send: Send) -> None:
    messages = [say("user", "a"), say("system", "Two.")]
    sent = send({"messages": messages}, model="claude-opus-5", provider="vertex", options={"project": "p"})
    assert [block["text"] for block in sent.body["system"]] == ["Two."]


def test_system_text_alone_asks_as_a_user(send: Send) -> None:
    sent = send({"messages": [say("system", "Say hi.")]})
    assert "system" not in sent.body
    assert sent.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Say hi."}]}]


def test_turns_of_one_role_are_one_turn(send: Send) -> None:
    sent = send({"messages": [say("user", "a"), say("user", "b"), say("assistant", "c"), say("user", "d")]})
    assert [[block["text"] for block in turn["content"]] for turn in sent.body["messages"]] == [
        ["a", "b"],
        ["c"],
        ["d"],
    ]


def test_empty_text_is_left_out_and_nothing_is_invented_for_it(send: Send) -> None:
    messages = [
        say("user", "a"),
        say("assistant", ""),
        say("user", [{"type": "text", "text": " \n"}]),
        say("user", "b"),
    ]
    assert [block["text"] for block in send({"messages": messages}).body["messages"][0]["content"]] == ["a", "b"]


def test_an_answer_begun_does_not_end_in_white_space(send: Send) -> None:
    sent = send({"messages": [say("user", "a"), say("assistant", "The answer is: ")]})
    assert sent.body["messages"][-1]["content"][0]["text"] == "The answer is:"


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (PNG, {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}),
        ("data:image/jpg;base64,AA==", {"type": "base64", "media_type": "image/jpeg", "data": "AA=="}),
        ("https://example.com/a.png", {"type": "url", "url": "https://example.com/a.png"}),
    ],
)
def test_images_go_by_data_and_by_url(send: Send, url: str, source: object) -> None:
    sent = send({"messages": [say("user", [{"type": "image_url", "image_url": {"url": url}}])]})
    assert only_block(sent) == {"type": "image", "source": source}


@pytest.mark.parametrize(
    ("file", "block"),
    [
        (
            {"file_data": PDF, "filename": "a.pdf"},
            {"source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}, "title": "a.pdf"},
        ),
        ({"file_data": "https://e.com/a.pdf"}, {"source": {"type": "url", "url": "https://e.com/a.pdf"}}),
        ({"file_id": "file_1"}, {"source": {"type": "file", "file_id": "file_1"}}),
        (
            {"file_data": "data:text/csv;base64," + base64.b64encode(b"a,b").decode(), "filename": "t.csv"},
            {"source": {"type": "text", "media_type": "text/plain", "data": "a,b"}, "title": "t.csv"},
        ),
    ],
)
def test_files_are_documents(send: Send, file: object, block: dict[str, object]) -> None:
    sent = send({"messages": [say("user", [{"type": "file", "file": file}])]})
    assert only_block(sent) == {"type": "document", **block}


def test_a_pdf_in_an_image_part_is_a_document(send: Send) -> None:
    sent = send({"messages": [say("user", [{"type": "image_url", "image_url": {"url": PDF}}])]})
    assert only_block(sent)["type"] == "document"


def test_a_file_id_asks_for_the_files_beta(send: Send) -> None:
    sent = send({"messages": [say("user", [{"type": "file", "file": {"file_id": "file_1"}}])]})
    assert sent.headers["anthropic-beta"] == "files-api-2025-04-14"


def test_documents_may_be_cited(send: Send) -> None:
    part = {"type": "file", "file": {"file_id": "f"}, "citations": {"enabled": True}, "title": "T"}
    block = only_block(send({"messages": [say("user", [part])]}))
    assert (block["citations"], block["title"]) == ({"enabled": True}, "T")


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
        {"type": "file", "file": {"file_data": "data:application/zip;base64,AA==", "filename": "a.zip"}},
    ],
)
def test_what_claude_cannot_read_is_refused(send: Send, part: object) -> None:
    with pytest.raises(InvalidRequest, match="Claude does not"):
        send({"messages": [say("user", [part])]})


def test_native_parts_go_as_they_come(send: Send) -> None:
    part = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]}
    assert only_block(send({"messages": [say("user", [part])]})) == part


def test_tool_results_are_one_turn_and_come_first(send: Send) -> None:
    messages = [
        say("user", "a"),
        say("assistant", "Let me see.", tool_calls=[call(call_id="t1"), call("g", "t2", '{"x": 1}')]),
        say("user", "Hurry."),
        say("tool", "one", tool_call_id="t1"),
        say("tool", [{"type": "image_url", "image_url": {"url": PNG}}], tool_call_id="t2", is_error=True),
    ]
    _, answer, results = send({"messages": messages}).body["messages"]
    assert answer["content"] == [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {}},
        {"type": "tool_use", "id": "t2", "name": "g", "input": {"x": 1}},
    ]
    assert results["role"] == "user"
    assert [block["type"] for block in results["content"]] == ["tool_result", "tool_result", "text"]
    assert results["content"][0] == {"type": "tool_result", "tool_use_id": "t1", "content": "one"}
    assert results["content"][1]["is_error"] is True
    assert results["content"][1]["content"][0]["type"] == "image"


def test_history_with_calls_and_no_tools_gets_no_dummy_tool(send: Send) -> None:
    messages = [say("user", "a"), say("assistant", None, tool_calls=[call()]), say("tool", "", tool_call_id="toolu_1")]
    sent = send({"messages": messages})
    assert "tools" not in sent.body
    assert sent.body["messages"][-1]["content"] == [{"type": "tool_result", "tool_use_id": "toolu_1"}]


def test_ids_of_other_providers_become_sound_and_still_match(send: Send) -> None:
    messages = [
        say("user", "a"),
        say("assistant", None, tool_calls=[call(call_id="functions.f:0")]),
        say("tool", "1", tool_call_id="functions.f:0"),
    ]
    _, answer, result = send({"messages": messages}).body["messages"]
    assert answer["content"][0]["id"] == result["content"][0]["tool_use_id"] == "functions_f_0"


@pytest.mark.parametrize(("arguments", "given"), [("", {}), ("[1]", {"input": "[1]"}), ("{oops", {"input": "{oops"})])
def test_arguments_that_are_no_object_are_kept(send: Send, arguments: str, given: object) -> None:
    messages = [say("user", "a"), say("assistant", None, tool_calls=[call(arguments=arguments)])]
    assert send({"messages": messages}).body["messages"][1]["content"][0]["input"] == given


def test_legacy_function_calls_get_ids(send: Send) -> None:
    messages = [
        say("user", "a"),
        say("assistant", None, function_call={"name": "f", "arguments": '{"a": 1}'}),
        say("function", "1", name="f"),
        say("assistant", None, function_call={"name": "f", "arguments": "{}"}),
        say("function", "2", name="f"),
    ]
    sent = send({"messages": messages})
    blocks = [turn["content"][0] for turn in sent.body["messages"][1:]]
    assert [block.get("id") or block["tool_use_id"] for block in blocks] == ["call_1", "call_1", "call_2", "call_2"]
    assert sent.dropped == ()


def test_a_refusal_in_the_history_is_text(send: Send) -> None:
    sent = send({"messages": [say("user", "a"), say("assistant", None, refusal="No."), say("user", "b")]})
    assert sent.body["messages"][1]["content"] == [{"type": "text", "text": "No."}]


def test_signed_thoughts_come_back_in_front(send: Send) -> None:
    details = [
        {"type": "reasoning.text", "text": "Hm", "signature": "s1", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "xx", "format": "anthropic-claude-v1", "index": 1},
    ]
    sent = send({"messages": [say("user", "a"), say("assistant", "b", reasoning_details=details), say("user", "c")]})
    assert sent.body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xx"},
        {"type": "text", "text": "b"},
    ]


@pytest.mark.parametrize(
    "details",
    [
        [{"type": "reasoning.text", "text": "Hm", "index": 0}],
        [{"type": "reasoning.text", "text": "Hm", "signature": "s", "format": "google-gemini-v1", "index": 0}],
        [{"type": "reasoning.encrypted", "data": "x", "format": "openai-responses-v1"}],
        [{"type": "reasoning.summary", "summary": "Hm", "format": "openai-responses-v1"}],
    ],
)
def test_thoughts_of_others_and_unsigned_ones_are_left_out(send: Send, details: object) -> None:
    answer = say("assistant", "b", reasoning="Hm", reasoning_details=details)
    sent = send({"messages": [say("user", "a"), answer, say("user", "c")]})
    assert sent.body["messages"][1]["content"] == [{"type": "text", "text": "b"}]
    assert sent.dropped == ()


def test_thoughts_of_other_providers_in_the_content_are_left_out(send: Send) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "b"}]
    sent = send({"messages": [say("user", "a"), say("assistant", parts), say("user", "c")]})
    assert sent.body["messages"][1]["content"] == [{"type": "text", "text": "b"}]


def test_helicones_and_litellms_spellings_of_thoughts_are_read(send: Send) -> None:
    thought = {"type": "thinking", "thinking": "Hm", "signature": "s"}
    for fields in ({"reasoning_details": [{"thinking": "Hm", "signature": "s"}]}, {"thinking_blocks": [thought]}):
        sent = send({"messages": [say("user", "a"), say("assistant", "b", **fields), say("user", "c")]})
        assert sent.body["messages"][1]["content"][0] == thought


def test_details_kept_as_they_streamed_are_put_together(send: Send) -> None:
    details = [
        {"type": "reasoning.text", "text": "Let ", "index": 0},
        {"type": "reasoning.text", "text": "me see", "index": 0},
        {"type": "reasoning.text", "signature": "s", "index": 0},
    ]
    sent = send({"messages": [say("user", "a"), say("assistant", "b", reasoning_details=details), say("user", "c")]})
    assert sent.body["messages"][1]["content"][0] == {"type": "thinking", "thinking": "Let me see", "signature": "s"}


def test_a_cache_point_on_a_message_marks_its_last_block(send: Send) -> None:
    point = {"type": "ephemeral", "ttl": "1h"}
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    sent = send({"messages": [say("system", "S", cache_control=point), say("user", parts, cache_control=point)]})
    assert sent.body["system"] == [{"type": "text", "text": "S", "cache_control": point}]
    assert ["cache_control" in block for block in sent.body["messages"][0]["content"]] == [False, True]


def test_cache_points_on_parts_and_results_stay_there(send: Send) -> None:
    point = {"type": "ephemeral"}
    parts = [{"type": "text", "text": "a", "cache_control": point}, {"type": "text", "text": "b"}]
    result = say("tool", "1", tool_call_id="toolu_1", cache_control=point)
    messages = [say("user", parts), say("assistant", None, tool_calls=[call()]), result]
    sent = send({"messages": messages})
    assert [block.get("cache_control") for block in sent.body["messages"][0]["content"]] == [point, None]
    assert sent.body["messages"][2]["content"][0]["cache_control"] == point


def test_nothing_is_cached_that_nobody_asked_to_cache(send: Send) -> None:
    assert "cache_control" not in str(send({"messages": [say("system", "S" * 9_000), say("user", "a")]}).body)


def test_a_cache_point_of_the_request_goes_to_anthropic_as_it_is(send: Send) -> None:
    point = {"type": "ephemeral", "ttl": "5m"}
    assert send({"cache_control": point}).body["cache_control"] == point


def test_a_cache_point_of_the_request_marks_the_last_block_at_vertex(send: Send) -> None:
    point = {"type": "ephemeral"}
    sent = send({"cache_control": point}, provider="vertex", options={"project": "p"})
    assert "cache_control" not in sent.body
    assert sent.body["messages"][-1]["content"][-1]["cache_control"] == point


def test_a_name_of_a_speaker_is_reported(send: Send) -> None:
    assert send({"messages": [say("user", "a", name="Ann")]}).dropped == ("messages.name",)
