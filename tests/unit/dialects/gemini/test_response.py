import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.gemini import DIALECT
from ai_gateway.core.errors import UpstreamMalformed, UpstreamRejected
from ai_gateway.core.usage import usage_of

Answered = Callable[..., dict[str, Any]]
Context = Callable[..., ReplyContext]


def response(*parts: dict[str, Any], reason: str = "STOP", **fields: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}
    return {
        "candidates": [candidate | fields],
        "usageMetadata": usage,
        "modelVersion": "gemini-3-flash-001",
        "responseId": "r-1",
    }


def function(name: str, **fields: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {"x": 1}} | fields}


def test_a_text_answer_is_a_completion(answered: Answered) -> None:
    assert answered(response({"text": "Four"}, {"text": "."})) == {
        "id": "r-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gemini-3-flash-001",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Four."},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 5,
            "completion_tokens": 2,
            "total_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def test_what_google_does_not_name_the_gateway_names(answered: Answered) -> None:
    bare = response(function("add"))
    del bare["responseId"], bare["modelVersion"]
    completion = answered(bare)
    assert (completion["id"], completion["model"]) == ("chatcmpl-1", "gemini-3-flash-preview")
    assert completion["choices"][0]["message"]["tool_calls"][0]["id"] == "call_chatcmpl-1_0"


def test_calls_keep_their_ids_or_get_the_same_ones_every_time(answered: Answered) -> None:
    native = response(function("add", id="own"), function("multiply"), {"functionCall": {"name": "now"}})
    [choice] = answered(native)["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [
        {"id": "own", "type": "function", "function": {"name": "add", "arguments": '{"x":1}'}},
        {"id": "call_r-1_1", "type": "function", "function": {"name": "multiply", "arguments": '{"x":1}'}},
        {"id": "call_r-1_2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
    ]
    assert answered(native)["choices"] == [choice]


def test_thoughts_are_reasoning_and_signatures_are_carried(answered: Answered) -> None:
    message = answered(
        response(
            {"text": "Hm. ", "thought": True},
            {"text": "Yes.", "thought": True, "thoughtSignature": "dGhvdWdodA=="},
            {"text": "Four.", "thoughtSignature": "dGV4dA=="},
            function("add") | {"thoughtSignature": "Y2FsbA=="},
        )
    )["choices"][0]["message"]
    assert message["reasoning"] == message["reasoning_content"] == "Hm. Yes."
    assert message["content"] == "Four."
    assert message["reasoning_details"] == [
        {
            "type": "reasoning.text",
            "text": "Yes.",
            "signature": "dGhvdWdodA==",
            "format": "google-gemini-v1",
            "index": 0,
        },
        {"type": "reasoning.encrypted", "data": "dGV4dA==", "format": "google-gemini-v1", "index": 1},
    ]
    assert message["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "Y2FsbA=="}}


@pytest.mark.parametrize(
    ("reason", "parts", "finish"),
    [
        ("STOP", [], "stop"),
        ("MAX_TOKENS", [], "length"),
        ("MAX_TOKENS", [function("add")], "length"),
        ("SAFETY", [], "content_filter"),
        ("RECITATION", [], "content_filter"),
        ("BLOCKLIST", [], "content_filter"),
        ("PROHIBITED_CONTENT", [], "content_filter"),
        ("SPII", [], "content_filter"),
        ("IMAGE_SAFETY", [], "content_filter"),
        ("MODEL_ARMOR", [], "content_filter"),
        ("MALFORMED_FUNCTION_CALL", [], "stop"),
        ("UNEXPECTED_TOOL_CALL", [function("add")], "tool_calls"),
        ("SOMETHING_NEW", [], "stop"),
    ],
)
def test_every_finish_reason_has_its_own(answered: Answered, reason: str, parts: list[Any], finish: str) -> None:
    assert answered(response(*parts, reason=reason))["choices"][0]["finish_reason"] == finish


def test_an_answer_held_back_says_why(answered: Answered) -> None:
    native = response(reason="SAFETY", finishMessage="It hurts.")
    del native["candidates"][0]["content"]
    assert answered(native)["choices"][0]["message"] == {"role": "assistant", "content": None, "refusal": "It hurts."}


def test_a_blocked_prompt_is_a_filtered_completion(answered: Answered) -> None:
    feedback = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "No."}
    completion = answered({"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}})
    [choice] = completion["choices"]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"] == {"role": "assistant", "content": None, "refusal": "No."}
    assert completion["usage"]["prompt_tokens"] == completion["usage"]["total_tokens"] == 9


def test_several_candidates_are_several_choices_with_calls_of_their_own(answered: Answered) -> None:
    native = response(function("add"))
    native["candidates"].append(response(function("add"))["candidates"][0] | {"index": 1})
    choices = answered(native)["choices"]
    assert [choice["index"] for choice in choices] == [0, 1]
    assert [choice["message"]["tool_calls"][0]["id"] for choice in choices] == ["call_r-1_0", "call_r-1_1_0"]


def test_an_image_is_an_image_and_keeps_its_signature(answered: Answered) -> None:
    blob = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "thoughtSignature": "c2ln"}
    draft = {"inlineData": {"mimeType": "image/png", "data": "BBBB"}, "thought": True}
    message = answered(response(draft, {"text": "Here."}, blob))["choices"][0]["message"]
    assert message["content"] == "Here."
    assert message["images"] == [
        {
            "type": "image_url",
            "image_url": {"url": "data:image/png;base64,AAAA"},
            "index": 0,
            "extra_content": {"google": {"thought_signature": "c2ln"}},
        }
    ]


def test_code_that_was_run_rides_beside_the_text(answered: Answered) -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "print(1)"}}
    output = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}}
    message = answered(response(code, output, {"text": "It is 1."}))["choices"][0]["message"]
    assert message["content"] == "It is 1."
    assert message["extra_content"] == {"google": {"parts": [{"index": 0, **code}, {"index": 1, **output}]}}


def test_speech_becomes_the_file_that_was_asked_for(answered: Answered) -> None:
    samples = bytes(range(8))
    blob = {"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=16000", "data": base64.b64encode(samples).decode()}}
    audio = answered(response(blob), audio={"voice": "Kore", "format": "wav"})["choices"][0]["message"]["audio"]
    wave = base64.b64decode(audio["data"])
    assert wave[:4] == b"RIFF"
    assert int.from_bytes(wave[24:28], "little") == 16_000
    assert wave[44:] == samples
    assert audio["mime_type"] == "audio/wav"
    bare = answered(response(blob, blob), audio={"voice": "Kore", "format": "pcm16"})["choices"][0]["message"]["audio"]
    assert base64.b64decode(bare["data"]) == samples * 2
    assert bare["id"] == "audio_r-1"


def test_log_probabilities_keep_their_alternatives(answered: Answered) -> None:
    result = {
        "chosenCandidates": [{"token": "é", "logProbability": -0.5}, {"token": "!", "logProbability": -1.0}],
        "topCandidates": [{"candidates": [{"token": "é", "logProbability": -0.5}, {"token": "e"}]}],
    }
    logs = answered(response({"text": "é!"}, logprobsResult=result))["choices"][0]["logprobs"]
    assert logs["content"] == [
        {
            "token": "é",
            "logprob": -0.5,
            "bytes": [195, 169],
            "top_logprobs": [
                {"token": "é", "logprob": -0.5, "bytes": [195, 169]},
                {"token": "e", "logprob": 0.0, "bytes": [101]},
            ],
        },
        {"token": "!", "logprob": -1.0, "bytes": [33], "top_logprobs": []},
    ]


def test_usage_counts_tools_as_prompt_and_thoughts_as_completion(answered: Answered) -> None:
    native = response({"text": "x"})
    native["usageMetadata"] = {
        "promptTokenCount": 17_713,
        "toolUsePromptTokenCount": 100,
        "cachedContentTokenCount": 17_379,
        "thoughtsTokenCount": 30,
        "totalTokenCount": 17_843,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 1_917}, {"modality": "IMAGE", "tokenCount": 258}],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 1_881}, {"modality": "IMAGE", "tokenCount": 258}],
        "serviceTier": "standard",
    }
    completion = answered(native)
    assert completion["usage"] == {
        "prompt_tokens": 17_813,
        "completion_tokens": 30,
        "total_tokens": 17_843,
        "prompt_tokens_details": {"cached_tokens": 17_379, "audio_tokens": 36},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    assert completion["service_tier"] == "default"
    split = usage_of(completion["usage"])
    assert (split.prompt, split.completion) == (17_813, 30)


def test_thoughts_that_only_the_total_counts_are_completion(answered: Answered) -> None:
    native = response({"text": "x"})
    native["usageMetadata"] = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 25}
    usage = answered(native)["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (3, 22, 25)
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 20}


def test_images_that_were_drawn_are_counted_apart(answered: Answered) -> None:
    native = response({"text": "x"})
    native["usageMetadata"] = {
        "promptTokenCount": 5,
        "candidatesTokenCount": 1_300,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1_290}, {"modality": "TEXT", "tokenCount": 10}],
        "trafficType": "ON_DEMAND_FLEX",
    }
    completion = answered(native)
    assert completion["usage"]["completion_tokens_details"] == {"reasoning_tokens": 0, "image_tokens": 1_290}
    assert completion["service_tier"] == "flex"


def test_an_answer_that_was_not_counted_has_no_usage(answered: Answered) -> None:
    native = response({"text": "x"})
    native["usageMetadata"] = {"trafficType": "ON_DEMAND"}
    assert "usage" not in answered(native)


@pytest.mark.parametrize(("model", "searches"), [("gemini-2.5-flash", 1), ("gemini-3-flash-preview", 2)])
def test_web_searches_are_counted_as_they_are_billed(answered: Answered, model: str, searches: int) -> None:
    native = response({"text": "x"}, groundingMetadata={"webSearchQueries": ["a", "b"]})
    assert answered(native, model)["usage"]["server_tool_use"] == {"web_search_requests": searches}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"[1]", b'"x"', b"{}", b'{"usageMetadata": {}}'])
def test_what_is_no_answer_is_malformed(context: Context, body: bytes) -> None:
    with pytest.raises(UpstreamMalformed):
        DIALECT.decode(body, context())


@pytest.mark.parametrize("wrap", [lambda error: error, lambda error: [error]])
def test_an_error_inside_a_200_is_a_rejection(context: Context, wrap: Callable[[Any], Any]) -> None:
    body = json.dumps(wrap({"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}))
    with pytest.raises(UpstreamRejected) as caught:
        DIALECT.decode(body.encode(), context())
    assert (caught.value.status, caught.value.message, caught.value.code) == (503, "Overloaded.", "UNAVAILABLE")
