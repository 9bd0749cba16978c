"""The anthropic dialect against recorded traffic of Anthropic, Vertex and Bedrock's InvokeModel, which answers in the same
words: every answer decoded whole and cut anywhere, every request rebuilt from the OpenAI request that would have caused
it.
"""

import json
import os
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.anthropic import DIALECT
from ai_gateway.core.transcript import Transcript

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDINGS = Path(os.environ.get("AI_GATEWAY_RECORDINGS", REPOSITORY.parent / "shared" / "recordings"))

Json = dict[str, Any]


def recordings(name: str) -> list[Json]:
    file = RECORDINGS / name
    if not file.exists():
        return []
    with file.open() as lines:
        return [json.loads(line) for line in lines]


ALL = recordings("anthropic.messages.jsonl")
BEDROCK = [row for row in recordings("bedrock.invoke.jsonl") if "anthropic" in row["request"]["path"]]
ANSWERS = [row for row in ALL + BEDROCK if row["response"]["status"] == 200]
STREAMS = [row for row in ANSWERS if row["stream"]]
WHOLE = [row for row in ANSWERS if not row["stream"]]
ERRORS = [
    row
    for row in ALL + recordings("anthropic.count_tokens.jsonl")
    if row["response"]["status"] >= 400 and row["provider"] == "anthropic"
]


def named(row: Json) -> str:
    return f"{row['id']}-{row['source']['path'].rpartition('/')[2]}"


def test_the_recordings_are_there() -> None:
    if not ALL:
        pytest.skip(f"No recordings in {RECORDINGS}: set AI_GATEWAY_RECORDINGS to their folder.")
    assert STREAMS
    assert WHOLE
    assert ERRORS


def endpoint_of(row: Json) -> Endpoint:
    if row["provider"] != "vertex":
        model = row["request"]["body"].get("model", "claude")
        return Endpoint(model, Provider("anthropic", "Anthropic", "", dialect="anthropic"), model, "")
    steps = row["request"]["path"].split("/")
    model = steps[-1].partition(":")[0]
    options = {"project": steps[3], "location": steps[5]}
    return Endpoint(model, Provider("vertex", "Vertex", "", dialect="anthropic"), model, "", options=options)


def context_of(row: Json, request: ChatRequest | None = None) -> ReplyContext:
    return ReplyContext(request or {"model": "m", "messages": []}, endpoint_of(row), "chatcmpl-1", 1_700_000_000)


def body_of(row: Json) -> bytes:
    """The answer as Anthropic would have sent it: Bedrock wraps each event in a binary frame."""
    response = row["response"]
    if "body" in response:
        return cast("str", response["body"]).encode()
    events = [b64decode(json.loads(payload)["bytes"]) for payload in frames(b64decode(response["body_b64"]))]
    return b"".join(b"data: " + event + b"\n\n" for event in events)


def frames(data: bytes) -> Iterator[bytes]:
    """Payloads of `vnd.amazon.eventstream`: total length, header length, checksum, headers, payload, checksum."""
    while data:
        total, headers = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
        yield data[12 + headers : total - 4]
        data = data[total:]


# What the native answer says, read the plain way.


def message_of(row: Json) -> Json:
    body = body_of(row).decode()
    if not row["stream"]:
        return cast("Json", json.loads(body))
    events = [json.loads(line[5:]) for line in body.splitlines() if line.startswith("data:")]
    message: Json = {}
    for event in events:
        match event["type"]:
            case "message_start":
                message = event["message"]
            case "content_block_start":
                message["content"].append(event["content_block"] | {"json": ""})
            case "content_block_delta":
                add_delta(message["content"][event["index"]], event["delta"])
            case "message_delta":
                message |= event["delta"]
                message["usage"] |= event["usage"]
    for block in message["content"]:
        if spelled := block.pop("json"):
            block["input"] = json.loads(spelled)
    return message


def add_delta(block: Json, delta: Json) -> None:
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "signature_delta":
            block["signature"] += delta["signature"]
        case "input_json_delta":
            block["json"] += delta["partial_json"]
        case "citations_delta":
            block.setdefault("citations", []).append(delta["citation"])


def assert_same(row: Json, completion: Json) -> None:
    native = message_of(row)
    blocks = native["content"]
    [choice] = completion["choices"]
    message = {name: value for name, value in choice["message"].items() if value is not None}
    assert completion["id"] == native["id"]
    assert completion["model"] == native["model"]
    assert (message.get("content") or "") == joined(blocks, "text")
    assert message.get("reasoning", "") == message.get("reasoning_content", "") == joined(blocks, "thinking")
    assert [
        (call["id"], call["type"], call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in message.get("tool_calls") or []
    ] == [(block["id"], "function", block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"]
    assert thoughts_of(message) == [block for block in blocks if block["type"] in ("thinking", "redacted_thinking")]
    assert_cited(message, blocks)
    assert choice["finish_reason"] == FINISH[native["stop_reason"]]
    assert_counted(completion["usage"], native["usage"])


FINISH = {"end_turn": "stop", "stop_sequence": "stop", "tool_use": "tool_calls", "max_tokens": "length"}


def joined(blocks: list[Json], kind: str) -> str:
    return "".join(block[kind] for block in blocks if block["type"] == kind)


def thoughts_of(message: Json) -> list[Json]:
    details = message.get("reasoning_details", [])
    assert [item["index"] for item in details] == list(range(len(details)))
    assert all(item["format"] == "anthropic-claude-v1" for item in details)
    return [
        {"type": "thinking", "thinking": item["text"], "signature": item["signature"]}
        if item["type"] == "reasoning.text"
        else {"type": "redacted_thinking", "data": item["data"]}
        for item in details
    ]


def assert_cited(message: Json, blocks: list[Json]) -> None:
    cited = [(block["text"], citation) for block in blocks for citation in block.get("citations") or []]
    annotations = message.get("annotations", [])
    assert len(annotations) == len(cited)
    for annotation, (supported, citation) in zip(annotations, cited, strict=True):
        page = annotation["url_citation"]
        assert (page["url"], page["title"]) == (citation["url"], citation["title"])
        assert page["content"] == citation["cited_text"]
        assert message["content"][page["start_index"] : page["end_index"]] == supported


def assert_counted(usage: Json, native: Json) -> None:
    read, written = native.get("cache_read_input_tokens", 0), native.get("cache_creation_input_tokens", 0)
    assert usage["prompt_tokens"] == native["input_tokens"] + read + written
    assert usage["completion_tokens"] == native["output_tokens"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == read
    assert usage["prompt_tokens_details"]["cache_write_tokens"] == written
    details = usage["prompt_tokens_details"].get("cache_write_details", {})
    assert sum(details.values()) == written
    assert details.get("write_1h_tokens", 0) == native.get("cache_creation", {}).get("ephemeral_1h_input_tokens", 0)
    thought = native.get("output_tokens_details", {}).get("thinking_tokens")
    assert usage.get("completion_tokens_details", {}).get("reasoning_tokens") == thought
    searched = native.get("server_tool_use", {}).get("web_search_requests", 0)
    assert usage.get("server_tool_use", {}).get("web_search_requests", 0) == searched


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_a_whole_answer_says_what_the_native_one_says(row: Json) -> None:
    assert_same(row, cast("Json", DIALECT.decode(body_of(row), context_of(row))))


def decoded(row: Json, pieces: Iterable[bytes], request: ChatRequest | None = None) -> list[Json]:
    decoder = DIALECT.decoder(context_of(row, request))
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    chunks += decoder.close()
    return cast("list[Json]", chunks)


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_says_what_the_native_one_says(row: Json) -> None:
    chunks = decoded(row, [body_of(row)])
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"] == []
    assert all("usage" not in chunk for chunk in chunks[:-1])
    assert [bool(chunk["choices"][0]["finish_reason"]) for chunk in chunks[-3:-1]] == [False, True]
    transcript = Transcript()
    for chunk in chunks:
        transcript.add(cast("Any", chunk))
    assert_same(row, cast("Json", transcript.completion()))


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_the_openai_sdk_adds_a_stream_up_to_the_same(row: Json) -> None:
    state = ChatCompletionStreamState()
    for chunk in decoded(row, [body_of(row)]):
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    assert_same(row, cast("Json", state.get_final_completion().to_dict()))


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_cut_anywhere_gives_the_same_chunks(row: Json) -> None:
    body = body_of(row)
    whole = decoded(row, [body])
    for cut in range(1, len(body), 1 + len(body) // 200):
        assert decoded(row, (body[:cut], body[cut:])) == whole
    assert decoded(row, (body[place : place + 1] for place in range(len(body)))) == whole


@pytest.mark.parametrize("row", ERRORS, ids=named)
def test_an_error_keeps_status_message_and_type(row: Json) -> None:
    recorded = json.loads(row["response"]["body"])["error"]
    error = DIALECT.decode_error(row["response"]["status"], row["response"]["headers"], body_of(row))
    assert (error.status, error.message, error.type) == (
        row["response"]["status"],
        recorded["message"],
        recorded["type"],
    )


@pytest.mark.parametrize("row", ANSWERS, ids=named)
def test_an_answer_sent_back_is_the_turn_that_it_was(row: Json) -> None:
    """Signatures, ids and what hosted tools did come back in their places, whole or streamed."""
    if row["stream"]:
        transcript = ChatCompletionStreamState()
        for chunk in decoded(row, [body_of(row)]):
            transcript.handle_chunk(ChatCompletionChunk.model_validate(chunk))
        completion = transcript.get_final_completion().to_dict()
    else:
        completion = cast("Json", DIALECT.decode(body_of(row), context_of(row)))
    answer = cast("Json", completion)["choices"][0]["message"]
    request = {"model": "m", "messages": [{"role": "user", "content": "Go on."}, answer]}
    [_, turn] = json.loads(DIALECT.encode(cast("ChatRequest", request), endpoint_of(row)).body)["messages"]
    native = [block for block in message_of(row)["content"] if block.get("text", "-").strip()]
    assert turn["role"] == "assistant"
    assert plain_blocks(turn["content"], last=True) == plain_blocks(joined_text(native), last=True)


def joined_text(blocks: list[Json]) -> list[Json]:
    """An answer of thoughts, text and calls comes back as a message does: with its text in one."""
    if any(block["type"] not in ("thinking", "redacted_thinking", "text", "tool_use") for block in blocks):
        return blocks
    text = joined(blocks, "text")
    others = [block for block in blocks if block["type"] != "text"]
    place = sum("thinking" in block["type"] for block in blocks)
    return others[:place] + ([{"type": "text", "text": text}] if text else []) + others[place:]


# The OpenAI request that would have caused a recorded request.


def openai_request(row: Json) -> ChatRequest:
    native = row["request"]["body"]
    request: Json = {"model": "m", "messages": openai_messages(native), "max_completion_tokens": native["max_tokens"]}
    for name in ("temperature", "top_p", "top_k", "cache_control", "container", "mcp_servers", "context_management"):
        if name in native:
            request[name] = native[name]
    if native.get("stream") or row["stream"]:
        request["stream"] = True
    if "stop_sequences" in native:
        request["stop"] = native["stop_sequences"]
    if "tools" in native:
        request["tools"] = [openai_tool(tool) for tool in native["tools"]]
    return cast("ChatRequest", request | openai_choice(native) | openai_reasoning(native))


def openai_messages(native: Json) -> list[Json]:
    system = native.get("system", [])
    messages: list[Json] = [
        {"role": "system", "content": [part]} for part in ([text_of(system)] if isinstance(system, str) else system)
    ]
    for turn in native["messages"]:
        content = [text_of(turn["content"])] if isinstance(turn["content"], str) else turn["content"]
        if turn["role"] == "assistant":
            messages.append(openai_answer(content))
            continue
        messages += [openai_result(block) for block in content if block["type"] == "tool_result"]
        if rest := [openai_part(block) for block in content if block["type"] != "tool_result"]:
            messages.append({"role": turn["role"], "content": rest})
    return messages


def text_of(words: str) -> Json:
    return {"type": "text", "text": words}


def openai_part(block: Json) -> Json:
    source = block.get("source", {})
    data = f"data:{source.get('media_type')};base64,{source.get('data')}"
    match block["type"]:
        case "image":
            return {"type": "image_url", "image_url": {"url": data}}
        case "document":
            return {"type": "file", "file": {"file_data": data}}
    return block


def openai_answer(blocks: list[Json]) -> Json:
    """Thoughts that lead the answer are reasoning details; among hosted tools they stay where they are."""
    hosted = any(block["type"] not in ("thinking", "text", "tool_use") for block in blocks)
    message: Json = {"role": "assistant"}
    parts = [block for block in blocks if block["type"] != "tool_use" and (hosted or block["type"] == "text")]
    if parts:
        message["content"] = parts
    if thoughts := [block for block in blocks if block["type"] == "thinking" and not hosted]:
        message["reasoning_details"] = [
            {"type": "reasoning.text", "text": block["thinking"], "signature": block["signature"]} for block in thoughts
        ]
    calls = [block for block in blocks if block["type"] == "tool_use"]
    if calls:
        message["tool_calls"] = [
            {
                "id": block["id"],
                "type": "function",
                "function": {"name": block["name"], "arguments": json.dumps(block["input"])},
                **({"cache_control": block["cache_control"]} if "cache_control" in block else {}),
            }
            for block in calls
        ]
    return message


def openai_result(block: Json) -> Json:
    content = block["content"]
    result = {"role": "tool", "tool_call_id": block["tool_use_id"]}
    result["content"] = content if isinstance(content, str) else [openai_part(part) for part in content]
    return result | {name: block[name] for name in ("is_error", "cache_control") if name in block}


def openai_tool(tool: Json) -> Json:
    if "input_schema" not in tool:
        return tool
    function = {"name": tool["name"], "description": tool.get("description"), "parameters": tool["input_schema"]}
    if "strict" in tool:
        function["strict"] = tool["strict"]
    return {
        "type": "function",
        "function": function,
        **({"defer_loading": tool["defer_loading"]} if "defer_loading" in tool else {}),
    }


def openai_choice(native: Json) -> Json:
    choice = native.get("tool_choice")
    if choice is None:
        return {}
    spelled: Json = {}
    if "disable_parallel_tool_use" in choice:
        spelled["parallel_tool_calls"] = not choice["disable_parallel_tool_use"]
    match choice["type"]:
        case "tool":
            spelled["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
        case "any":
            spelled["tool_choice"] = "required"
        case kind:
            spelled["tool_choice"] = kind
    return spelled


def openai_reasoning(native: Json) -> Json:
    config, thinking = native.get("output_config", {}), native.get("thinking", {})
    request: Json = {}
    if thinking.get("type") == "enabled":
        request["reasoning"] = {"max_tokens": thinking["budget_tokens"]}
    if "effort" in config:
        request |= {"reasoning_effort": config["effort"]} if thinking else {"output_config": config}
    if "format" in config:
        schema = {"name": "answer", "strict": True, "schema": config["format"]["schema"]}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    return request


# Both requests in one spelling: what Anthropic reads alike is written alike.


def plain(body: Json) -> Json:
    body = {name: value for name, value in body.items() if value is not None and value is not False}
    body["messages"] = plain_turns(body["messages"])
    if "system" in body:
        system = body["system"]
        body["system"] = plain_blocks([text_of(system)] if isinstance(system, str) else system)
    if "tools" in body:
        body["tools"] = [plain_tool(tool) for tool in body["tools"]]
    if "tool_choice" in body:
        body["tool_choice"] = {name: value for name, value in body["tool_choice"].items() if value is not False}
    return body


def plain_turns(turns: list[Json]) -> list[Json]:
    merged: list[Json] = []
    for turn in turns:
        content = plain_blocks([text_of(turn["content"])] if isinstance(turn["content"], str) else turn["content"])
        if merged and merged[-1]["role"] == turn["role"]:
            merged[-1]["content"] += content
        else:
            merged.append({"role": turn["role"], "content": content})
    return merged


def plain_blocks(blocks: list[Json], *, last: bool = False) -> list[Json]:
    """`last` says that the blocks end the request, where Anthropic refuses text that ends in white space."""
    spelled = [{name: value for name, value in block.items() if value not in (None, False)} for block in blocks]
    for block in spelled:
        block.pop("caller", None)
        if isinstance(block.get("content"), str):
            block["content"] = [text_of(block["content"])]
    if last and spelled[-1]["type"] == "text":
        spelled[-1]["text"] = spelled[-1]["text"].rstrip()
    return spelled


def plain_tool(tool: Json) -> Json:
    return {name: value for name, value in tool.items() if value not in (None, "", "custom")}


@pytest.mark.parametrize("row", ALL, ids=named)
def test_a_request_is_what_the_recorded_client_sent(row: Json) -> None:
    upstream = DIALECT.encode(openai_request(row), endpoint_of(row))
    assert upstream.path == row["request"]["path"].partition("?")[0]
    assert plain(json.loads(upstream.body)) == plain(row["request"]["body"])
    assert upstream.dropped == ()
