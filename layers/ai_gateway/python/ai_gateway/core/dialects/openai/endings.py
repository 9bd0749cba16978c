"""Why an answer ended: the reasons that OpenAI-compatible providers give, as OpenAI's."""

from ai_gateway.core.chat import FinishReason
from ai_gateway.core.errors import UpstreamRejected
from ai_gateway.core.wire import JsonObject, mapping, text

# Not an ending but a failure: OpenRouter, Z.ai, DeepSeek, vLLM.
_FAILURES = frozenset(("error", "network_error", "insufficient_system_resource", "abort"))

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "function_call",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "token_limit": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "sensitive": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "moderation": "content_filter",
}


def finish_reason(reason: str, *, calls: bool) -> FinishReason:
    """`calls` says that the answer calls tools. What is in no list (`eos`, `end_turn`, `stop_sequence`) is a stop.

    A `stop` stays one even then: OpenAI ends an answer so when it was told which function to call.
    """
    known = _REASONS.get(reason) or _REASONS.get(reason.lower(), "stop")
    return "tool_calls" if calls and known == "function_call" else known


def unstated_reason(*, calls: bool) -> FinishReason:
    """For an answer that is whole and does not say how it ended."""
    return "tool_calls" if calls else "stop"


def raise_failure(choice: JsonObject) -> None:
    """Raises UpstreamRejected when the provider gives a failure of its own for the end of a choice."""
    reason = text(choice, "finish_reason")
    if reason not in _FAILURES:
        return
    error = mapping(choice, "error")
    code, message = error.get("code"), error.get("message")
    raise UpstreamRejected(
        message if isinstance(message, str) else f"The provider broke the answer off ({reason}).",
        status=code if isinstance(code, int) and 400 <= code < 600 else 502,
        code=str(code) if isinstance(code, int | str) else reason,
    )
