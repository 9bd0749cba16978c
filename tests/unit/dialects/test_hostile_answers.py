"""Whatever a provider sends, a dialect answers with chunks or with an error of the tree, never with another exception."""

import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.dialect import Dialect, ReplyContext
from ai_gateway.core.dialects import cohere, openai
from ai_gateway.core.errors import UpstreamError, UpstreamRejected
from ai_gateway.core.usage import usage_of

CONTEXT = ReplyContext(
    {"model": "m", "messages": []},
    Endpoint("m", Provider("any", "Any", "https://any.example"), "m", "https://any.example"),
    "chatcmpl-own",
    1_700_000_000,
)
DIALECTS = [pytest.param(openai.DIALECT, id="openai"), pytest.param(cohere.DIALECT, id="cohere")]

NAMES = (
    *("id", "object", "type", "index", "created", "model", "choices", "delta", "message", "content", "role"),
    *("reasoning", "reasoning_content", "reasoning_details", "thinking", "text", "summary", "tool_plan"),
    *("tool_calls", "function", "name", "arguments", "finish_reason", "usage", "x_groq", "error", "code", "status"),
    *("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "cached_tokens", "cost"),
    *("completion_tokens_details", "reasoning_tokens", "tokens", "billed_units", "input_tokens", "output_tokens"),
    *("citations", "search_results", "url", "sources", "annotations", "service_tier", "provider_metadata", "google"),
    *("detail", "loc", "msg", "errors", "metadata", "innererror", "logprobs", "start", "end", "usageMetadata"),
)
WORDS = (
    *("", "stop", "error", "thinking", "text", "function", "tool_calls", "reasoning.text", "chat.completion.chunk"),
    *("message-start", "content-delta", "tool-call-start", "tool-call-delta", "tool-call-end", "citation-start"),
    *("message-end", "tool-plan-delta", "COMPLETE", "on_demand"),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 600)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
CHUNKS = st.fixed_dictionaries(
    {
        "choices": st.lists(
            st.fixed_dictionaries({"delta": OBJECTS}, optional={"index": VALUES, "finish_reason": VALUES})
        )
    },
    optional={"usage": OBJECTS, "id": VALUES, "x_groq": OBJECTS},
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(WORDS), "delta": st.fixed_dictionaries({"message": OBJECTS})}, optional={"index": VALUES}
)


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=40)
@given(events=st.lists(OBJECTS | CHUNKS | EVENTS, max_size=4))
def test_a_stream_of_anything_ends_in_chunks_or_an_upstream_error(dialect: Dialect, events: list[Any]) -> None:
    decoder = dialect.decoder(CONTEXT)
    try:
        chunks = [*decoder.feed("".join(f"data: {json.dumps(event)}\n\n" for event in events).encode())]
        chunks += decoder.close()
    except UpstreamError:
        return
    assert len({chunk["id"] for chunk in chunks}) == 1
    for chunk in chunks:
        usage_of(cast("dict[str, object]", chunk.get("usage") or {}))


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=40)
@given(
    answer=VALUES | CHUNKS | st.fixed_dictionaries({"choices": st.lists(st.fixed_dictionaries({"message": OBJECTS}))})
)
def test_an_answer_of_anything_is_a_completion_or_an_upstream_error(dialect: Dialect, answer: Any) -> None:
    try:
        completion = dialect.decode(json.dumps(answer).encode(), CONTEXT)
    except UpstreamError:
        return
    assert completion["choices"][0]["message"]["role"] == "assistant"


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=40)
@given(body=st.binary(max_size=30) | VALUES.map(lambda value: json.dumps(value).encode()), status=st.integers(400, 599))
def test_an_error_of_anything_keeps_its_status_and_has_a_message(dialect: Dialect, body: bytes, status: int) -> None:
    failure = dialect.decode_error(status, {}, body)
    assert isinstance(failure, UpstreamRejected)
    assert failure.status == status
    assert failure.message
