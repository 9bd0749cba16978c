"""Google's error bodies: `{"error": {code, message, status, details}}`, or that in a list, as streams send it."""

from collections.abc import Mapping

from ai_gateway.core.dialect import retry_after, seconds
from ai_gateway.core.errors import RejectionReason, UpstreamRejected
from ai_gateway.core.pages import words
from ai_gateway.core.wire import Json, JsonObject, integer, loads, mapping, objects, text


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamRejected:
    """Keeps the HTTP status and Google's message; `code` is Google's own (`RESOURCE_EXHAUSTED`)."""
    return rejection(status, _error(body), headers)


def raise_error(answer: Json) -> None:
    """Raises UpstreamRejected for an error where an answer was due: inside a stream, or under status 200."""
    error = mapping(answer, "error")
    if error:
        raise rejection(integer(error, "code", 500), error, {})


def rejection(status: int, error: Json, headers: Mapping[str, str]) -> UpstreamRejected:
    details = objects(error, "details")
    message = text(error, "message") or f"The provider refused the request with status {status} and said no more."
    return UpstreamRejected(
        message,
        status=status,
        type=_type(details),
        code=text(error, "status") or None,
        param=_field(details),
        reason=_reason(details),
        retry_after=_retry_after(details, headers),
    )


def _error(body: bytes) -> JsonObject:
    """What is not Google's, such as a proxy's page, is told by its words, if it has any."""
    try:
        value = loads(body)
    except ValueError:
        return {"message": words(body)}
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), {})
    if not isinstance(value, dict):
        return {}
    return mapping(value, "error") or ({"message": value["error"]} if isinstance(value.get("error"), str) else {})


def _type(details: list[JsonObject]) -> str | None:
    """A bad key is a 400 with a structured reason; None leaves it to the status."""
    return "authentication_error" if "API_KEY_INVALID" in _reasons(details) else None


def _reason(details: list[JsonObject]) -> RejectionReason | None:
    """AI Studio tells an overlong prompt in words only, which are not read."""
    reasons = _reasons(details)
    if "API_KEY_INVALID" in reasons or "API_KEY_SERVICE_BLOCKED" in reasons:
        return "credentials"
    if any("TOKEN" in reason and ("LIMIT" in reason or "EXCEED" in reason) for reason in reasons):
        return "context_length"
    return None


def _reasons(details: list[JsonObject]) -> list[str]:
    """`reason` of every google.rpc.ErrorInfo: a constant in capitals, stable by contract (https://google.aip.dev/193)."""
    return [text(detail, "reason") for detail in details]


def _field(details: list[JsonObject]) -> str | None:
    """The first field that google.rpc.BadRequest complains of."""
    fields = (text(violation, "field") for detail in details for violation in objects(detail, "fieldViolations"))
    return next((field for field in fields if field), None)


def _retry_after(details: list[JsonObject], headers: Mapping[str, str]) -> float | None:
    """google.rpc.RetryInfo, a duration like `34.07s`; else the header."""
    delays = [text(detail, "retryDelay").removesuffix("s") for detail in details]
    stated = (wait for delay in delays if (wait := seconds(delay)) is not None)
    return next(stated, None) or retry_after(headers)
