"""The openai dialect against recorded traffic of OpenAI and of those who are compatible with it.

Every answer is decoded whole and cut anywhere and compared with a plain reading of what the provider sent; every request
goes through the encoder, which may change only what it must.
"""

import json
import os
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import Any, cast

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from ai_gateway.core.catalog import accents
from ai_gateway.core.catalog.accents import Accent
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import parse_request
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.openai import DIALECT
from ai_gateway.core.errors import UpstreamRejected
from ai_gateway.core.usage import usage_of

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDINGS = Path(os.environ.get("AI_GATEWAY_RECORDINGS", REPOSITORY.parent / "shared" / "recordings"))
FILES = [RECORDINGS / "openai.chat.jsonl", RECORDINGS / "mistral.chat.jsonl"]

Json = dict[str, Any]

ACCENTS: dict[str, Accent] = {
    "openai": accents.OPENAI,
    "azure": accents.OPENAI,
    "openrouter": accents.OPENROUTER,
    "vercel-gateway": accents.VERCEL,
    "groq": accents.GROQ,
    "cerebras": accents.CEREBRAS,
    "mistral": accents.MISTRAL,
    "deepseek": accents.DEEPSEEK,
    "zai": accents.ZAI,
    "xai": accents.XAI,
    "ollama": accents.OLLAMA,
}


def recordings() -> list[Json]:
    lines = chain.from_iterable(path.read_text().splitlines() for path in FILES if path.exists())
    return [json.loads(line) for line in lines]


def events_of(row: Json) -> list[Json]:
    lines = row["response"]["body"].split("\n")
    return [json.loads(line[5:]) for line in lines if line.startswith("data:") and "[DONE]" not in line]


ALL = recordings()
ANSWERS = [row for row in ALL if row["response"]["status"] == 200]
WHOLE = [row for row in ANSWERS if not row["stream"]]
BROKEN = [row for row in ANSWERS if row["stream"] and any("error" in event for event in events_of(row))]
STREAMS = [row for row in ANSWERS if row["stream"] and row not in BROKEN]
ERRORS = [row for row in ALL if row["response"]["status"] >= 400]


def named(row: Json) -> str:
    return f"{row['provider']}-{row['id']}"


def test_the_recordings_are_there() -> None:
    if not ALL:
        pytest.skip(f"No recordings at {RECORDINGS}: set AI_GATEWAY_RECORDINGS to their folder.")
    assert WHOLE
    assert STREAMS
    assert BROKEN
    assert ERRORS


def endpoint_of(row: Json) -> Endpoint:
    provider = Provider(
        row["provider"],
        row["provider"],
        "https://provider.example",
        accent=ACCENTS.get(row["provider"], accents.PLAIN),
    )
    model = row["request"]["body"]["model"]
    return Endpoint(model, provider, model, provider.base_url)


def context_of(row: Json) -> ReplyContext:
    return ReplyContext({"model": "m", "messages": []}, endpoint_of(row), "chatcmpl-1", 1_700_000_000)


# What the provider sent, read the plain way.


def native_message(row: Json) -> tuple[Json, str, Json]:
    """The message with the keys `text`, `reasoning` and `calls`; the finish reason; the usage."""
    if not row["stream"]:
        answer = json.loads(row["response"]["body"])
        [choice] = answer["choices"]
        return plain(choice["message"]), choice["finish_reason"], answer["usage"]
    said: Json = {"text": "", "reasoning": "", "calls": defaultdict(lambda: {"id": "", "name": "", "arguments": ""})}
    finish, usage = "", dict[str, Any]()
    for event in events_of(row):
        usage = event.get("usage") or usage
        for choice in event["choices"]:
            finish = choice.get("finish_reason") or finish
            piece = plain(choice["delta"])
            said["text"] += piece["text"]
            said["reasoning"] += piece["reasoning"]
            for call in choice["delta"].get("tool_calls") or []:
                known = said["calls"][call["index"]]
                known["id"] = call.get("id") or known["id"]
                known["name"] = call["function"].get("name") or known["name"]
                known["arguments"] += call["function"].get("arguments") or ""
    said["calls"] = [(call["id"], call["name"], call["arguments"]) for call in said["calls"].values()]
    return said, finish, usage


def plain(message: Json) -> Json:
    content = message.get("content") or ""
    thought = message.get("reasoning") or message.get("reasoning_content") or ""
    if isinstance(content, list):
        thought = "".join(t["text"] for part in content if part["type"] == "thinking" for t in part["thinking"])
        content = "".join(part["text"] for part in content if part["type"] == "text")
    if not thought:
        details = message.get("reasoning_details") or []
        thought = "".join(detail.get("text") or detail.get("summary") or "" for detail in details)
    calls = message.get("tool_calls") or []
    return {
        "text": content,
        "reasoning": thought,
        "calls": [(call.get("id"), call["function"].get("name"), call["function"].get("arguments")) for call in calls],
    }


def native_usage(usage: Json) -> tuple[int, int, int, int, int]:
    """Prompt, completion with reasoning, total, cached, reasoning."""
    prompt, completion, total = usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]
    reasoning = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    if total == prompt + completion + reasoning or reasoning > completion:
        completion += reasoning
    elif total > prompt + completion:  # Gemini's compatible face
        completion = total - prompt
        reasoning = completion - usage["completion_tokens"]
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    cached = usage.get("cached_tokens") or usage.get("num_cached_tokens") or 0 if cached is None else cached
    return prompt, completion, prompt + completion, cached, reasoning


def told_usage(usage: Json) -> tuple[int, int, int, int, int]:
    return (
        usage["prompt_tokens"],
        usage["completion_tokens"],
        usage["total_tokens"],
        (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
    )


def assert_same(row: Json, completion: Json) -> None:
    said, finish, usage = native_message(row)
    [choice] = completion["choices"]
    message = choice["message"]
    assert (message.get("content") or "") == said["text"]
    assert (message.get("reasoning") or "") == (message.get("reasoning_content") or "") == said["reasoning"]
    calls = message.get("tool_calls") or []
    given = [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls]
    assert [(call_id, name, arguments) for call_id, name, arguments in given] == [
        (call_id or given[index][0], name, arguments) for index, (call_id, name, arguments) in enumerate(said["calls"])
    ]
    assert all(call["id"] and call["type"] == "function" for call in calls)
    assert choice["finish_reason"] == finish
    assert told_usage(completion["usage"]) == native_usage(usage)


# Whole answers.


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_a_whole_answer_says_what_the_provider_said(row: Json) -> None:
    body = row["response"]["body"].encode()
    completion = cast("Json", DIALECT.decode(body, context_of(row)))
    native = json.loads(body)
    assert_same(row, completion)
    assert completion["id"] == native["id"]
    assert completion["model"] == native["model"]
    assert completion["created"] == native["created"]


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_a_whole_answer_loses_no_field(row: Json) -> None:
    body = row["response"]["body"].encode()
    completion = cast("Json", DIALECT.decode(body, context_of(row)))
    native = json.loads(body)
    message, original = completion["choices"][0]["message"], native["choices"][0]["message"]
    assert native.keys() <= completion.keys()
    assert native["choices"][0].keys() <= completion["choices"][0].keys()
    assert original.keys() <= message.keys()
    assert native["usage"].keys() <= completion["usage"].keys()
    untouched = original.keys() - {"content", "reasoning", "reasoning_content", "tool_calls"}
    assert {key: message[key] for key in untouched} == {key: original[key] for key in untouched}


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_the_sdk_s_types_take_a_whole_answer(row: Json) -> None:
    completion = cast("Json", DIALECT.decode(row["response"]["body"].encode(), context_of(row)))
    message = completion["choices"][0]["message"]
    # OpenRouter's annotations for files are a type of its own, which clients give back to it.
    message["annotations"] = [note for note in message.get("annotations") or [] if note["type"] != "file"]
    ChatCompletion.model_validate(completion)


def test_a_bill_is_found_wherever_a_provider_sends_one() -> None:
    if not WHOLE:
        pytest.skip(f"No recordings at {RECORDINGS}.")
    billed = [row for row in WHOLE if '"cost' in row["response"]["body"]]
    assert len(billed) > 70
    for row in billed:
        completion = DIALECT.decode(row["response"]["body"].encode(), context_of(row))
        native = json.loads(row["response"]["body"])["usage"]
        dollars = native["cost"] if "cost" in native else native["cost_in_usd_ticks"] / 10**10
        assert usage_of(completion["usage"]).billed == pytest.approx(dollars * 10**12)


# Streams.


def decoded(row: Json, size: int | None = None) -> list[Json]:
    body = row["response"]["body"].encode()
    decoder = DIALECT.decoder(context_of(row))
    chunks: list[Json] = []
    for start in range(0, len(body), size or len(body)):
        chunks += cast("list[Json]", [*decoder.feed(body[start : start + (size or len(body))])])
    return chunks + cast("list[Json]", [*decoder.close()])


def joined(chunks: list[Json]) -> Json:
    """What a client makes of a stream."""
    message: Json = {"content": "", "reasoning": "", "reasoning_content": ""}
    calls: dict[int, Json] = {}
    finish = None
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        delta = choice["delta"]
        finish = choice["finish_reason"] or finish
        for key in message:
            message[key] += delta.get(key) or ""
        for call in delta.get("tool_calls") or []:
            if call["index"] not in calls:
                calls[call["index"]] = {**call, "function": dict(call["function"])}
            else:
                assert call.keys() == {"index", "function"}
                calls[call["index"]]["function"]["arguments"] += call["function"]["arguments"]
    assert list(calls) == list(range(len(calls)))
    message["tool_calls"] = list(calls.values())
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": chunks[-1]["usage"]}


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_says_what_the_provider_said(row: Json) -> None:
    assert_same(row, joined(decoded(row)))


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_has_the_form_of_openai_s(row: Json) -> None:
    chunks = decoded(row)
    native = next(event for event in events_of(row) if event["choices"])
    assert {chunk["id"] for chunk in chunks} == {native["id"]}
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    *answer, usage = chunks
    assert usage["choices"] == []
    assert not any(chunk.get("usage") for chunk in answer)
    choices = [choice for chunk in answer for choice in chunk["choices"]]
    assert len(choices) == len(answer)
    assert [choice["delta"].get("role") for choice in choices] == ["assistant"] + [None] * (len(choices) - 1)
    reasons = [choice["finish_reason"] for choice in choices]
    assert reasons[-1] is not None
    assert not any(reasons[:-1])


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_the_sdk_s_types_and_accumulator_take_a_stream(row: Json) -> None:
    state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
    for chunk in decoded(row):
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    message = state.get_final_completion().choices[0].message
    said, _, _ = native_message(row)
    assert (message.content or "") == said["text"]
    assert message.role == "assistant"
    assert [
        (call.id, call.function.name, call.function.arguments)
        for call in message.tool_calls or []
        if call.type == "function"
    ] == said["calls"]


@pytest.mark.parametrize("row", STREAMS + BROKEN, ids=named)
def test_where_a_stream_is_cut_does_not_matter(row: Json) -> None:
    body = row["response"]["body"]
    size = 1 if len(body) < 12_000 else 61
    if row in BROKEN:
        with pytest.raises(UpstreamRejected):
            decoded(row, size)
    else:
        assert decoded(row, size) == decoded(row)


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_that_breaks_off_before_its_end_is_an_error(row: Json) -> None:
    body = row["response"]["body"].encode()
    first_end = min(body.find(mark) for mark in (b'"finish_reason":"', b'"finish_reason": "') if mark in body)
    decoder = DIALECT.decoder(context_of(row))
    list(decoder.feed(body[: body.rfind(b"data:", 0, first_end)]))
    with pytest.raises(Exception, match="ended before the answer did"):
        list(decoder.close())


@pytest.mark.parametrize("row", BROKEN, ids=named)
def test_an_error_inside_a_stream_is_told_with_its_own_status_and_message(row: Json) -> None:
    error = next(event["error"] for event in events_of(row) if "error" in event)
    decoder = DIALECT.decoder(context_of(row))
    chunks: list[Any] = []
    with pytest.raises(UpstreamRejected) as caught:
        chunks.extend(decoder.feed(row["response"]["body"].encode()))
    assert caught.value.status == error.get("status_code", error["code"])
    assert caught.value.message == error["message"]


# Errors.


@pytest.mark.parametrize("row", ERRORS, ids=named)
def test_an_error_keeps_status_message_and_code(row: Json) -> None:
    response = row["response"]
    failure = DIALECT.decode_error(response["status"], response["headers"], response["body"].encode())
    error = json.loads(response["body"])["error"]
    assert failure.status == response["status"]
    assert failure.message == error["message"]
    assert failure.code == (None if error["code"] is None else str(error["code"]))
    assert failure.param == error.get("param")
    if "type" in error:
        assert failure.type == error["type"]


# Requests.


@pytest.mark.parametrize("row", ALL, ids=named)
def test_a_request_in_the_provider_s_own_words_goes_out_as_it_came(row: Json) -> None:
    body = row["request"]["body"]
    encoded = DIALECT.encode(parse_request(json.dumps(body).encode()), endpoint_of(row))
    expected = {key: value for key, value in body.items() if value is not None}
    if row["stream"]:
        expected["stream_options"] = {"include_usage": True}
    if row["provider"] == "mistral":
        for call in (call for message in expected["messages"] for call in message.get("tool_calls") or []):
            call.pop("index", None)
    assert json.loads(encoded.body) == expected
    assert encoded.dropped == ()
