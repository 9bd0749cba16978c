"""Whatever a body holds, in every dialect: an answer or an error that says what to do, one record, and never a defect."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ai_gateway.adapters.dynamodb.items import request_items
from ai_gateway.core.errors import LONGEST_MESSAGE
from ai_gateway.core.wire import loads
from tests.mutation import mutated
from tests.unit.web.serving import TARGETS, Served, for_dialect

IMAGE = "data:image/png;base64,iVBORw0KGgo="
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"city": {"type": ["string", "null"], "enum": ["Bern", None]}, "near": {"$ref": "#/$defs/place"}},
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"place": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}},
}
TOOL = {"type": "function", "function": {"name": "weather", "description": "d", "parameters": SCHEMA, "strict": True}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
CONVERSATION: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]},
        {"role": "developer", "content": "Be kind."},
        {
            "role": "user",
            "name": "ann",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": IMAGE, "detail": "low"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning": "Hm.",
            "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "index": 0}],
            "tool_calls": [{**CALL, "extra_content": {"google": {"thought_signature": "c2ln"}}}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": '{"degrees": 20}'}]},
        {"role": "assistant", "content": "Warm.", "function_call": {"name": "old", "arguments": "{}"}},
        {"role": "function", "name": "old", "content": "1"},
        {"role": "user", "content": "Thanks."},
    ],
    "tools": [TOOL, {"type": "web_search"}, {"type": "custom", "custom": {"name": "c", "format": {"type": "text"}}}],
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
}
MEDIA: dict[str, Any] = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": "https://example.com/a.png"},
                {"type": "image_url", "image_url": {"url": "s3://bucket/a.png"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
                {"type": "file", "file": {"file_id": "file-1"}},
                {"type": "document", "source": {"type": "text", "data": "x"}},
                {"type": "video_url", "video_url": {"url": IMAGE}},
            ],
        }
    ],
}
SETTINGS: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi"}],
    "max_tokens": 100,
    "max_completion_tokens": 100,
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 5,
    "n": 1,
    "seed": 1,
    "stop": ["END"],
    "frequency_penalty": 0.1,
    "presence_penalty": 0.1,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "top_logprobs": 2,
    "parallel_tool_calls": False,
    "functions": [{"name": "old", "parameters": SCHEMA}],
    "function_call": {"name": "old"},
    "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA, "strict": True}},
    "reasoning_effort": "low",
    "reasoning": {"effort": "high", "max_tokens": 2000, "exclude": False},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "verbosity": "low",
    "modalities": ["text", "audio"],
    "audio": {"voice": "alloy", "format": "wav"},
    "prediction": {"type": "content", "content": "Hello"},
    "service_tier": "auto",
    "user": "ann",
    "safety_identifier": "a",
    "prompt_cache_key": "k",
    "metadata": {"feature": "search"},
    "store": False,
    "cache_control": {"type": "ephemeral", "ttl": "1h"},
    "plugins": [{"id": "web", "max_results": 2}],
    "web_search_options": {"search_context_size": "low", "user_location": {"type": "approximate", "approximate": {}}},
    "stream_options": {"include_usage": True},
    "helicone": {"session": {"id": "s", "name": "n", "path": "/p"}, "user": "u", "properties": {"a": 1}, "tags": ["x"]},
}


def with_message(place: int, **fields: Any) -> dict[str, Any]:
    """The conversation with fields of one message replaced."""
    messages = [
        {**message, **fields} if index == place else message for index, message in enumerate(CONVERSATION["messages"])
    ]
    return {**CONVERSATION, "messages": messages}


ASSISTANT, TOOL_RESULT = 3, 4
DEEP = '{"a":' * 300 + "1" + "}" * 300


@example(with_message(TOOL_RESULT, tool_call_id={"a": 1}), "nova-pro/bedrock", False)
@example(with_message(TOOL_RESULT, tool_call_id=["x"]), "gemini-2.5-flash/google-ai-studio", False)
@example(
    with_message(ASSISTANT, tool_calls=[{**CALL, "function": {"name": "f", "arguments": DEEP}}]),
    "nova-pro/bedrock",
    False,
)
@example({**SETTINGS, "top_logprobs": 1e308}, "gemini-2.5-flash/vertex", False)
@example({**SETTINGS, "max_tokens": 2**63}, "gpt-4o-mini/openai", True)
@example({**SETTINGS, "metadata": json.loads(DEEP)}, "gpt-4o-mini/openai", False)
@example({**SETTINGS, "tools": [{"type": "function", "function": json.loads(DEEP)}]}, "gpt-4o-mini/openai", False)
@example(
    {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "http://["}]}]},
    "claude-sonnet-4/anthropic",
    True,
)
@example({"messages": [{"role": "x" * 100_000, "content": ""}]}, "gpt-4o-mini/openai", False)
@given(
    body=mutated(st.sampled_from((CONVERSATION, MEDIA, SETTINGS))),
    target=st.sampled_from(sorted(TARGETS)),
    stream=st.booleans(),
)
async def test_a_bent_body_is_served_or_refused_with_reasons(body: Any, target: str, stream: bool) -> None:
    await check(body, target, stream=stream)


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("body", [CONVERSATION, SETTINGS])
@pytest.mark.parametrize("stream", [False, True])
async def test_the_straight_body_is_served(body: Any, target: str, stream: bool) -> None:
    answer = await check(body, target, stream=stream)
    assert answer == 200


async def check(body: dict[str, Any], target: str, *, stream: bool) -> int:
    served = Served(for_dialect(TARGETS[target], stream=stream))
    answer = await served(json.dumps({"stream": stream, **body, "model": target}).encode())
    assert answer.status in (200, 400), answer.body
    if answer.status == 400:
        assert len(answer.error["message"]) <= LONGEST_MESSAGE + 3
    elif answer.headers["content-type"].startswith("text/event-stream"):
        assert answer.body.endswith(b"data: [DONE]\n\n")
    for call in served.upstream.calls:
        assert isinstance(loads(call.body), dict)
    record = served.world.record
    assert record.status == answer.status
    assert request_items(record, None)
    return answer.status
