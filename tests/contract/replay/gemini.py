"""Recordings of Google's generateContent, at AI Studio and at Vertex.

The request is told the way callers of OpenAI's API tell it: signatures ride on the calls where Google's own compatible
face puts them, in `extra_content`; what OpenAI has no word for keeps Google's.
"""

import json
from typing import Any

from tests.contract.replay.judging import Answer, Call, Choice, Usage
from tests.contract.replay.recordings import Recording

Json = dict[str, Any]

PROVIDERS = {"gemini": "google-ai-studio"}
HELD_BACK = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "MODEL_ARMOR"}
CARRIED = ("modelArmorConfig", "labels", "cachedContent", "safetySettings")


def provider_of(recording: Recording) -> str:
    return PROVIDERS.get(recording.provider, recording.provider)


def path_of(recording: Recording) -> str:
    if recording.provider != "vertex":
        return f"/google-ai-studio{recording.path}"
    steps = recording.path.split("/")
    steps[3], steps[5] = "p", "l"
    return "/vertex" + "/".join(steps)


def asked(recording: Recording) -> Json:
    body = lower_camel(recording.body)
    model = recording.path.rpartition("/models/")[2].partition(":")[0]
    request: Json = {"model": f"{model}/{provider_of(recording)}", "messages": []}
    for part in body.get("systemInstruction", {}).get("parts", []):
        request["messages"].append({"role": "system", "content": part["text"]})
    for content in body["contents"]:
        request["messages"] += _messages(content)
    request |= {name: body[name] for name in CARRIED if name in body}
    if recording.stream:
        request |= {"stream": True, "stream_options": {"include_usage": True}}
    strict = body.get("toolConfig", {}).get("functionCallingConfig", {}).get("mode") == "VALIDATED"
    tools = [told for tool in body.get("tools", []) for told in _tools(tool, strict)]
    if tools:
        request["tools"] = tools
    return request | _choice(body.get("toolConfig", {})) | _settings(body["generationConfig"])


def lower_camel(value: Any) -> Any:
    """Protobuf reads `file_uri` and `fileUri` alike; schemas, arguments and results are the caller's own words."""
    if isinstance(value, list):
        return [lower_camel(member) for member in value]
    if not isinstance(value, dict):
        return value
    camel = {_camel(name): member for name, member in value.items()}
    return {name: member if name in OPAQUE else lower_camel(member) for name, member in camel.items()}


OPAQUE = {"args", "response", "labels", "parametersJsonSchema", "parameters", "responseJsonSchema", "responseSchema"}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


def _messages(content: Json) -> list[Json]:
    parts = content["parts"]
    if content["role"] == "model":
        return [_assistant(parts)]
    results = [part["functionResponse"] for part in parts if "functionResponse" in part]
    said = [_part(part) for part in parts if "functionResponse" not in part]
    told = [_result(result) for result in results]
    return told + ([{"role": "user", "content": _plain(said)}] if said else [])


def _plain(parts: list[Json]) -> str | list[Json]:
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        text: str = parts[0]["text"]
        return text
    return parts


def _part(part: Json) -> Json:
    beside = {name: part[name] for name in ("videoMetadata", "mediaResolution") if name in part}
    if "inlineData" in part:
        return _media(part["inlineData"]["mimeType"], part["inlineData"]["data"]) | beside
    if "fileData" in part:
        file = part["fileData"]
        return {"type": "file", "file": {"file_id": file["fileUri"], "format": file.get("mimeType")}} | beside
    return {"type": "text", "text": part["text"]}


def _media(kind: str, data: str) -> Json:
    if kind.startswith("audio/"):
        return {"type": "input_audio", "input_audio": {"data": data, "format": AUDIO[kind]}}
    uri = f"data:{kind};base64,{data}"
    if kind.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": uri}}
    return {"type": "file", "file": {"file_data": uri}}


AUDIO = {"audio/mpeg": "mp3", "audio/wav": "wav"}


def _result(result: Json) -> Json:
    """The text of a result, or all of it where it is no text."""
    response = result["response"]
    told = {"role": "tool", "tool_call_id": result.get("id") or result["name"], "name": result["name"]}
    media = [_part(part) for part in result.get("parts", [])]
    text = json.dumps(response)
    told["content"] = [{"type": "text", "text": text}, *media] if media else text
    return told


def _assistant(parts: list[Json]) -> Json:
    """Parts that OpenAI has no place for ride whole, as the gateway's own answers carry them."""
    message: Json = {"role": "assistant", "content": None}
    native = [part for part in parts if not part.keys() & {"text", "functionCall"}]
    if native:
        message["extra_content"] = {"google": {"parts": native}}
    said = [part for part in parts if "text" in part]
    if said:
        message["content"] = _plain([{"type": "text", "text": part["text"]} for part in said])
    signed = [part["thoughtSignature"] for part in said if "thoughtSignature" in part]
    if signed:
        message.setdefault("extra_content", {"google": {}})["google"]["thought_signature"] = signed[-1]
    calls = [_call(part) for part in parts if "functionCall" in part]
    return message | ({"tool_calls": calls} if calls else {})


def _call(part: Json) -> Json:
    call = part["functionCall"]
    function = {"name": call["name"], "arguments": json.dumps(call["args"])}
    told = {"id": call.get("id") or call["name"], "type": "function", "function": function}
    if "thoughtSignature" in part:
        told["extra_content"] = {"google": {"thought_signature": part["thoughtSignature"]}}
    return told


def _tools(tool: Json, strict: bool) -> list[Json]:
    """Google holds all functions to their schemas or none."""
    if "functionDeclarations" not in tool:
        return [tool]
    told = []
    for function in tool["functionDeclarations"]:
        schema = function.get("parametersJsonSchema", function.get("parameters"))
        named = {name: function[name] for name in ("name", "description") if name in function}
        named |= {"strict": True} if strict else {}
        told.append({"type": "function", "function": named | ({} if schema is None else {"parameters": schema})})
    return told


def _choice(config: Json) -> Json:
    calling = config.get("functionCallingConfig", {})
    names = calling.get("allowedFunctionNames", [])
    match calling.get("mode"):
        case "ANY" if len(names) == 1:
            return {"tool_choice": {"type": "function", "function": {"name": names[0]}}}
        case "ANY" | "VALIDATED" as mode if names:
            allowed = [{"type": "function", "function": {"name": name}} for name in names]
            wish = {"mode": "required" if mode == "ANY" else "auto", "tools": allowed}
            return {"tool_choice": {"type": "allowed_tools", "allowed_tools": wish}}
        case "ANY":
            return {"tool_choice": "required"}
        case "AUTO" | "NONE" as mode:
            return {"tool_choice": mode.lower()}
    return {}


def _settings(config: Json) -> Json:
    told: Json = {}
    for name, ours in SETTINGS.items():
        if name in config:
            told[ours] = config[name]
    schema = config.get("responseJsonSchema", config.get("responseSchema"))
    if schema is not None:
        told["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    elif config.get("responseMimeType") == "application/json":
        told["response_format"] = {"type": "json_object"}
    modalities = [modality.lower() for modality in config.get("responseModalities", [])]
    if modalities not in ([], ["text"]):
        told["modalities"] = modalities
    return told | _thinking(config.get("thinkingConfig", {}))


SETTINGS = {
    "stopSequences": "stop",
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "seed": "seed",
    "maxOutputTokens": "max_tokens",
    "candidateCount": "n",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "responseLogprobs": "logprobs",
    "logprobs": "top_logprobs",
}


def _thinking(config: Json) -> Json:
    wish: Json = {}
    if "thinkingLevel" in config:
        wish["effort"] = config["thinkingLevel"].lower()
    if "thinkingBudget" in config:
        wish["max_tokens"] = config["thinkingBudget"]
    if not config.get("includeThoughts"):
        wish |= {"exclude": True} if wish else {}
    elif not wish:
        wish["enabled"] = True
    return {"reasoning": wish} if wish else {}


# What was answered.


def said(recording: Recording) -> Answer:
    responses = recording.events if recording.stream else [recording.said]
    parts: list[Json] = []
    usage: Json = {}
    reason, blocked = "", False
    for response in responses:
        usage = response.get("usageMetadata") or usage
        blocked = blocked or "blockReason" in response.get("promptFeedback", {})
        for candidate in response.get("candidates", []):
            assert candidate.get("index", 0) == 0
            parts += candidate.get("content", {}).get("parts", [])
            reason = candidate.get("finishReason") or reason
    return Answer((_choice_of(parts, "SAFETY" if blocked else reason),), _usage(usage))


def _choice_of(parts: list[Json], reason: str) -> Choice:
    calls = tuple(
        Call(part["functionCall"].get("id"), part["functionCall"]["name"], part["functionCall"].get("args", {}))
        for part in parts
        if "functionCall" in part
    )
    text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    thought = "".join(part.get("text", "") for part in parts if part.get("thought"))
    if reason in HELD_BACK:
        finish = "content_filter"
    elif reason == "MAX_TOKENS":
        finish = "length"
    else:
        finish = "tool_calls" if calls else "stop"
    return Choice(text, finish, thought, calls)


def _usage(usage: Json) -> Usage | None:
    """What Google's tools read counts as prompt, thoughts as completion."""
    if not usage:
        return None
    prompt = usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0)
    reasoning = usage.get("thoughtsTokenCount", 0)
    completion = usage.get("candidatesTokenCount", 0) + reasoning
    assert prompt + completion == usage.get("totalTokenCount", 0)
    return Usage(prompt, completion, prompt + completion, usage.get("cachedContentTokenCount", 0), 0, reasoning)


# What was sent, in one spelling: what Google reads alike is written alike.


def sent(recording: Recording) -> Json:
    """What must arrive. Calls without an id have one once they have been OpenAI's. AI Studio takes files by URI in the
    response of a function and never looks at them, so there they follow in a content of their own.
    """
    plain = alike(recording.body)
    contents: list[Json] = []
    for content in plain["contents"]:
        following: list[Json] = []
        for part in content["parts"]:
            for kind in part.keys() & {"functionCall", "functionResponse"}:
                part[kind].setdefault("id", part[kind]["name"])
            response = part.get("functionResponse", {})
            if recording.provider != "vertex" and any("fileData" in held for held in response.get("parts", [])):
                following += response.pop("parts")
        contents += [content, {"role": "user", "parts": following}] if following else [content]
    return {**plain, "contents": contents}


def alike(body: Json) -> Json:
    plain: Json = lower_camel(body)
    if "systemInstruction" in plain:
        plain["systemInstruction"] = [part["text"] for part in plain["systemInstruction"]["parts"]]
    plain["tools"] = sorted((_declared(tool) for tool in plain.get("tools", [])), key=json.dumps)
    config = plain.get("generationConfig", {})
    plain["generationConfig"] = {name: value for name, value in config.items() if value not in (["TEXT"], {}, None)}
    plain["toolConfig"] = plain.get("toolConfig", {})
    plain["toolConfig"].pop("includeServerSideToolInvocations", None)  # shows what hosted tools did, to who can read it
    plain["contents"] = [
        {**content, "parts": [_bare(part) for part in content["parts"]]} for content in plain["contents"]
    ]
    return plain


def _bare(part: Json) -> Json:
    if "functionResponse" in part:
        return {"functionResponse": {name: value for name, value in part["functionResponse"].items() if value != []}}
    return part


def _declared(tool: Json) -> Json:
    if "functionDeclarations" not in tool:
        return tool
    functions = []
    for function in tool["functionDeclarations"]:
        told = {name: value for name, value in function.items() if value not in ("", None)}
        if "parameters" in told:
            told["parametersJsonSchema"] = told.pop("parameters")
        functions.append(told)
    return {"functionDeclarations": functions}
