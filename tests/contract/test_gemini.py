"""The gemini dialect against recorded traffic of AI Studio and Vertex: every answer decoded whole and cut anywhere, every
request rebuilt from the OpenAI request that would have caused it.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.gemini import DIALECT

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDINGS = Path(os.environ.get("AI_GATEWAY_RECORDINGS", REPOSITORY.parent / "shared" / "recordings"))
FILE = RECORDINGS / "gemini.generateContent.jsonl"

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
    path = row["request"]["path"]
    model = path.rpartition("/")[2].partition(":")[0]
    name = "vertex" if row["provider"] == "vertex" else "google-ai-studio"
    steps = path.split("/")
    options = {"project": steps[3], "location": steps[5]} if name == "vertex" else {}
    return Endpoint(model, Provider(name, name, "", dialect="gemini"), model, "", options=options)


def context_of(row: Json) -> ReplyContext:
    return ReplyContext({"model": "m", "messages": []}, endpoint_of(row), "chatcmpl-1", 1_700_000_000)


# What the native answer says, read the plain way.


def responses_of(row: Json) -> list[Json]:
    body = row["response"]["body"]
    if not row["stream"]:
        return [json.loads(body)]
    return [json.loads(line[5:]) for line in body.splitlines() if line.startswith("data:")]


def native_answer(row: Json) -> Json:
    answers = responses_of(row)
    candidates = [candidate for answer in answers for candidate in answer.get("candidates", [])]
    parts = [part for candidate in candidates for part in candidate.get("content", {}).get("parts", [])]
    usage: Json = {}
    for answer in answers:
        usage |= answer.get("usageMetadata", {})
    calls = [part for part in parts if "functionCall" in part]
    reasons = [candidate["finishReason"] for candidate in candidates if "finishReason" in candidate]
    thoughts = usage.get("thoughtsTokenCount", 0)
    prompt = usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0)
    finish = {"STOP": "tool_calls" if calls else "stop", "MAX_TOKENS": "length", "MODEL_ARMOR": "content_filter"}
    return {
        "id": answers[0]["responseId"],
        "model": answers[0]["modelVersion"],
        "text": "".join(part["text"] for part in parts if "text" in part and not part.get("thought")),
        "reasoning": "".join(part["text"] for part in parts if part.get("thought")),
        "calls": [
            (part["functionCall"]["name"], part["functionCall"]["args"], part["functionCall"].get("id"))
            for part in calls
        ],
        "call_signatures": [part.get("thoughtSignature") for part in calls],
        "text_signatures": [
            part["thoughtSignature"] for part in parts if "text" in part and "thoughtSignature" in part
        ],
        "hosted": [part for part in parts if not part.keys() & {"text", "functionCall"}],
        "finish": finish[reasons[-1]] if reasons else "content_filter",
        "prompt_tokens": prompt,
        "completion_tokens": usage.get("candidatesTokenCount", 0) + thoughts,
        "total_tokens": usage.get("totalTokenCount", 0),
        "reasoning_tokens": thoughts,
        "cached_tokens": usage.get("cachedContentTokenCount", 0),
    }


def assert_same(native: Json, completion: Json) -> None:
    [choice] = completion["choices"]
    message = choice["message"]
    assert completion["id"] == native["id"]
    assert completion["model"] == native["model"]
    assert (message.get("content") or "") == native["text"]
    assert message.get("reasoning", "") == message.get("reasoning_content", "") == native["reasoning"]
    calls = message.get("tool_calls") or []
    assert [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls] == [
        (name, args) for name, args, _ in native["calls"]
    ]
    for call, (_, _, call_id) in zip(calls, native["calls"], strict=True):
        assert call["id"] == call_id if call_id else call["id"]
    assert len({call["id"] for call in calls}) == len(calls)
    assert [signature_of(call) for call in calls] == native["call_signatures"]
    assert [detail["data"] for detail in message.get("reasoning_details", [])] == native["text_signatures"]
    assert [
        {key: value for key, value in part.items() if key != "index"}
        for part in message.get("extra_content", {}).get("google", {}).get("parts", [])
    ] == native["hosted"]
    assert choice["finish_reason"] == native["finish"]
    usage = completion["usage"]
    for count in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert usage[count] == native[count], count
    assert usage["completion_tokens_details"]["reasoning_tokens"] == native["reasoning_tokens"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == native["cached_tokens"]


def signature_of(call: Json) -> str | None:
    return cast("str | None", call.get("extra_content", {}).get("google", {}).get("thought_signature"))


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_a_whole_answer_says_what_the_native_one_says(row: Json) -> None:
    completion = DIALECT.decode(row["response"]["body"].encode(), context_of(row))
    assert_same(native_answer(row), cast("Json", completion))


def folded(chunks: list[Json]) -> Json:
    """The completion that a stream's chunks add up to, checked for what every stream must hold."""
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"] == []
    assert all("usage" not in chunk for chunk in chunks[:-1])
    message: Json = {"content": "", "tool_calls": []}
    finish: list[str] = []
    for chunk in chunks[:-1]:
        [choice] = chunk["choices"]
        for key, value in choice["delta"].items():
            if key == "extra_content":
                message.setdefault(key, {"google": {"parts": []}})["google"]["parts"] += value["google"]["parts"]
            elif isinstance(value, (str, list)) and key != "role":
                message[key] = message[key] + value if key in message else value
        if choice["finish_reason"]:
            finish.append(choice["finish_reason"])
    assert len(finish) == 1
    assert [call["index"] for call in message["tool_calls"]] == list(range(len(message["tool_calls"])))
    return {
        "id": chunks[0]["id"],
        "model": chunks[0]["model"],
        "choices": [{"message": message, "finish_reason": finish[0]}],
        "usage": chunks[-1]["usage"],
    }


def decoded(row: Json, pieces: Iterator[bytes]) -> list[Json]:
    decoder = DIALECT.decoder(context_of(row))
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    chunks += decoder.close()
    return cast("list[Json]", chunks)


def pieces_of(body: bytes, *cuts: int) -> Iterator[bytes]:
    ends = [*cuts, len(body)]
    start = 0
    for end in ends:
        yield body[start:end]
        start = end


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_says_what_the_native_one_says(row: Json) -> None:
    body = row["response"]["body"].encode()
    assert_same(native_answer(row), folded(decoded(row, pieces_of(body))))


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_the_openai_sdk_adds_a_stream_up_to_the_same(row: Json) -> None:
    state = ChatCompletionStreamState()
    for chunk in decoded(row, pieces_of(row["response"]["body"].encode())):
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    assert_same(native_answer(row), cast("Json", state.get_final_completion().to_dict()))


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_cut_anywhere_gives_the_same_chunks(row: Json) -> None:
    body = row["response"]["body"].encode()
    whole = decoded(row, pieces_of(body))
    stride = 1 + len(body) // 400
    for cut in range(1, len(body), stride):
        assert decoded(row, pieces_of(body, cut)) == whole
    assert decoded(row, (body[place : place + 1] for place in range(len(body)))) == whole


@pytest.mark.parametrize("row", STREAMS, ids=named)
def test_a_stream_sent_as_a_json_list_adds_up_to_the_same(row: Json) -> None:
    body = json.dumps(responses_of(row)).encode()
    assert_same(native_answer(row), folded(decoded(row, pieces_of(body, 1, 7))))
    assert_same(native_answer(row), cast("Json", DIALECT.decode(body, context_of(row))))


@pytest.mark.parametrize("row", ERRORS, ids=named)
def test_an_error_keeps_status_message_and_code(row: Json) -> None:
    recorded = json.loads(row["response"]["body"])["error"]
    for body in (row["response"]["body"], f"[{row['response']['body']}]"):
        error = DIALECT.decode_error(row["response"]["status"], {}, body.encode())
        assert error.status == row["response"]["status"] == recorded["code"]
        assert error.message == recorded["message"]
        assert error.code == recorded["status"]


# The OpenAI request that would have caused a recorded request.


def openai_request(row: Json) -> ChatRequest:
    native = camel_keys(row["request"]["body"])
    request: Json = {"model": "m", "messages": openai_messages(native)}
    if row["stream"]:
        request["stream"] = True
    request |= openai_tools(native) | openai_generation(native.get("generationConfig", {}))
    request |= {key: native[key] for key in ("cachedContent", "labels", "modelArmorConfig") if key in native}
    return cast("ChatRequest", request)


def openai_messages(native: Json) -> list[Json]:
    messages: list[Json] = [
        {"role": "system", "content": part["text"]} for part in native.get("systemInstruction", {}).get("parts", [])
    ]
    waiting: list[str] = []
    for turn, content in enumerate(native["contents"]):
        parts = content["parts"]
        if content["role"] == "model":
            message = openai_answer(parts, turn)
            waiting += [call["id"] for call in message.get("tool_calls", [])]
            messages.append(message)
        elif any("functionResponse" in part for part in parts):
            messages += [openai_result(part["functionResponse"], waiting) for part in parts]
        elif len(parts) == 1 and "text" in parts[0]:
            messages.append({"role": "user", "content": parts[0]["text"]})
        else:
            messages.append({"role": "user", "content": [openai_part(part) for part in parts]})
    return messages


def openai_answer(parts: list[Json], turn: int) -> Json:
    message: Json = {"role": "assistant", "content": "".join(part.get("text", "") for part in parts) or None}
    for place, part in enumerate(parts):
        signature = part.get("thoughtSignature")
        if "functionCall" in part:
            call = part["functionCall"]
            wire: Json = {
                "id": call.get("id", f"made_up_{turn}_{place}"),
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["args"])},
            }
            if signature:
                wire["extra_content"] = {"google": {"thought_signature": signature}}
            message.setdefault("tool_calls", []).append(wire)
        elif "text" not in part:
            carrier = message.setdefault("extra_content", {"google": {"parts": []}})
            carrier["google"]["parts"].append({"index": place, **part})
        elif signature:
            detail = {"type": "reasoning.encrypted", "data": signature, "format": "google-gemini-v1", "index": 0}
            message["reasoning_details"] = [detail]
    return message


def openai_result(response: Json, waiting: list[str]) -> Json:
    call_id = waiting.pop(0)
    assert response.get("id", call_id) == call_id
    result: Json = {"role": "tool", "tool_call_id": call_id, "content": json.dumps(response["response"])}
    if "parts" in response:
        said = {"type": "text", "text": result["content"]}
        result["content"] = [said, *(openai_part(part) for part in response["parts"])]
    return result


def openai_part(part: Json) -> Json:
    if "text" in part:
        return {"type": "text", "text": part["text"]}
    blob = part.get("inlineData") or part["fileData"]
    kind = blob["mimeType"]
    url = f"data:{kind};base64,{blob['data']}" if "data" in blob else blob["fileUri"]
    clip = {"video_metadata": part["videoMetadata"]} if "videoMetadata" in part else {}
    if kind.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": url, "format": kind}}
    if kind.startswith("video/"):
        return {"type": "video_url", "video_url": {"url": url}, **clip}
    return {"type": "file", "file": {"file_data": url, "format": kind}}


def openai_tools(native: Json) -> Json:
    tools: list[Json] = []
    config = native.get("toolConfig", {})
    calling = config.get("functionCallingConfig", {})
    for tool in native.get("tools", []):
        for function in tool.get("functionDeclarations", []):
            schema = function.get("parametersJsonSchema") or json_schema(function["parameters"])
            described = {"name": function["name"], "description": function["description"], "parameters": schema}
            if calling.get("mode") == "VALIDATED":
                described["strict"] = True
            tools.append({"type": "function", "function": described})
        if "functionDeclarations" not in tool:
            tools.append(tool)
    request: Json = {"tools": tools} if tools else {}
    allowed = calling.get("allowedFunctionNames")
    if allowed:
        names = [{"type": "function", "function": {"name": name}} for name in allowed]
        request["tool_choice"] = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": names}}
    elif calling:
        request["tool_choice"] = {"AUTO": "auto", "VALIDATED": "auto", "ANY": "required"}[calling["mode"]]
    mixed = len({"functionDeclarations" in tool for tool in native.get("tools", [])}) > 1
    if "includeServerSideToolInvocations" in config and not mixed:
        request["tool_config"] = {"include_server_side_tool_invocations": True}
    return request


def json_schema(schema: Any) -> Any:
    """Google's older `Schema`, whose types are in capitals, as JSON Schema."""
    if isinstance(schema, dict):
        return {key: value.lower() if key == "type" else json_schema(value) for key, value in schema.items()}
    return [json_schema(item) for item in schema] if isinstance(schema, list) else schema


def openai_generation(config: Json) -> Json:
    request: Json = {}
    plain = {"maxOutputTokens": "max_tokens", "temperature": "temperature", "stopSequences": "stop"}
    request |= {plain[key]: value for key, value in config.items() if key in plain}
    if "responseModalities" in config:
        request["modalities"] = [modality.lower() for modality in config["responseModalities"]]
    if "responseLogprobs" in config:
        request |= {"logprobs": True, "top_logprobs": config["logprobs"]}
    if "responseMimeType" in config:
        shape = {"name": "answer", "schema": config["responseJsonSchema"], "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": shape}
    match config.get("thinkingConfig"):
        case {"thinkingLevel": level}:
            request["reasoning_effort"] = level.lower()
        case {"thinkingBudget": 0}:
            request["reasoning_effort"] = "none"
        case {"includeThoughts": True}:
            request["reasoning"] = {"enabled": True}
    return request


def camel_keys(value: Any, *, inside: bool = False) -> Any:
    """Protobuf's JSON may be written in snake case; keys inside schemas, arguments and results are the caller's own."""
    if isinstance(value, list):
        return [camel_keys(item, inside=inside) for item in value]
    if not isinstance(value, dict):
        return value
    renamed: Json = {}
    for key, item in value.items():
        head, *rest = key.split("_")
        name = key if inside else head + "".join(word.capitalize() for word in rest)
        opaque = name in ("parametersJsonSchema", "responseJsonSchema", "parameters", "args", "response", "labels")
        renamed[name] = camel_keys(item, inside=inside or opaque)
    return renamed


def comparable(body: Json, row: Json) -> Json:
    """The request without what makes no difference: empty fields, the system's role, the spelling of keys and types."""
    request = camel_keys(body)
    if "systemInstruction" in request:
        request["systemInstruction"].pop("role", None)
    if not request.get("generationConfig"):
        request.pop("generationConfig", None)
    for tool in request.get("tools", []):
        for function in tool.get("functionDeclarations", []):
            function["description"] = function.get("description", "")
            if "parameters" in function:
                function["parametersJsonSchema"] = json_schema(function.pop("parameters"))
    request["contents"] = [turn for content in request["contents"] for turn in where_it_is_seen(content, row)]
    for content in request["contents"]:
        for part in content["parts"]:
            for call in (part.get("functionCall", {}), part.get("functionResponse", {})):
                if str(call.get("id", "")).startswith("made_up"):
                    del call["id"]
    return cast("Json", request)


def where_it_is_seen(content: Json, row: Json) -> Iterator[Json]:
    """AI Studio takes a file by URI inside a function's response and does not look at it, as the token counts of the
    recorded answers show: the gateway sends it after the response.
    """
    shown: list[Json] = []
    for part in content["parts"]:
        if row["provider"] != "vertex":
            shown += part.get("functionResponse", {}).pop("parts", [])
    yield content
    if shown:
        yield {"role": "user", "parts": shown}


@pytest.mark.parametrize("row", ALL, ids=named)
def test_the_request_is_the_recorded_one(row: Json) -> None:
    upstream = DIALECT.encode(openai_request(row), endpoint_of(row))
    assert upstream.path == row["request"]["path"]
    assert upstream.dropped == ()
    assert comparable(json.loads(upstream.body), row) == comparable(row["request"]["body"], row)


@pytest.mark.parametrize("row", WHOLE, ids=named)
def test_an_answer_comes_back_as_the_parts_it_came_from(row: Json) -> None:
    """A client that appends the message as it is returns every part, signatures included."""
    [native] = responses_of(row)
    message = DIALECT.decode(row["response"]["body"].encode(), context_of(row))["choices"][0]["message"]
    request: ChatRequest = {"model": "m", "messages": [message, {"role": "user", "content": "Go on."}]}
    contents = json.loads(DIALECT.encode(request, endpoint_of(row)).body)["contents"]
    said = [
        part for candidate in native.get("candidates", []) for part in candidate.get("content", {}).get("parts", [])
    ]
    kept = [part for part in said if not part.get("thought")]
    returned = contents[0]["parts"]
    for part in kept:
        if "functionCall" in part:
            own = {key: value for key, value in part["functionCall"].items() if key != "id"}
            assert any(own.items() <= sent.get("functionCall", {}).items() for sent in returned)
        elif "text" in part and len(kept) == 1:
            assert returned == [part]
        elif "text" not in part:
            assert part in returned
    signatures = [part["thoughtSignature"] for part in kept if "thoughtSignature" in part]
    sent = [part["thoughtSignature"] for part in returned if "thoughtSignature" in part]
    assert [signature for signature in sent if signature in signatures] == signatures
