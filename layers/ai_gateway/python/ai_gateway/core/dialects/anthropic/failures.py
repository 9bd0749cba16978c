"""Anthropic's error bodies: `{"type": "error", "error": {type, message, details}}`; Google's own where Vertex answers.

Source: https://platform.claude.com/docs/en/api/errors.
"""

from collections.abc import Mapping

from ai_gateway.core.dialect import retry_after
from ai_gateway.core.errors import RejectionReason, UpstreamRejected
from ai_gateway.core.pages import words
from ai_gateway.core.wire import Json, JsonObject, loads, mapping, text


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamRejected:
    """Keeps the HTTP status and the message; `code` is Anthropic's `error_code`, or Google's name for the status."""
    return _rejection(status, _error(body), headers)


def reported(answer: Json) -> UpstreamRejected:
    """The error in `answer`, which came where an answer was due: inside a stream, or under status 200."""
    error = mapping(answer, "error")
    return _rejection(_STATUSES.get(text(error, "type"), 500), error, {})


def _rejection(status: int, error: Json, headers: Mapping[str, str]) -> UpstreamRejected:
    kind = text(error, "type")
    code = text(mapping(error, "details"), "error_code") or text(error, "status")
    return UpstreamRejected(
        text(error, "message") or f"The provider refused the request with status {status} and said no more.",
        status=status,
        type=kind or None,
        code=code or None,
        reason=_reason(kind, code),
        retry_after=retry_after(headers),
    )


def _reason(kind: str, code: str) -> RejectionReason | None:
    """Only what fields tell: an overlong prompt and a blocked one are 400s that differ in words alone."""
    if kind == "request_too_large" or code in _TOO_LONG:
        return "context_length"
    return None


def _error(body: bytes) -> JsonObject:
    """Google wraps errors of streams in a list; what is neither's is told by its words, if it has any."""
    try:
        value = loads(body)
    except ValueError:
        return {"message": words(body)}
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), {})
    if not isinstance(value, dict):
        return {}
    return mapping(value, "error") or ({"message": text(value, "message")} if "message" in value else {})


_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_TOO_LONG = frozenset(("request_body_too_large_after_decoding", "image_dimensions_too_large"))
