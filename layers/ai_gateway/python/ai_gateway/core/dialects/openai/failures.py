"""Error answers in the shapes that OpenAI-compatible providers have for them.

`{"error": {message, type, param, code}}` is OpenAI's; others send `{"error": "text", "code"}` (xAI), `{"detail"}` and
`{"object": "error", "message", ...}` (Mistral), `{"message", ...}` (Cerebras), a list of one of these (Google), text or
a page of HTML (proxies).
"""

from collections.abc import Mapping

from ai_gateway.core.dialect import retry_after
from ai_gateway.core.errors import RejectionReason, UpstreamRejected
from ai_gateway.core.pages import words
from ai_gateway.core.wire import Json, JsonObject, items, loads, mapping, text

_REASONS: dict[str, RejectionReason] = {
    "context_length_exceeded": "context_length",
    "context_window_exceeded": "context_length",
    "model_context_window_exceeded": "context_length",
    "string_above_max_length": "context_length",
    "tokens_limit_reached": "context_length",
    "content_filter": "content_policy",
    "content_policy_violation": "content_policy",
    "responsibleaipolicyviolation": "content_policy",
    "moderation_blocked": "content_policy",
    "invalid_prompt": "content_policy",
    "data_inspection_failed": "content_policy",
    "1301": "content_policy",  # Z.ai
    "invalid_api_key": "credentials",
    "incorrect_api_key": "credentials",
    "authentication_error": "credentials",
}

# What an error inside a 200 stands for when it has no status of its own.
_TYPE_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "insufficient_quota": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "server_error": 500,
    "api_error": 500,
    "overloaded_error": 529,
}


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamRejected:
    """Keeps the provider's status and message."""
    try:
        answer = loads(body)
    except ValueError:
        answer = words(body)
    if isinstance(answer, list):
        answer = next((item for item in answer if isinstance(item, dict)), None)
    if isinstance(answer, str):
        answer = {"message": answer}
    failure = rejection(answer if isinstance(answer, dict) else {}, status)
    failure.retry_after = retry_after(headers)
    return failure


def raise_error(answer: JsonObject, *, named: bool = False) -> None:
    """Raises UpstreamRejected for an error where an answer was due: under status 200, or inside a stream.

    `named` says that the event itself was called an error.
    """
    if answer.get("error") or answer.get("object") == "error" or named:
        raise rejection(answer)


def rejection(answer: JsonObject, status: int | None = None) -> UpstreamRejected:
    """The exception that tells `answer`, an error body. Without a status its own code or type decides."""
    error = mapping(answer, "error") or mapping(answer, "detail") or answer
    error = mapping(error, "error") or error
    code = error.get("code", answer.get("code"))
    kind = text(error, "type") or text(answer, "error_type") or None
    known = status or _status(error, code, kind)
    return UpstreamRejected(
        _message(error) or _message(answer) or f"The provider refused the request with status {known}.",
        status=known,
        type=kind if kind != "error" else None,
        code=str(code) if isinstance(code, str | int) and code != "" else None,
        param=text(error, "param") or None,
        reason=_reason(error, code, kind),
    )


def _message(error: Json) -> str:
    for key in ("message", "error", "detail", "msg", "error_message", "Message", "errors"):
        value = error.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, dict) and value:
            return _message(value)
        if isinstance(value, list) and value:
            return "; ".join(filter(None, (_complaint(item) for item in items(error, key))))
    return ""


def _complaint(item: object) -> str:
    """One entry of a list of them: text, or what pydantic says of a field: `{"loc": [...], "msg"}`."""
    if not isinstance(item, dict):
        return item if isinstance(item, str) else ""
    where = ".".join(str(step) for step in items(item, "loc"))
    said = _message(item)
    return f"{where}: {said}" if where and said else said


def _status(error: Json, code: object, kind: str | None) -> int:
    for candidate in (error.get("status_code"), error.get("status"), code):
        number = int(candidate) if isinstance(candidate, str) and candidate.isdecimal() else candidate
        if isinstance(number, int) and 400 <= number < 600:
            return number
    return _TYPE_STATUSES.get(kind or "", 502)


def _reason(error: Json, code: object, kind: str | None) -> RejectionReason | None:
    inner = mapping(error, "innererror")
    for name in (code, text(inner, "code"), kind):
        known = _REASONS.get(str(name).lower())
        if known is not None:
            return known
    metadata = mapping(error, "metadata")
    return "content_policy" if metadata.get("flagged_input") or metadata.get("reasons") else None
