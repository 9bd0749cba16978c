"""Why Cohere ended an answer."""

from ai_gateway.core.chat import FinishReason
from ai_gateway.core.errors import UpstreamRejected

_REASONS: dict[str, FinishReason] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
}
_FAILURES = {"ERROR": 500, "TIMEOUT": 504}


def finish_reason(reason: str, error: str = "") -> FinishReason:
    """Raises UpstreamRejected when the answer ended in a failure; `error` is what Cohere says of it."""
    if reason in _FAILURES:
        raise UpstreamRejected(
            error or f"The provider broke the answer off ({reason}).", status=_FAILURES[reason], code=reason.lower()
        )
    return _REASONS.get(reason, "stop")
