import base64
from collections.abc import Callable
from typing import Any

import pytest

Sent = Callable[..., dict[str, Any]]
PLACEHOLDER = base64.b64encode(b"skip_thought_signature_validator").decode()
PNG = "data:image/png;base64,iVBORw0KGgo="


def call(call_id: str, name: str, arguments: str = "{}", signature: str | None = None) -> dict[str, Any]:
    wire: dict[str, Any] = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    if signature is not None:
        wire["extra_content"] = {"google": {"thought_signature": signature}}
    return wire


def asked(*calls: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **fields}


def result(call_id: str, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


USER = {"role": "user", "content": "Hi"}


def test_system_and_developer_texts_are_the_system_instruction(sent: Sent) -> None:
    body = sent(
        messages=[
            {"role": "system", "content": "One."},
            {"role": "developer", "content": [{"type": "text", "text": "Two."}]},
            USER,
            {"role": "system", "content": "Three."},
        ]
    )
    assert body["systemInstruction"] == {"parts": [{"text": "One."}, {"text": "Two."}, {"text": "Three."}]}
    assert body["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


def test_instructions_alone_are_a_request_too(sent: Sent) -> None:
    body = sent(messages=[{"role": "system", "content": "Say hello."}])
    assert body["contents"] == [{"role": "user", "parts": [{"text": ""}]}]


def test_empty_text_stays_empty(sent: Sent) -> None:
    body = sent(messages=[USER, {"role": "assistant", "content": ""}, {"role": "user", "content": []}])
    assert body["contents"][1:] == [
        {"role": "model", "parts": [{"text": ""}]},
        {"role": "user", "parts": [{"text": ""}]},
    ]


def test_results_of_one_turn_share_a_content_and_find_their_names(sent: Sent) -> None:
    body = sent(
        messages=[
            USER,
            asked(call("a", "add", '{"x": 1}'), call("b", "multiply", '{"x": 2}')),
            result("b", '{"product": 6}'),
            result("a", "5"),
            {"role": "user", "content": "Well?"},
        ]
    )
    [_, model, results, question] = body["contents"]
    assert [part["functionCall"] for part in model["parts"]] == [
        {"id": "a", "name": "add", "args": {"x": 1}},
        {"id": "b", "name": "multiply", "args": {"x": 2}},
    ]
    assert results == {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": "b", "name": "multiply", "response": {"product": 6}}},
            {"functionResponse": {"id": "a", "name": "add", "response": {"output": "5"}}},
        ],
    }
    assert question["parts"] == [{"text": "Well?"}]


@pytest.mark.parametrize(
    ("content", "response"),
    [
        ('{"a": [1]}', {"a": [1]}),
        (' {"a": 1} ', {"a": 1}),
        ("plain", {"output": "plain"}),
        ("[1, 2]", {"output": "[1, 2]"}),
        ("{broken", {"output": "{broken"}),
        ("", {"output": ""}),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], {"output": "a\nb"}),
    ],
)
def test_a_result_is_an_object_or_is_wrapped_in_one(sent: Sent, content: Any, response: dict[str, Any]) -> None:
    body = sent(messages=[USER, asked(call("a", "look")), result("a", content)])
    assert body["contents"][2]["parts"][0]["functionResponse"]["response"] == response


def test_an_image_in_a_result_rides_inside_it_on_gemini_3(sent: Sent) -> None:
    content = [{"type": "text", "text": '{"ok": true}'}, {"type": "image_url", "image_url": {"url": PNG}}]
    body = sent(messages=[USER, asked(call("a", "look")), result("a", content)])
    assert body["contents"][2:] == [
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "id": "a",
                        "name": "look",
                        "response": {"ok": True},
                        "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}],
                    }
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("gemini-2.5-flash", PNG),
        ("gemini-3-flash-preview", "https://example.com/kiwi.jpg"),
        ("gemini-3-flash-preview", "data:image/bmp;base64,Qk0="),
    ],
)
def test_an_image_that_a_result_cannot_hold_follows_it(sent: Sent, model: str, url: str) -> None:
    content = [{"type": "image_url", "image_url": {"url": url}}]
    body = sent(
        model, messages=[USER, asked(call("a", "look"), call("b", "add")), result("a", content), result("b", "5")]
    )
    [results, shown] = body["contents"][2:]
    assert [part["functionResponse"]["name"] for part in results["parts"]] == ["look", "add"]
    assert "parts" not in results["parts"][0]["functionResponse"]
    assert shown["role"] == "user"
    assert len(shown["parts"]) == 1


def test_a_document_in_a_result_is_not_lost(sent: Sent) -> None:
    document = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}
    body = sent(messages=[USER, asked(call("a", "look")), result("a", [document])])
    assert body["contents"][3]["parts"] == [{"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}}]


def test_a_result_without_its_call_goes_by_its_own_name(sent: Sent) -> None:
    orphan = {"role": "tool", "tool_call_id": "gone", "name": "look", "content": "5"}
    [found] = sent(messages=[USER, orphan])["contents"][1]["parts"]
    assert found["functionResponse"] == {"id": "gone", "name": "look", "response": {"output": "5"}}


def test_vertex_takes_a_file_in_a_result_by_the_type_that_the_caller_states(sent: Sent) -> None:
    content = [{"type": "file", "file": {"file_id": "gs://bucket/document", "format": "application/pdf"}}]
    body = sent("gemini-3-flash-preview", "vertex", messages=[USER, asked(call("a", "look")), result("a", content)])
    [held] = body["contents"][2]["parts"][0]["functionResponse"]["parts"]
    assert held == {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/document"}}


def test_vertex_takes_a_result_s_image_by_its_address(sent: Sent) -> None:
    content = [{"type": "image_url", "image_url": {"url": "gs://bucket/kiwi.jpg"}}]
    body = sent("gemini-3-flash-preview", "vertex", messages=[USER, asked(call("a", "look")), result("a", content)])
    assert body["contents"][2]["parts"][0]["functionResponse"] == {
        "id": "a",
        "name": "look",
        "response": {},
        "parts": [{"fileData": {"mimeType": "image/jpeg", "fileUri": "gs://bucket/kiwi.jpg"}}],
    }


def test_the_older_function_call_is_answered_by_name(sent: Sent) -> None:
    body = sent(
        "gemini-2.5-flash",
        messages=[
            USER,
            {"role": "assistant", "content": None, "function_call": {"name": "add", "arguments": '{"x": 1}'}},
            {"role": "function", "name": "add", "content": "2"},
        ],
    )
    assert body["contents"][1]["parts"] == [{"functionCall": {"name": "add", "args": {"x": 1}}}]
    assert body["contents"][2]["parts"] == [{"functionResponse": {"name": "add", "response": {"output": "2"}}}]


@pytest.mark.parametrize(
    ("arguments", "args"),
    [
        ("", {}),
        ("  ", {}),
        (None, {}),
        ({"x": 1}, {"x": 1}),
        ("[1]", {"arguments": "[1]"}),
        ("{x", {"arguments": "{x"}),
    ],
)
def test_arguments_that_are_no_object_are_not_lost(sent: Sent, arguments: Any, args: dict[str, Any]) -> None:
    history = asked({"id": "a", "type": "function", "function": {"name": "add", "arguments": arguments}})
    body = sent(messages=[USER, history, result("a", "5")])
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == args


def test_a_custom_tool_s_input_is_an_argument(sent: Sent) -> None:
    history = asked({"id": "a", "type": "custom", "custom": {"name": "sql", "input": "select 1"}})
    body = sent(messages=[USER, history, result("a", "1")])
    assert body["contents"][1]["parts"][0]["functionCall"] == {"id": "a", "name": "sql", "args": {"input": "select 1"}}


def test_a_signature_goes_back_on_the_call_it_came_on(sent: Sent) -> None:
    history = asked(call("a", "add", signature="c2ln"), call("b", "multiply"))
    body = sent(messages=[USER, history, result("a", "1"), result("b", "2")])
    assert [part.get("thoughtSignature") for part in body["contents"][1]["parts"]] == ["c2ln", None]


def test_a_signature_kept_among_the_reasoning_details_finds_its_call(sent: Sent) -> None:
    details = [{"type": "reasoning.encrypted", "id": "b", "data": "c2ln", "format": "google-gemini-v1", "index": 0}]
    history = asked(call("a", "add"), call("b", "multiply"), reasoning_details=details)
    body = sent("gemini-2.5-flash", messages=[USER, history, result("a", "1"), result("b", "2")])
    assert [part.get("thoughtSignature") for part in body["contents"][1]["parts"]] == [None, "c2ln"]


@pytest.mark.parametrize(
    ("model", "expected"),
    [("gemini-3-flash-preview", PLACEHOLDER), ("some-new-model", PLACEHOLDER), ("gemini-2.5-flash", None)],
)
def test_the_first_unsigned_call_gets_googles_placeholder(sent: Sent, model: str, expected: str | None) -> None:
    history = asked(call("a", "add"), call("b", "multiply"))
    body = sent(model, messages=[USER, history, result("a", "1"), result("b", "2")])
    assert [part.get("thoughtSignature") for part in body["contents"][1]["parts"]] == [expected, None]


def test_a_signed_text_goes_back_signed_and_before_the_calls(sent: Sent) -> None:
    details = [{"type": "reasoning.encrypted", "data": "c2ln", "format": "google-gemini-v1", "index": 0}]
    history = {**asked(call("a", "add", signature="Y2FsbA==")), "content": "Adding.", "reasoning_details": details}
    body = sent(messages=[USER, history, result("a", "1")])
    assert body["contents"][1]["parts"] == [
        {"text": "Adding.", "thoughtSignature": "c2ln"},
        {"functionCall": {"id": "a", "name": "add", "args": {}}, "thoughtSignature": "Y2FsbA=="},
    ]


def test_a_signature_without_text_rides_on_an_empty_one(sent: Sent) -> None:
    details = [{"type": "reasoning.encrypted", "data": "c2ln", "format": "google-gemini-v1", "index": 0}]
    body = sent(messages=[USER, {"role": "assistant", "content": None, "reasoning_details": details}])
    assert body["contents"][1]["parts"] == [{"text": "", "thoughtSignature": "c2ln"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_details": [{"type": "reasoning.text", "signature": "c2ln", "format": "google-gemini-v1"}]},
        {"extra_content": {"google": {"thought": True, "thought_signature": "c2ln"}}},
    ],
)
def test_other_endpoints_ways_to_carry_a_text_s_signature_are_read(sent: Sent, fields: dict[str, Any]) -> None:
    body = sent(messages=[USER, {"role": "assistant", "content": "Four.", **fields}, USER])
    assert body["contents"][1]["parts"] == [{"text": "Four.", "thoughtSignature": "c2ln"}]


def test_an_unclaimed_signature_of_a_wordless_answer_is_the_first_call_s(sent: Sent) -> None:
    details = [{"type": "reasoning.encrypted", "data": "c2ln", "format": "google-gemini-v1", "index": 0}]
    history = asked(call("a", "add"), call("b", "multiply"), reasoning_details=details)
    body = sent(messages=[USER, history, result("a", "1"), result("b", "2")])
    assert [part.get("thoughtSignature") for part in body["contents"][1]["parts"]] == ["c2ln", None]


def test_a_signed_thought_goes_back_as_the_thought_it_is(sent: Sent) -> None:
    entry = {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "format": "google-gemini-v1", "index": 0}
    body = sent(messages=[USER, {"role": "assistant", "content": "Four.", "reasoning_details": [entry]}, USER])
    assert body["contents"][1]["parts"] == [
        {"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "Four."},
    ]


def test_another_provider_s_reasoning_stays_behind(sent: Sent) -> None:
    history = {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "hm", "signature": "x"}, {"type": "text", "text": "Four."}],
        "reasoning": "hm",
        "reasoning_content": "hm",
        "reasoning_details": [
            {"type": "reasoning.text", "text": "hm", "signature": "x", "format": "anthropic-claude-v1"},
            {"type": "reasoning.encrypted", "data": "y", "format": "openai-responses-v1"},
            {"thinking": "hm", "signature": "z"},
        ],
    }
    body = sent(messages=[USER, history, USER])
    assert body["contents"][1]["parts"] == [{"text": "Four."}]


def test_a_refusal_in_the_history_is_what_the_model_said(sent: Sent) -> None:
    body = sent(messages=[USER, {"role": "assistant", "content": None, "refusal": "I won't."}, USER])
    assert body["contents"][1]["parts"] == [{"text": "I won't."}]


def test_an_image_that_the_model_made_goes_back_with_its_signature(sent: Sent) -> None:
    image = {"type": "image_url", "image_url": {"url": PNG}, "extra_content": {"google": {"thought_signature": "c2ln"}}}
    body = sent(messages=[USER, {"role": "assistant", "content": "Here.", "images": [image]}, USER])
    assert body["contents"][1]["parts"] == [
        {"text": "Here."},
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}, "thoughtSignature": "c2ln"},
    ]


def test_cache_control_is_left_out_without_harm(sent: Sent) -> None:
    part = {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}
    message = {"role": "user", "content": [part], "cache_control": {"type": "ephemeral"}}
    assert sent(messages=[message])["contents"] == [{"role": "user", "parts": [{"text": "Long."}]}]
