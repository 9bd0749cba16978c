"""What goes wrong at Bedrock: error answers, and exceptions inside an event stream.

An error answer names its exception in a header and says the rest in `{"message"}`; a stream names it in a header of the
event. Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#errors.
"""

from collections.abc import Mapping

from ai_gateway.core.dialect import retry_after
from ai_gateway.core.errors import UpstreamRejected
from ai_gateway.core.eventstream import EventMessage
from ai_gateway.core.pages import words
from ai_gateway.core.wire import Json, parse_object, text


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamRejected:
    """Keeps the HTTP status and the message; `code` is the exception's name (`ThrottlingException`)."""
    lower = {name.lower(): value for name, value in headers.items()}
    error = parse_object(body) or {"message": words(body)}
    name = lower.get("x-amzn-errortype") or text(error, "__type") or text(error, "code")
    return _rejection(status, _bare(name), error, retry_after(lower))


def streamed(message: EventMessage) -> UpstreamRejected:
    """The error that a message of type `exception` (modelled) or `error` (any other) tells."""
    headers = message.headers
    name = headers.get(":exception-type") or headers.get(":error-code", "")
    error = parse_object(message.payload) or {}
    if not error and (said := headers.get(":error-message")):
        error = {"message": said}
    return _rejection(_STATUSES.get(name[:1].upper() + name[1:], 500), name[:1].upper() + name[1:], error, None)


def _rejection(status: int, name: str, error: Json, wait: float | None) -> UpstreamRejected:
    credentials = name in _CREDENTIALS
    return UpstreamRejected(
        text(error, "message") or text(error, "Message") or _silent(status, name),
        status=status,
        type="authentication_error" if credentials else None,
        code=name or None,
        reason="credentials" if credentials else None,
        retry_after=wait,
    )


def _silent(status: int, name: str) -> str:
    return f"The provider refused the request with {name or f'status {status}'} and said no more."


def _bare(name: str) -> str:
    """`ValidationException` of `ValidationException:http://...` and of `com.amazon.coral#ValidationException`."""
    return name.partition(":")[0].rpartition("#")[2]


_STATUSES = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
_CREDENTIALS = frozenset(
    (
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    )
)
"""Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html."""
