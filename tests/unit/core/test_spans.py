"""A record as OpenTelemetry's spans."""

from json import dumps, loads

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv._incubating.attributes.gen_ai_attributes import GenAiProviderNameValues

from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.spans import PROVIDERS as TOLD_AS
from ai_gateway.core.spans import Span, span_of

ASKED = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "data:x"}}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "20 degrees"},
    ],
}  # fmt: skip
ANSWERED = {
    "choices": [{"message": {"role": "assistant", "content": "Hello", "reasoning": "Hm."}, "finish_reason": "stop"}]
}
RECORD = RequestRecord(
    id="0cc175b9-c0f1-4b6a-8c31-c399e2697726",
    started=1_800_000_000.5,
    outcome="success",
    status=200,
    key_id="k-1",
    path="/v1/chat/completions",
    stream=True,
    model_asked="gpt-4o,claude-sonnet-4",
    model="claude-sonnet-4",
    model_id="claude-sonnet-4-20250514",
    provider="bedrock",
    source="claude-sonnet-4/bedrock",
    finish_reason="stop",
    duration_ms=1500,
    ttft_ms=400,
    attempts=(
        AttemptRecord(
            "gpt-4o/azure", "azure", "gpt-4o", 429, "rate_limit_exceeded", "Slow down.", 10, 90,
            cost_estimate=5_000_000, address="acme.openai.azure.com",
        ),
        AttemptRecord(
            "claude-sonnet-4/bedrock", "bedrock", "anthropic.claude", 200, started_ms=100, latency_ms=300, ttft_ms=300,
            retry=1, address="bedrock-runtime.us-east-1.amazonaws.com",
        ),
        AttemptRecord("gpt-4o/openai", "openai", "", error_type="not_configured", error="No key.", skipped=True),
    ),
    tokens={"input": 10, "cache_read": 5, "cache_write_5m": 2, "cache_write_1h": 1, "output": 3, "reasoning": 4},
    cost=123_456_789,
    user="ann",
    session_id="s-1",
    session_name="Trip",
    session_path="/plan",
    properties={"team": "search"},
    prompt_id="bot",
    prompt_version="1.2",
    request=dumps(ASKED).encode(),
    response=dumps(ANSWERED).encode(),
)  # fmt: skip


def failed(**fields: object) -> RequestRecord:
    return RequestRecord(id="x", started=1.0, outcome="error", status=502, **fields)  # type: ignore[arg-type]


def test_a_request_is_told_in_the_words_of_the_conventions() -> None:
    span = span_of(RECORD)
    assert span.name == "chat gpt-4o,claude-sonnet-4"
    assert (span.start, span.end) == (1_800_000_000_500_000_000, 1_800_000_002_000_000_000)
    assert (span.error, span.request) == (None, RECORD.id)
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "gpt-4o,claude-sonnet-4",
        "gen_ai.request.stream": True,
        "gen_ai.response.model": "claude-sonnet-4-20250514",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.4,
        "server.address": "bedrock-runtime.us-east-1.amazonaws.com",
        "http.response.status_code": 200,
        "gen_ai.usage.input_tokens": 18,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 5,
        "gen_ai.usage.cache_creation.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 4,
        "gateway.cost": 0.000123456789,
        "gateway.priced": True,
        "user.id": "ann",
        "gen_ai.conversation.id": "s-1",
        "gateway.session.name": "Trip",
        "gateway.session.path": "/plan",
        "gen_ai.prompt.name": "bot",
        "gateway.prompt.version": "1.2",
        "gateway.property.team": "search",
        "gateway.request.id": RECORD.id,
        "gateway.outcome": "success",
        "gateway.organization": "default",
        "gateway.key": "k-1",
        "gateway.model": "claude-sonnet-4",
        "gateway.source": "claude-sonnet-4/bedrock",
        "gateway.attempts": 2,
    }


def test_every_call_of_an_endpoint_is_a_child_and_what_was_passed_over_an_event() -> None:
    span = span_of(RECORD)
    first, second = span.children
    assert first == Span(
        "attempt gpt-4o/azure",
        span.start + 10_000_000,
        span.start + 100_000_000,
        {
            "gen_ai.provider.name": "azure.ai.openai",
            "gen_ai.request.model": "gpt-4o",
            "server.address": "acme.openai.azure.com",
            "http.response.status_code": 429,
            "error.type": "rate_limit_exceeded",
            "gateway.source": "gpt-4o/azure",
            "gateway.cost_estimate": 0.000005,
        },
        error="Slow down.",
    )
    assert (second.error, second.attributes["gateway.retry"]) == (None, 1)
    assert not any(name.startswith(("gen_ai.usage", "gateway.cost")) for name in second.attributes)
    (event,) = span.events
    assert event.attributes == {
        "gateway.source": "gpt-4o/openai", "error.type": "not_configured", "gateway.reason": "No key.",
    }  # fmt: skip


def test_a_failure_is_one_and_an_unknown_price_no_cost() -> None:
    span = span_of(failed(error_type="upstream_error", error="All failed.", tokens={"input": 1}, path="/v1/embeddings"))
    assert (span.name, span.error) == ("embeddings", "All failed.")
    assert span.attributes["error.type"] == "upstream_error"
    assert span.attributes["gateway.priced"] is False
    assert "gateway.cost" not in span.attributes
    assert span.attributes["gen_ai.provider.name"] == "gateway"


def test_messages_are_told_only_when_they_are_wanted() -> None:
    assert not {"gen_ai.input.messages", "gen_ai.output.messages"} & span_of(RECORD).attributes.keys()
    told = span_of(RECORD, content=True).attributes
    assert loads(str(told["gen_ai.input.messages"])) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "Hi"}, {"type": "image_url"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "20 degrees"}]},
    ]
    assert loads(str(told["gen_ai.output.messages"])) == [
        {
            "role": "assistant", "finish_reason": "stop",
            "parts": [{"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "Hello"}],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        None, b"", b"\xff\xfe", b"[]", b'{"messages": 5, "choices": 5}', b'{"messages": [5], "choices": [null]}',
        b'{"messages": [{"content": "' + b"x" * 200_000 + b'"}], "choices": [{"message": {"content": "' + b"x" * 200_000 + b'"}}]}',
    ],
)  # fmt: skip
def test_bodies_that_are_hostile_or_too_large_are_left_out(body: bytes | None) -> None:
    told = span_of(failed(request=body, response=body), content=True).attributes
    assert not {"gen_ai.input.messages", "gen_ai.output.messages"} & told.keys()


def test_the_names_are_those_of_the_conventions() -> None:
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    told = span_of(RECORD, content=True).attributes
    assert {name for name in told if name.startswith("gen_ai.")} <= known
    assert set(TOLD_AS) <= set(PROVIDERS)
    assert set(TOLD_AS.values()) <= {value.value for value in GenAiProviderNameValues}
