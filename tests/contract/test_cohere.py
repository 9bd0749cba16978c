"""The cohere dialect against recorded traffic: every answer decoded, every request rebuilt from the OpenAI request that
would have caused it. No recording streams, so each is also streamed by the events that Cohere documents for it.
"""

import json
import os
from pathlib import Path
from typing import Any, cast

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import parse_request
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.cohere import DIALECT

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDINGS = Path(os.environ.get("AI_GATEWAY_RECORDINGS", REPOSITORY.parent / "shared" / "recordings"))
FILE = RECORDINGS / "cohere.v2.chat.jsonl"

Json = dict[str, Any]

FINISH = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


def recordings() -> list[Json]:
    return [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []


ALL = recordings()


def named(row: Json) -> str:
    return cast("str", row["id"])


def test_the_recordings_are_there() -> None:
    if not ALL:
        pytest.skip(f"No recordings at {FILE}: set AI_GATEWAY_RECORDINGS to their folder.")
    assert {row["response"]["status"] for row in ALL} == {200}


def context_of(row: Json) -> ReplyContext:
    model = row["request"]["body"]["model"]
    provider = Provider("cohere", "Cohere", "https://api.cohere.com", dialect="cohere")
    return ReplyContext(
        {"model": "m", "messages": []},
        Endpoint(model, provider, model, provider.base_url),
        "chatcmpl-1",
        1_700_000_000,
    )


def assert_same(row: Json, completion: Json) -> None:
    native = json.loads(row["response"]["body"])
    message = native["message"]
    content = message.get("content", [])
    tokens, cached = native["usage"]["tokens"], native["usage"].get("cached_tokens", 0)
    [choice] = completion["choices"]
    told = choice["message"]
    assert completion["id"] == native["id"]
    assert completion["model"] == row["request"]["body"]["model"]
    assert choice["finish_reason"] == FINISH[native["finish_reason"]]
    assert (told.get("content") or "") == "".join(part.get("text", "") for part in content)
    thought = "".join(part.get("thinking", "") for part in content)
    assert told.get("reasoning", "") == told.get("reasoning_content", "") == thought
    assert told.get("tool_calls", []) == message.get("tool_calls", [])
    assert told.get("tool_plan") == message.get("tool_plan")
    assert [
        (n["url_citation"]["start_index"], n["url_citation"]["end_index"]) for n in told.get("annotations", [])
    ] == [
        (citation["start"], citation["end"]) for citation in message.get("citations", []) for _ in citation["sources"]
    ]
    assert completion["usage"] == {
        "prompt_tokens": tokens["input_tokens"],
        "completion_tokens": tokens["output_tokens"],
        "total_tokens": tokens["input_tokens"] + tokens["output_tokens"],
        "prompt_tokens_details": {"cached_tokens": cached},
        "billed_units": native["usage"]["billed_units"],
    }


@pytest.mark.parametrize("row", ALL, ids=named)
def test_a_whole_answer_says_what_cohere_said(row: Json) -> None:
    completion = DIALECT.decode(row["response"]["body"].encode(), context_of(row))
    assert_same(row, cast("Json", completion))
    ChatCompletion.model_validate(completion)


def streamed(row: Json) -> bytes:
    """The events of https://docs.cohere.com/v2/docs/streaming that would have told the recorded answer."""
    native = json.loads(row["response"]["body"])
    message = native["message"]
    events: list[Json] = [{"type": "message-start", "id": native["id"], "delta": {"message": {"role": "assistant"}}}]

    def say(kind: str, index: int, **message: Any) -> None:
        events.append({"type": kind, "index": index, "delta": {"message": message}})

    if "tool_plan" in message:
        say("tool-plan-delta", 0, tool_plan=message["tool_plan"])
    for index, part in enumerate(message.get("content", [])):
        kind = part["type"]
        say("content-start", index, content={"type": kind, kind: ""})
        for start in range(0, len(part[kind]), 7):
            say("content-delta", index, content={kind: part[kind][start : start + 7]})
        events.append({"type": "content-end", "index": index})
    for index, citation in enumerate(message.get("citations", [])):
        say("citation-start", index, citations=citation)
        events.append({"type": "citation-end", "index": index})
    for index, call in enumerate(message.get("tool_calls", [])):
        arguments = call["function"]["arguments"]
        say("tool-call-start", index, tool_calls={**call, "function": {**call["function"], "arguments": ""}})
        for start in range(0, len(arguments), 5):
            say("tool-call-delta", index, tool_calls={"function": {"arguments": arguments[start : start + 5]}})
        events.append({"type": "tool-call-end", "index": index})
    end = {"finish_reason": native["finish_reason"], "usage": native["usage"]}
    events.append({"type": "message-end", "id": native["id"], "delta": end})
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def decoded(row: Json, size: int) -> list[Json]:
    body = streamed(row)
    decoder = DIALECT.decoder(context_of(row))
    chunks = [chunk for start in range(0, len(body), size) for chunk in decoder.feed(body[start : start + size])]
    return cast("list[Json]", [*chunks, *decoder.close()])


@pytest.mark.parametrize("row", ALL, ids=named)
def test_a_stream_says_the_same_as_the_whole_answer(row: Json) -> None:
    chunks = decoded(row, 1_000_000)
    state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    completion = cast("Json", state.get_final_completion().to_dict())
    message = {key: value for key, value in completion["choices"][0]["message"].items() if value is not None}
    completion["choices"][0]["message"] = message
    for member in (*message.get("tool_calls", []), *message.get("annotations", [])):
        member.pop("index", None)
        member.get("function", {}).pop("parsed_arguments", None)
    assert_same(row, completion)


@pytest.mark.parametrize("row", ALL, ids=named)
def test_a_stream_has_the_form_of_openai_s_wherever_it_is_cut(row: Json) -> None:
    chunks = decoded(row, 1_000_000)
    *answer, usage = chunks
    choices = [choice for chunk in answer for choice in chunk["choices"]]
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert usage["choices"] == []
    assert [choice["delta"].get("role") for choice in choices] == ["assistant"] + [None] * (len(choices) - 1)
    assert [bool(choice["finish_reason"]) for choice in choices] == [False] * (len(choices) - 1) + [True]
    assert decoded(row, 1 if len(streamed(row)) < 12_000 else 61) == chunks


def asked(body: Json) -> Json:
    """The OpenAI request that means what a recorded one does."""
    names = {"stop_sequences": "stop", "p": "top_p", "k": "top_k"}
    request: Json = {names.get(key, key): value for key, value in body.items()}
    if "tool_choice" in request:
        request["tool_choice"] = request["tool_choice"].lower()
    request["messages"] = [spoken(message) for message in body["messages"]]
    return request


def spoken(message: Json) -> Json:
    content = message.get("content")
    if message["role"] != "assistant" or not isinstance(content, list):
        return message
    thought = "".join(part.get("thinking", "") for part in content)
    return {**message, "content": "".join(part.get("text", "") for part in content), "reasoning_content": thought}


@pytest.mark.parametrize("row", ALL, ids=named)
def test_a_request_comes_to_what_was_recorded(row: Json) -> None:
    body = row["request"]["body"]
    encoded = DIALECT.encode(parse_request(json.dumps(asked(body)).encode()), context_of(row).endpoint)
    assert encoded.path == row["request"]["path"]
    assert encoded.dropped == ()
    assert json.loads(encoded.body) == body
