"""Recordings of Bedrock's Converse and ConverseStream."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from tests.contract.replay.judging import Answer, Call, Choice, Usage
from tests.contract.replay.recordings import Recording

Json = dict[str, Any]

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
IMAGES = {"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
DOCUMENTS = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
}
EPHEMERAL = {"cache_control": {"type": "ephemeral"}}


def path_of(recording: Recording) -> str:
    return f"/bedrock{recording.path}"


def asked(recording: Recording) -> Json:
    body = recording.body
    model = unquote(recording.path.split("/")[2])
    request: Json = {"model": f"{model}/bedrock", "messages": _system(body.get("system", []))}
    for turn in body["messages"]:
        request["messages"] += _messages(turn)
    if recording.stream:
        request |= {"stream": True, "stream_options": {"include_usage": True}}
    inference = body.get("inferenceConfig", {})
    for name, ours in (("maxTokens", "max_tokens"), ("topP", "top_p"), ("temperature", "temperature")):
        if name in inference:
            request[ours] = inference[name]
    if "stopSequences" in inference:
        request["stop"] = inference["stopSequences"]
    return request | _tools(body.get("toolConfig", {})) | _output(body) | _additional(body)


def _system(blocks: list[Json]) -> list[Json]:
    return [{"role": "system", "content": _plain(_marked(blocks))}] if blocks else []


def _marked(blocks: list[Json]) -> list[Json]:
    """The blocks as parts; a cache point is a mark on the part before it."""
    parts: list[Json] = []
    for block in blocks:
        if "cachePoint" in block:
            parts[-1] |= EPHEMERAL
        else:
            parts.append(_part(block))
    return parts


def _plain(parts: list[Json]) -> str | list[Json]:
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        text: str = parts[0]["text"]
        return text
    return parts


def _part(block: Json) -> Json:
    if "text" in block:
        return {"type": "text", "text": block["text"]}
    if "json" in block:
        return {"type": "text", "text": json.dumps(block["json"])}
    if "image" in block:
        return {"type": "image_url", "image_url": {"url": _url(block["image"], IMAGES)}}
    if "video" in block:
        return {"type": "video_url", "video_url": {"url": _url(block["video"], {"mp4": "video/mp4"})}}
    document = block["document"]
    url = _url(document, DOCUMENTS)
    name = f"{document['name']}.{document['format']}"
    return {"type": "file", "file": {"filename": name, "file_data": url}}


def _url(media: Json, kinds: Json) -> str:
    source = media["source"]
    if "s3Location" in source:
        uri: str = source["s3Location"]["uri"]
        return uri
    return f"data:{kinds[media['format']]};base64,{source['bytes']}"


def _messages(turn: Json) -> list[Json]:
    blocks = turn["content"]
    if turn["role"] == "assistant":
        return [_assistant(blocks)]
    results: list[Json] = []
    said: list[Json] = []
    for block in blocks:
        if "toolResult" in block:
            results.append(_result(block["toolResult"]))
        elif "cachePoint" in block and not said:
            results[-1] |= EPHEMERAL
        else:
            said.append(block)
    return results + ([{"role": "user", "content": _plain(_marked(said))}] if said else [])


def _result(result: Json) -> Json:
    content = _plain([_part(block) for block in result["content"]])
    return {"role": "tool", "tool_call_id": result["toolUseId"], "content": content}


def _assistant(blocks: list[Json]) -> Json:
    if any(part.get("type") for block in blocks for part in block.values() if isinstance(part, dict)):
        return {
            "role": "assistant",
            "content": None,
            "extra_content": {"bedrock": {"author": "amazon", "content": blocks}},
        }
    message: Json = {"role": "assistant", "content": None}
    thoughts = [block["reasoningContent"]["reasoningText"] for block in blocks if "reasoningContent" in block]
    if thoughts:
        message["thinking_blocks"] = [
            {"type": "thinking", "thinking": thought["text"], "signature": thought["signature"]} for thought in thoughts
        ]
    calls = [_call(block["toolUse"]) for block in blocks if "toolUse" in block]
    said = [block for block in blocks if not block.keys() & {"reasoningContent", "toolUse", "cachePoint"}]
    if said:
        message["content"] = _plain([_part(block) for block in said])
    return message | ({"tool_calls": calls} if calls else {})


def _call(use: Json) -> Json:
    function = {"name": use["name"], "arguments": json.dumps(use["input"])}
    return {"id": use["toolUseId"], "type": "function", "function": function}


def _tools(config: Json) -> Json:
    told: Json = {}
    tools: list[Json] = []
    for tool in config.get("tools", []):
        if "cachePoint" in tool:
            tools[-1] |= EPHEMERAL
        elif "toolSpec" in tool:
            spec = tool["toolSpec"]
            function = {"name": spec["name"], "parameters": spec["inputSchema"]["json"]}
            function |= {name: spec[name] for name in ("description", "strict") if name in spec}
            tools.append({"type": "function", "function": function})
        else:
            tools.append({"type": "systemTool", **tool})
    if tools:
        told["tools"] = tools
    for mode, chosen in config.get("toolChoice", {}).items():
        if mode == "tool":
            told["tool_choice"] = {"type": "function", "function": {"name": chosen["name"]}}
        else:
            told["tool_choice"] = {"any": "required", "auto": "auto"}[mode]
    return told


def _output(body: Json) -> Json:
    if "outputConfig" not in body:
        return {}
    given = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    schema = {**given, "strict": True, "schema": json.loads(given["schema"])}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _additional(body: Json) -> Json:
    fields = body.get("additionalModelRequestFields", {})
    told = {name: value for name, value in fields.items() if name == "thinking"}
    if "output_config" in fields:
        told["reasoning_effort"] = fields["output_config"]["effort"]
    return told


# What was answered.


def said(recording: Recording) -> Answer:
    blocks, stop, usage = _streamed(recording) if recording.stream else _whole(recording)
    text = "".join(block.get("text", "") for block in blocks)
    thought = "".join(
        block["reasoningContent"].get("reasoningText", {}).get("text", "")
        for block in blocks
        if "reasoningContent" in block
    )
    calls = tuple(
        Call(use["toolUseId"], use["name"], use["input"])
        for block in blocks
        if (use := block.get("toolUse")) and use.get("type") != "server_tool_use"
    )
    read, written = usage.get("cacheReadInputTokens", 0), usage.get("cacheWriteInputTokens", 0)
    prompt, completion = usage["inputTokens"] + read + written, usage["outputTokens"]
    assert usage["totalTokens"] == prompt + completion
    return Answer(
        (Choice(text, FINISH[stop], thought, calls),), Usage(prompt, completion, prompt + completion, read, written)
    )


def _whole(recording: Recording) -> tuple[list[Json], str, Json]:
    answer = recording.said
    return answer["output"]["message"]["content"], answer["stopReason"], answer["usage"]


def _streamed(recording: Recording) -> tuple[list[Json], str, Json]:
    blocks: dict[int, Json] = {}
    stop, usage = "", {}
    for kind, event in frames(recording.answer):
        block = blocks.setdefault(event.get("contentBlockIndex", -1), {})
        match kind:
            case "contentBlockStart" if "toolUse" in event["start"]:
                block["toolUse"] = {**event["start"]["toolUse"], "input": ""}
            case "contentBlockDelta":
                _add(block, event["delta"])
            case "messageStop":
                stop = event["stopReason"]
            case "metadata":
                usage = event["usage"]
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    return [blocks[index] for index in sorted(blocks)], stop, usage


def _add(block: Json, delta: Json) -> None:
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    if "toolUse" in delta:
        block["toolUse"]["input"] += delta["toolUse"]["input"]
    if text := delta.get("reasoningContent", {}).get("text"):
        thought = block.setdefault("reasoningContent", {"reasoningText": {"text": ""}})
        thought["reasoningText"]["text"] += text


def frames(data: bytes) -> Iterator[tuple[str, Json]]:
    """Kind and payload of each message of `application/vnd.amazon.eventstream`."""
    while data:
        total, length = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
        headers = data[12 : 12 + length]
        kind = ""
        while headers:
            named = 1 + headers[0]
            name = headers[1:named].decode()
            size = int.from_bytes(headers[named + 1 : named + 3], "big")
            value = headers[named + 3 : named + 3 + size].decode()
            kind = value if name == ":event-type" else kind
            headers = headers[named + 3 + size :]
        yield kind, json.loads(data[12 + length : total - 4])
        data = data[total:]


# What was sent, in one spelling: what Bedrock reads alike is written alike.


def alike(body: Json) -> Json:
    plain = {name: value for name, value in body.items() if value not in ([], {}, None)}
    plain["messages"] = [{**turn, "content": [_bare(block) for block in turn["content"]]} for turn in plain["messages"]]
    if "outputConfig" in plain:
        given = plain["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
        plain["outputConfig"] = {**given, "schema": json.loads(given["schema"])}
    return plain


def _bare(block: Json) -> Json:
    if "toolResult" in block:
        result = {name: value for name, value in block["toolResult"].items() if value != "success"}
        result["content"] = [_bare(part) for part in result["content"]]
        return {"toolResult": result}
    if "json" in block:
        return {"text": json.dumps(block["json"])}
    return block
