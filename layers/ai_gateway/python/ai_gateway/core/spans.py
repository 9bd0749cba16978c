"""A request as OpenTelemetry's spans, in the words of its conventions for generative AI.

Names: https://github.com/open-telemetry/semantic-conventions/blob/main/docs/gen-ai/gen-ai-spans.md; what they have no
word for begins with `gateway.`. Tokens and cost stand in the request's span alone, so that a sum counts them once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ai_gateway.core.pricing import dollars
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.span_content import input_messages, output_messages
from ai_gateway.core.usage import TokenCounts

Attribute: TypeAlias = str | bool | int | float | Sequence[str]

PROVIDERS: Mapping[str, str] = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google-ai-studio": "gcp.gemini",
    "vertex": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "xai": "x_ai",
}
"""What the conventions call providers, where that is not what the gateway does."""
LARGEST_CONTENT = 100_000
"""Bytes of messages in a span; more are left out, since a part of them would be no JSON."""


@dataclass(frozen=True, slots=True)
class SpanEvent:
    name: str
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Span:
    """`start` and `end` are Unix nanoseconds. `error` is what it failed with; None where it did not."""

    name: str
    start: int
    end: int
    attributes: Mapping[str, Attribute]
    error: str | None = None
    events: tuple[SpanEvent, ...] = ()
    children: "tuple[Span, ...]" = ()
    request: str = field(default="", kw_only=True)
    """The request's id, of which its trace is named."""


def span_of(record: RequestRecord, *, content: bool = False) -> Span:
    """With `content` the messages too, as far as the record has them."""
    operation = "embeddings" if record.path.endswith("/embeddings") else "chat"
    start = _nanoseconds(record.started)
    return Span(
        name=f"{operation} {record.model_asked}".rstrip(),
        start=start,
        end=start + record.duration_ms * 1_000_000,
        attributes=_present(
            {
                "gen_ai.operation.name": operation,
                **_of_model(record),
                **_of_usage(record),
                **_of_caller(record),
                **_of_gateway(record),
                **(_content(record) if content else {}),
            }
        ),
        error=None if record.outcome != "error" else record.error or "",
        events=tuple(_passed_over(attempt) for attempt in record.attempts if attempt.skipped),
        children=tuple(_call(attempt, start) for attempt in record.attempts if not attempt.skipped),
        request=record.id,
    )


def _of_model(record: RequestRecord) -> dict[str, Attribute | None]:
    last = next((one for one in reversed(record.attempts) if not one.skipped), None)
    return {
        "gen_ai.provider.name": _provider(record.served_or_last_called or "gateway"),
        "gen_ai.request.model": record.model_asked or None,
        "gen_ai.request.stream": record.stream,
        "gen_ai.response.model": record.model_id,
        "gen_ai.response.finish_reasons": [record.finish_reason] if record.finish_reason else None,
        "gen_ai.response.time_to_first_chunk": None if record.ttft_ms is None else record.ttft_ms / 1000,
        "server.address": last.address if last is not None else None,
        "http.response.status_code": record.status,
        "error.type": record.error_type,
    }


def _of_usage(record: RequestRecord) -> dict[str, Attribute | None]:
    if not record.tokens:
        return {}
    tokens, kinds = TokenCounts.of(record.tokens), record.tokens
    written = kinds.get("cache_write_5m", 0) + kinds.get("cache_write_1h", 0)
    return {
        "gen_ai.usage.input_tokens": tokens.prompt,
        "gen_ai.usage.output_tokens": tokens.completion,
        "gen_ai.usage.cache_read.input_tokens": kinds.get("cache_read"),
        "gen_ai.usage.cache_creation.input_tokens": written or None,
        "gen_ai.usage.reasoning.output_tokens": kinds.get("reasoning"),
        "gateway.tokens.estimated": record.tokens_estimated or None,
        "gateway.cost": None if record.cost is None else float(dollars(record.cost)),
        "gateway.priced": record.priced,
    }


def _of_caller(record: RequestRecord) -> dict[str, Attribute | None]:
    properties = {f"gateway.property.{name}": value for name, value in record.properties.items()}
    return {
        "user.id": record.user,
        "gen_ai.conversation.id": record.session_id,
        "gateway.session.name": record.session_name,
        "gateway.session.path": record.session_path,
        "gen_ai.prompt.name": record.prompt_id,
        "gateway.prompt.version": record.prompt_version,
        "gateway.prompt.environment": record.prompt_environment,
        **properties,
    }


def _of_gateway(record: RequestRecord) -> dict[str, Attribute | None]:
    return {
        "gateway.request.id": record.id,
        "gateway.outcome": record.outcome,
        "gateway.organization": record.organization or None,
        "gateway.key": record.key_id,
        "gateway.model": record.model,
        "gateway.source": record.source,
        "gateway.mode": record.mode,
        "gateway.attempts": len(record.tried),
        "gateway.cached": record.cached or None,
        "gateway.simulated": record.simulated or None,
    }


def _content(record: RequestRecord) -> dict[str, Attribute | None]:
    messages = {
        "gen_ai.input.messages": input_messages(record.request),
        "gen_ai.output.messages": output_messages(record.response),
    }
    return {name: text for name, text in messages.items() if text is not None and len(text) <= LARGEST_CONTENT}


def _call(attempt: AttemptRecord, began: int) -> Span:
    """A call of an endpoint. What serves is over for the attempt when its answer begins."""
    start = began + attempt.started_ms * 1_000_000
    return Span(
        name=f"attempt {attempt.source}",
        start=start,
        end=start + attempt.latency_ms * 1_000_000,
        attributes=_present(
            {
                "gen_ai.provider.name": _provider(attempt.provider),
                "gen_ai.request.model": attempt.model_id or None,
                "server.address": attempt.address,
                "http.response.status_code": attempt.status,
                "error.type": attempt.error_type,
                "gateway.source": attempt.source,
                "gateway.retry": attempt.retry or None,
                "gateway.cost_estimate": (
                    None if attempt.cost_estimate is None else float(dollars(attempt.cost_estimate))
                ),
            }
        ),
        error=None if attempt.error_type is None else attempt.error or "",
    )


def _passed_over(attempt: AttemptRecord) -> SpanEvent:
    told = {
        "gateway.source": attempt.source,
        "error.type": attempt.error_type,
        "gateway.reason": attempt.error,
    }
    return SpanEvent("gateway.passed_over", _present(told))


def _provider(name: str) -> str:
    return PROVIDERS.get(name, name)


def _present(attributes: Mapping[str, Attribute | None]) -> dict[str, Attribute]:
    return {name: value for name, value in attributes.items() if value is not None}


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1000) * 1_000_000
