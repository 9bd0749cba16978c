"""The bedrock dialect against recorded traffic of Converse and ConverseStream: every answer decoded whole and cut
anywhere, every request rebuilt from the OpenAI request that would have caused it. AWS's own client is the oracle for
event streams, paths and what a request may hold.
"""

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.serialize import create_serializer
from botocore.session import Session
from botocore.validate import ParamValidator
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.bedrock import DIALECT
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.transcript import Transcript

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDINGS = Path(os.environ.get("AI_GATEWAY_RECORDINGS", REPOSITORY.parent / "shared" / "recordings"))
FILE = RECORDINGS / "bedrock.converse.jsonl"

Json = dict[str, Any]


def recordings() -> list[Json]:
    if not FILE.exists():
        return []
    with FILE.open() as lines:
        return [json.loads(line) for line in lines]


ALL = recordings()
ANSWERS = [row for row in ALL if row["response"]["status"] == 200]
STREAMS = [row for row in ANSWERS if row["stream"]]
WHOLE = [row for row in ANSWERS if not row["stream"]]
ERRORS = [row for row in ALL if row["response"]["status"] >= 400]


def named(row: Json) -> str:
    return f"{row['id']}-{row['source']['path'].rpartition('/')[2]}"


def test_the_recordings_are_there() -> None:
    if not ALL:
        pytest.skip(f"No recordings at {FILE}: set AI_GATEWAY_RECORDINGS to their folder.")
    assert STREAMS
    assert WHOLE
    assert ERRORS


def endpoint_of(row: Json) -> Endpoint:
    model = row["request"]["path"].split("/")[2].replace("%3A", ":")
    return Endpoint(model, Provider("bedrock", "Bedrock", "", dialect="bedrock"), model, "")


def context_of(row: Json) -> ReplyContext:
    return ReplyContext(openai_request(row), endpoint_of(row), "chatcmpl-1", 1_700_000_000)


def body_of(row: Json) -> bytes:
    answer = row["response"]
    return b64decode(answer["body_b64"]) if "body_b64" in answer else answer["body"].encode()


# What the native answer says, read the plain way.


def events_of(row: Json) -> list[tuple[str, Json]]:
    buffer = EventStreamBuffer()
    buffer.add_data(body_of(row))
    return [(str(cast("Json", event.headers)[":event-type"]), json.loads(event.payload)) for event in buffer]


def streamed_answer(row: Json) -> Json:
    """The answer that a stream's events add up to, in the shape of one that is not streamed."""
    blocks: dict[int, Json] = {}
    answer: Json = {}
    for kind, event in events_of(row):
        block = blocks.setdefault(event.get("contentBlockIndex", -1), {})
        if kind == "contentBlockStart":
            [(name, start)] = event["start"].items()
            opened: Json = {"input": ""} if name == "toolUse" else {"content": []}
            block[name] = start | opened
        elif kind == "contentBlockDelta":
            add_delta(block, event["delta"])
        elif kind in ("messageStop", "metadata"):
            answer |= event
    content = [block for index, block in sorted(blocks.items()) if index >= 0]
    for block in content:
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    return answer | {"output": {"message": {"content": content}}}


def add_delta(block: Json, delta: Json) -> None:
    [(name, piece)] = delta.items()
    if name == "text":
        block["text"] = block.get("text", "") + piece
    elif name == "toolUse":
        block["toolUse"]["input"] += piece["input"]
    elif name == "toolResult":
        block["toolResult"]["content"] += piece
    elif "redactedContent" in piece:
        block["reasoningContent"] = piece
    else:
        said = block.setdefault("reasoningContent", {"reasoningText": {"text": ""}})["reasoningText"]
        for key, value in piece.items():
            said[key] = said.get(key, "") + value


def native_answer(row: Json) -> Json:
    answer = streamed_answer(row) if row["stream"] else json.loads(row["response"]["body"])
    blocks = answer["output"]["message"]["content"]
    uses = [block["toolUse"] for block in blocks if "toolUse" in block]
    own = [use for use in uses if use.get("type") != "server_tool_use"]
    reasoning = [block["reasoningContent"] for block in blocks if "reasoningContent" in block]
    usage = answer["usage"]
    written = usage.get("cacheWriteInputTokens", 0)
    return {
        "text": "".join(block.get("text", "") for block in blocks),
        "calls": [(use["toolUseId"], use["name"], use["input"]) for use in own],
        "hosted": [block for block in blocks if "toolResult" in block]
        + [{"toolUse": use} for use in uses if use not in own],
        "reasoning": "".join(block.get("reasoningText", {}).get("text", "") for block in reasoning),
        "signatures": [
            block["reasoningText"]["signature"] for block in reasoning if "signature" in block.get("reasoningText", {})
        ],
        "redacted": [b64decode(block["redactedContent"]).decode() for block in reasoning if "redactedContent" in block],
        "finish": {"end_turn": "stop", "tool_use": "tool_calls"}[answer["stopReason"]],
        "prompt_tokens": usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + written,
        "completion_tokens": usage["outputTokens"],
        "total_tokens": usage["totalTokens"],
        "cached_tokens": usage.get("cacheReadInputTokens", 0),
        "cache_write_tokens": written,
    }


def assert_same(native: Json, completion: Json) -> None:
    [choice] = completion["choices"]
    message = choice["message"]
    assert completion["id"] == "chatcmpl-1"
    assert message["role"] == "assistant"
    assert (message.get("content") or "") == native["text"]
    assert message.get("reasoning", "") == message.get("reasoning_content", "") == native["reasoning"]
    calls = message.get("tool_calls") or []
    assert [
        (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls
    ] == native["calls"]
    details = message.get("reasoning_details", [])
    assert [detail["signature"] for detail in details if detail["type"] == "reasoning.text"] == native["signatures"]
    assert [detail["data"] for detail in details if detail["type"] == "reasoning.encrypted"] == native["redacted"]
    assert {detail["format"] for detail in details} <= {"anthropic-claude-v1"}
    kept = message.get("extra_content", {}).get("bedrock", {}).get("content", [])
    assert all(block in kept for block in native["hosted"])
    assert bool(kept) == bool(native["hosted"])
    assert choice["finish_reason"] == native["finish"]
    usage = completion["usage"]
    for count in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert usage[count] == native[count], count
    for count in ("cached_tokens", "cache_write_tokens"):
        assert usage["prompt_tokens_details"][count] == native[count], count


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_a_whole_answer_says_what_the_native_one_says(row: Json) -> None:
    assert_same(native_answer(row), cast("Json", DIALECT.decode(body_of(row), context_of(row))))


def decoded(row: Json, pieces: Iterator[bytes]) -> list[Json]:
    decoder = DIALECT.decoder(context_of(row))
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    chunks += decoder.close()
    return cast("list[Json]", chunks)


def pieces_of(body: bytes, *cuts: int) -> Iterator[bytes]:
    start = 0
    for end in (*cuts, len(body)):
        yield body[start:end]
        start = end


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_says_what_the_native_one_says(row: Json) -> None:
    transcript = Transcript()
    chunks = decoded(row, pieces_of(body_of(row)))
    for chunk in chunks:
        transcript.add(cast("Any", chunk))
    assert_same(native_answer(row), cast("Json", transcript.completion()))
    assert {chunk["id"] for chunk in chunks} == {"chatcmpl-1"}
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [chunk for chunk in chunks if not chunk["choices"]] == [chunks[-1]]
    assert [chunk for chunk in chunks if "usage" in chunk] == [chunks[-1]]
    assert len([chunk for chunk in chunks[:-1] if chunk["choices"][0]["finish_reason"]]) == 1


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_the_openai_sdk_adds_a_stream_up_to_the_same(row: Json) -> None:
    state = ChatCompletionStreamState()
    for chunk in decoded(row, pieces_of(body_of(row))):
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    assert_same(native_answer(row), cast("Json", state.get_final_completion().to_dict()))


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_cut_anywhere_gives_the_same_chunks(row: Json) -> None:
    body = body_of(row)
    whole = decoded(row, pieces_of(body))
    stride = 1 if len(body) < 2_500 else 1 + len(body) // 150
    for cut in range(1, len(body), stride):
        assert decoded(row, pieces_of(body, cut)) == whole
    assert decoded(row, (body[place : place + 1] for place in range(len(body)))) == whole


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_that_ends_too_soon_is_malformed(row: Json) -> None:
    body = body_of(row)
    stride = 1 + len(body) // 100
    for end in range(0, len(body), stride):
        with pytest.raises(UpstreamMalformed):
            decoded(row, pieces_of(body[:end]))


@pytest.mark.parametrize("row", ERRORS, ids=named)
def test_an_error_keeps_status_and_message(row: Json) -> None:
    headers = {"X-Amzn-ErrorType": "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/"}
    error = DIALECT.decode_error(row["response"]["status"], headers, body_of(row))
    assert error.status == row["response"]["status"]
    assert error.message == json.loads(row["response"]["body"])["message"]
    assert error.code == "ValidationException"


# The OpenAI request that would have caused a recorded request.


def openai_request(row: Json) -> ChatRequest:
    native = row["request"]["body"]
    request: Json = {"model": "m", "messages": openai_messages(native)}
    if row["stream"]:
        request["stream"] = True
    request |= openai_tools(native.get("toolConfig", {}))
    names = {"topP": "top_p", "temperature": "temperature", "maxTokens": "max_tokens", "stopSequences": "stop"}
    request |= {names[name]: value for name, value in native["inferenceConfig"].items()}
    if "outputConfig" in native:
        schema = native["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
        shape = schema | {"schema": json.loads(schema["schema"]), "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": shape}
    match native.get("additionalModelRequestFields"):
        case {"thinking": {"budget_tokens": budget}}:
            request["reasoning"] = {"max_tokens": budget}
        case {"output_config": {"effort": effort}}:
            request["reasoning_effort"] = effort
        case {"thinking": {"type": "adaptive"}}:
            request["reasoning"] = {"enabled": True}
    return cast("ChatRequest", request)


def openai_messages(native: Json) -> list[Json]:
    messages: list[Json] = []
    if native["system"]:
        messages.append({"role": "system", "content": openai_parts(native["system"])})
    for turn in native["messages"]:
        if turn["role"] == "assistant":
            messages.append(openai_answer(turn["content"]))
            continue
        messages += [openai_result(block["toolResult"]) for block in turn["content"] if "toolResult" in block]
        if said := [block for block in turn["content"] if "toolResult" not in block]:
            messages.append({"role": "user", "content": openai_parts(said)})
    return messages


def openai_parts(blocks: list[Json]) -> list[Json]:
    parts: list[Json] = []
    for block in blocks:
        if "cachePoint" in block:
            parts[-1]["cache_control"] = {"type": "ephemeral"}
        elif "text" in block:
            parts.append({"type": "text", "text": block["text"]})
        else:
            [(kind, media)] = block.items()
            parts.append(openai_media(kind, media))
    return parts


def openai_media(kind: str, media: Json) -> Json:
    mime = {"pdf": "application/pdf", "txt": "text/plain", "jpeg": "image/jpeg", "mp4": "video/mp4"}[media["format"]]
    source = media["source"]
    url = source["s3Location"]["uri"] if "s3Location" in source else f"data:{mime};base64,{source['bytes']}"
    if kind == "document":
        return {"type": "file", "file": {"filename": f"{media['name']}.{media['format']}", "file_data": url}}
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}}


def openai_answer(blocks: list[Json]) -> Json:
    message: Json = {"role": "assistant", "content": "".join(block.get("text", "") for block in blocks) or None}
    calls = [block["toolUse"] for block in blocks if "toolUse" in block]
    details = [
        {"type": "reasoning.text", "format": "anthropic-claude-v1", **block["reasoningContent"]["reasoningText"]}
        for block in blocks
        if "reasoningContent" in block
    ]
    if details:
        message["reasoning_details"] = details
    if any("toolResult" in block for block in blocks):
        message["extra_content"] = {"bedrock": {"author": "amazon", "content": blocks}}
    if calls:
        message["tool_calls"] = [
            {
                "id": call["toolUseId"],
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["input"])},
            }
            for call in calls
            if "type" not in call
        ]
    return message


def openai_result(result: Json) -> Json:
    assert result["status"] == "success"
    return {"role": "tool", "tool_call_id": result["toolUseId"], "content": openai_parts(result["content"])}


def openai_tools(config: Json) -> Json:
    tools: list[Json] = []
    for tool in config.get("tools", []):
        if "cachePoint" in tool:
            tools[-1]["cache_control"] = {"type": "ephemeral"}
        elif "systemTool" in tool:
            tools.append({"type": "code_interpreter"})
        else:
            spec = tool["toolSpec"]
            function = {"name": spec["name"], "parameters": spec["inputSchema"]["json"]}
            function |= {key: spec[key] for key in ("description", "strict") if key in spec}
            tools.append({"type": "function", "function": function})
    request: Json = {"tools": tools} if tools else {}
    match config.get("toolChoice"):
        case {"auto": _}:
            request["tool_choice"] = "auto"
        case {"any": _}:
            request["tool_choice"] = "required"
        case {"tool": {"name": name}}:
            request["tool_choice"] = {"type": "function", "function": {"name": name}}
    return request


def comparable(body: Json) -> Json:
    """The request without what makes no difference: empty fields, the usual status of results, schemas as text."""
    request = {key: value for key, value in deepcopy(body).items() if value}
    for turn in request["messages"]:
        for block in turn["content"]:
            if block.get("toolResult", {}).get("status") == "success":
                del block["toolResult"]["status"]
    if "outputConfig" in request:
        definition = request["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
        definition["schema"] = json.loads(definition["schema"])
    return request


@pytest.mark.parametrize("row", ALL, ids=named)
def test_the_request_is_the_recorded_one(row: Json) -> None:
    upstream = DIALECT.encode(openai_request(row), endpoint_of(row))
    assert upstream.path == row["request"]["path"]
    assert upstream.dropped == ()
    assert comparable(json.loads(upstream.body)) == comparable(row["request"]["body"])


@pytest.fixture(scope="module")
def service() -> Any:
    return Session().get_service_model("bedrock-runtime")


@pytest.mark.parametrize("row", ALL, ids=named)
def test_the_request_is_one_that_awss_client_would_send(row: Json, service: Any) -> None:
    upstream = DIALECT.encode(openai_request(row), endpoint_of(row))
    operation = service.operation_model("ConverseStream" if row["stream"] else "Converse")
    parameters = json.loads(upstream.body) | {"modelId": endpoint_of(row).model_id}
    report = ParamValidator().validate(parameters, operation.input_shape)
    assert not report.has_errors(), report.generate_report()
    sent = create_serializer("rest-json").serialize_to_request(parameters, operation)
    assert sent["url_path"] == upstream.path


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_an_answer_comes_back_as_the_blocks_it_came_from(row: Json) -> None:
    """A client that appends the message as it is returns every block, signatures included."""
    said = json.loads(row["response"]["body"])["output"]["message"]["content"]
    message = DIALECT.decode(body_of(row), context_of(row))["choices"][0]["message"]
    request: ChatRequest = {"model": "m", "messages": [{"role": "user", "content": "Hi"}, message]}
    [_, turn] = json.loads(DIALECT.encode(request, endpoint_of(row)).body)["messages"]
    claude = "claude" in endpoint_of(row).model_id
    assert turn["content"] == [returned(block) for block in said if claude or "reasoningContent" not in block]


def returned(block: Json) -> Json:
    if "text" in block:
        return {"text": block["text"]}
    use = block.get("toolUse", {})
    if use.get("type") == "tool_use":
        return {"toolUse": {key: value for key, value in use.items() if key != "type"}}
    return block
