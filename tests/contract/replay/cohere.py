"""Recordings of Cohere's chat API, version 2."""

from typing import Any

from tests.contract.replay.judging import Answer, Choice, Usage, called
from tests.contract.replay.recordings import Recording

Json = dict[str, Any]

FINISH = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


def path_of(recording: Recording) -> str:
    return f"/cohere{recording.path}"


def asked(recording: Recording) -> Json:
    body = recording.body
    request: Json = {
        "model": f"{body['model']}/cohere",
        "messages": [_message(message) for message in body["messages"]],
    }
    if "tools" in body:
        request["tools"] = body["tools"]
    if "tool_choice" in body:
        request["tool_choice"] = {"REQUIRED": "required", "NONE": "none"}[body["tool_choice"]]
    if "stop_sequences" in body:
        request["stop"] = body["stop_sequences"]
    return request


def _message(message: Json) -> Json:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    thought = "".join(part["thinking"] for part in content if part["type"] == "thinking")
    text = "".join(part["text"] for part in content if part["type"] == "text")
    return {**message, "content": text, "reasoning_content": thought}


def said(recording: Recording) -> Answer:
    answer = recording.said
    message, usage = answer["message"], answer["usage"]
    content = message.get("content", [])
    text = "".join(part.get("text", "") for part in content)
    thought = "".join(part.get("thinking", "") for part in content)
    calls = tuple(
        called(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls", [])
    )
    prompt, completion = usage["tokens"]["input_tokens"], usage["tokens"]["output_tokens"]
    tokens = Usage(prompt, completion, prompt + completion, usage.get("cached_tokens", 0))
    return Answer((Choice(text, FINISH[answer["finish_reason"]], thought, calls),), tokens)


def alike(body: Json) -> Json:
    return {name: value for name, value in body.items() if value not in (None, False)}
