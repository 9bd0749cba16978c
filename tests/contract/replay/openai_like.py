"""Recordings in OpenAI's own dialect: what was asked goes as it is, what was answered is read the way OpenAI means it."""

import json
from typing import Any

from tests.contract.replay.judging import Answer, Choice, Spoken, Usage, called
from tests.contract.replay.recordings import Recording

Json = dict[str, Any]

PROVIDERS = {"vercel-gateway": "vercel", "gemini": "vllm"}
"""Google's compatible face is called as any OpenAI-compatible server."""


def provider_of(recording: Recording) -> str:
    return PROVIDERS.get(recording.provider, recording.provider)


def asked(recording: Recording) -> Json:
    """The request for the gateway."""
    body = recording.body
    provider = provider_of(recording)
    deployment = "/v1" if provider == "azure" and recording.path.startswith("/openai/v1") else ""
    request = {**body, "model": f"{body['model']}/{provider}{deployment}"}
    if recording.stream:
        request["stream_options"] = {"include_usage": True, **body.get("stream_options", {})}
    return request


def path_of(recording: Recording) -> str:
    """Where the request must arrive: the provider's base URL, then what the API says."""
    provider = provider_of(recording)
    if provider == "azure":
        return f"/azure{recording.path}"
    return f"/{provider}/v1/chat/completions"


def said(recording: Recording) -> Answer:
    if not recording.stream:
        answer = recording.said
        return Answer(tuple(_choice(choice) for choice in answer["choices"]), _usage(recording, answer["usage"]))
    choices: dict[int, Spoken] = {}
    usage: Json = {}
    for event in recording.events:
        usage = event.get("usage") or usage
        for choice in event["choices"]:
            delta = _delta(choice["delta"])
            choices.setdefault(choice["index"], Spoken()).add({**choice, "delta": delta})
    return Answer(tuple(spoken.choice() for spoken in choices.values()), _usage(recording, usage))


def _choice(choice: Json) -> Choice:
    message = choice["message"]
    text, thought = _words(message)
    calls = tuple(
        called(call.get("id"), call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls") or ()
    )
    return Choice(text, choice["finish_reason"], thought, calls)


def _delta(delta: Json) -> Json:
    text, thought = _words(delta)
    return {**delta, "content": text, "reasoning_content": thought}


def _words(message: Json) -> tuple[str, str]:
    """Text and thoughts. Mistral thinks in its content, others in a field of one name or another."""
    content = message.get("content") or ""
    if isinstance(content, list):
        thoughts = [part["thinking"] for part in content if part["type"] == "thinking"]
        text = "".join(part["text"] for part in content if part["type"] == "text")
        return text, "".join(piece["text"] for thought in thoughts for piece in thought)
    thought = message.get("reasoning_content") or message.get("reasoning")
    if thought is None:
        details = message.get("reasoning_details") or []
        thought = "".join(detail.get("text") or detail.get("summary") or "" for detail in details)
    return content, thought


def _usage(recording: Recording, usage: Json) -> Usage:
    """xAI and others leave reasoning out of the completion; the total tells who does."""
    prompt, completion = usage["prompt_tokens"], usage["completion_tokens"]
    details = usage.get("prompt_tokens_details") or {}
    reasoning = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    left_out = usage["total_tokens"] - prompt - completion
    if recording.provider == "xai":
        assert left_out == reasoning
        completion += reasoning
    elif recording.provider == "gemini":
        reasoning = left_out
        completion += reasoning
    elif recording.provider == "vercel-gateway" and recording.body["model"].startswith("google/"):
        completion += reasoning
    cached = details.get("cached_tokens")
    if cached is None:
        cached = usage.get("num_cached_tokens") or usage.get("cached_tokens") or 0
    written = details.get("cache_write_tokens") or usage.get("cache_creation_input_tokens") or 0
    return Usage(prompt, completion, prompt + completion, cached, written, reasoning)


def sent(recording: Recording) -> Json:
    """What must arrive: the recorded request without nulls and without the places of calls, which only answers have."""
    body = {name: value for name, value in recording.body.items() if value is not None}
    body["messages"] = [_message(message) for message in body["messages"]]
    if recording.stream:
        body["stream_options"] = {"include_usage": True}
    return body


def _message(message: Json) -> Json:
    if not message.get("tool_calls"):
        return message
    calls = [{key: value for key, value in call.items() if key != "index"} for call in message["tool_calls"]]
    return {**message, "tool_calls": calls}


def error_of(recording: Recording) -> Json:
    answer: Json = json.loads(recording.answer)
    error: Json = answer["error"]
    return error
