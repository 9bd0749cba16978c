"""Recordings of Anthropic's Messages API, at Anthropic and at Vertex.

The request is told the way callers of OpenAI's API tell it: text as plain strings where there is nothing else, thoughts
in the `thinking_blocks` that LiteLLM made known, `max_tokens`, and Anthropic's own `thinking` beside.
"""

import json
from typing import Any

from tests.contract.replay.judging import Answer, Call, Choice, Usage
from tests.contract.replay.recordings import Recording

Json = dict[str, Any]

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}
CARRIED = (
    *("temperature", "top_p", "top_k", "thinking", "cache_control", "container", "mcp_servers", "context_management"),
    *("metadata", "service_tier", "inference_geo"),
)


def model_of(recording: Recording) -> str:
    named: str = recording.body.get("model") or recording.path.rpartition("/")[2].partition(":")[0]
    return named


def path_of(recording: Recording) -> str:
    path = recording.path.partition("?")[0]
    if recording.provider != "vertex":
        return f"/{recording.provider}{path}"
    return f"/vertex{placed(path)}"


def placed(path: str) -> str:
    """A path at Vertex, with the project and the place of the stage."""
    steps = path.split("/")
    steps[3], steps[5] = "p", "l"
    return "/".join(steps)


def asked(recording: Recording) -> Json:
    body = recording.body
    request: Json = {"model": f"{model_of(recording)}/{recording.provider}", "max_tokens": body["max_tokens"]}
    request["messages"] = _system(body.get("system") or []) + [
        message for turn in body["messages"] for message in _messages(turn)
    ]
    request |= {name: body[name] for name in CARRIED if name in body}
    if recording.stream:
        request |= {"stream": True, "stream_options": {"include_usage": True}}
    if "stop_sequences" in body:
        request["stop"] = body["stop_sequences"]
    if "tools" in body:
        request["tools"] = [_tool(tool) for tool in body["tools"]]
    return (
        request | _choice(body.get("tool_choice") or {}) | _output(body.get("output_config") or {}, "thinking" in body)
    )


def _system(system: str | list[Json]) -> list[Json]:
    if isinstance(system, str):
        return [{"role": "system", "content": system}]
    return [{"role": "system", "content": [block]} for block in system]


def _messages(turn: Json) -> list[Json]:
    content = turn["content"]
    if isinstance(content, str):
        return [{"role": turn["role"], "content": content}]
    if turn["role"] == "assistant":
        return [_assistant(content)]
    results = [_result(block) for block in content if block["type"] == "tool_result"]
    said = [_part(block) for block in content if block["type"] != "tool_result"]
    return results + ([{"role": turn["role"], "content": _plain(said)}] if said else [])


def _plain(parts: list[Json]) -> str | list[Json]:
    """One text and nothing beside it is written as a string."""
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        text: str = parts[0]["text"]
        return text
    return parts


def _part(block: Json) -> Json:
    source = block.get("source") or {}
    mark = {"cache_control": block["cache_control"]} if "cache_control" in block else {}
    uri = f"data:{source.get('media_type')};base64,{source.get('data')}"
    match block["type"], source.get("type"):
        case "image", "base64":
            return {"type": "image_url", "image_url": {"url": uri}, **mark}
        case "image", "url":
            return {"type": "image_url", "image_url": {"url": source["url"]}, **mark}
        case "document", "base64":
            return {"type": "file", "file": {"file_data": uri}, **mark}
    return block


def _result(block: Json) -> Json:
    content = block.get("content", "")
    told = content if isinstance(content, str) else _plain([_part(part) for part in content])
    beside: Json = {name: block[name] for name in ("is_error", "cache_control") if name in block}
    return {"role": "tool", "tool_call_id": block["tool_use_id"], "content": told, **beside}


def _assistant(blocks: list[Json]) -> Json:
    calls = [block for block in blocks if block["type"] == "tool_use"]
    thoughts = [block for block in blocks if block["type"] in ("thinking", "redacted_thinking")]
    said = [block for block in blocks if block not in calls and block not in thoughts]
    message: Json = {"role": "assistant", "content": _plain(said) if said else None}
    if any(block["type"] != "text" for block in said):  # hosted tools: their place among the thoughts matters
        message["content"] = [block for block in blocks if block not in calls]
    elif thoughts:
        message["thinking_blocks"] = thoughts
    if calls:
        message["tool_calls"] = [_call(block) for block in calls]
    return message


def _call(block: Json) -> Json:
    function = {"name": block["name"], "arguments": json.dumps(block["input"])}
    mark = {"cache_control": block["cache_control"]} if "cache_control" in block else {}
    return {"id": block["id"], "type": "function", "function": function, **mark}


def _tool(tool: Json) -> Json:
    if "input_schema" not in tool:
        return tool
    function = {"name": tool["name"], "parameters": tool["input_schema"]}
    function |= {name: tool[name] for name in ("description", "strict") if name in tool}
    beside: Json = {name: tool[name] for name in ("cache_control", "defer_loading") if name in tool}
    return {"type": "function", "function": function, **beside}


def _choice(choice: Json) -> Json:
    told: Json = {}
    match choice.get("type"):
        case "tool":
            told["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
        case "any":
            told["tool_choice"] = "required"
        case str(mode):
            told["tool_choice"] = mode
    if "disable_parallel_tool_use" in choice:
        told["parallel_tool_calls"] = not choice["disable_parallel_tool_use"]
    return told


def _output(config: Json, thinks: bool) -> Json:
    """An effort without thinking has no word in OpenAI's language, whose efforts are of reasoning."""
    told: Json = {}
    if "format" in config:
        schema = {"name": "answer", "strict": True, "schema": config["format"]["schema"]}
        told["response_format"] = {"type": "json_schema", "json_schema": schema}
    if "effort" in config and thinks:
        told["reasoning_effort"] = config["effort"]
    elif "effort" in config:
        told["output_config"] = {"effort": config["effort"]}
    return told


# What was answered.


def said(recording: Recording) -> Answer:
    message = _streamed(recording) if recording.stream else recording.said
    blocks, usage = message["content"], message["usage"]
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    thought = "".join(block["thinking"] for block in blocks if block["type"] == "thinking")
    calls = tuple(Call(block["id"], block["name"], block["input"]) for block in blocks if block["type"] == "tool_use")
    read, written = usage.get("cache_read_input_tokens") or 0, usage.get("cache_creation_input_tokens") or 0
    prompt, completion = usage["input_tokens"] + read + written, usage["output_tokens"]
    reasoning = (usage.get("output_tokens_details") or {}).get("thinking_tokens") or 0
    tokens = Usage(prompt, completion, prompt + completion, read, written, reasoning)
    return Answer((Choice(text, FINISH[message["stop_reason"]], thought, calls),), tokens)


def _streamed(recording: Recording) -> Json:
    message: Json = {}
    inputs: dict[int, str] = {}
    for event in recording.events:
        match event["type"]:
            case "message_start":
                message = event["message"]
            case "content_block_start":
                message["content"].append(event["content_block"])
            case "content_block_delta":
                block, delta = message["content"][event["index"]], event["delta"]
                for key in ("text", "thinking", "signature"):
                    if key in delta:
                        block[key] += delta[key]
                if "partial_json" in delta:
                    inputs[event["index"]] = inputs.get(event["index"], "") + delta["partial_json"]
            case "message_delta":
                message |= event["delta"]
                message["usage"] |= event["usage"]
    for index, text in inputs.items():
        message["content"][index]["input"] = json.loads(text or "{}")
    return message


# What was sent, in one spelling: what Anthropic reads alike is written alike.


def alike(body: Json) -> Json:
    plain = {name: value for name, value in body.items() if value not in (None, False)}
    plain["messages"] = _turns(plain["messages"])
    if "system" in plain:
        plain["system"] = _blocks(plain["system"])
    if "tools" in plain:
        plain["tools"] = [_bare({**tool, "type": tool.get("type") or "custom"}) for tool in plain["tools"]]
    if "tool_choice" in plain:
        plain["tool_choice"] = _bare(plain["tool_choice"])
    return plain


def _turns(turns: list[Json]) -> list[Json]:
    joined: list[Json] = []
    for turn in turns:
        blocks = _blocks(turn["content"])
        if joined and joined[-1]["role"] == turn["role"]:
            joined[-1]["content"] += blocks
        else:
            joined.append({"role": turn["role"], "content": blocks})
    return joined


def _blocks(content: str | list[Json]) -> list[Json]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    blocks = [_bare(block) for block in content]
    for block in blocks:
        block.pop("caller", None)
        if block["type"] == "tool_result" and "content" in block:
            block["content"] = _blocks(block["content"])
    return blocks


def _bare(value: Json) -> Json:
    return {key: member for key, member in value.items() if member not in (None, False, "")}
