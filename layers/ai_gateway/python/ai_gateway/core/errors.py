"""Every way a request can fail, and what the caller is told.

GatewayError                      status  type                    falls back
├─ InvalidRequest                   400   invalid_request_error   -
│  ├─ UnknownModel                  404   model_not_found         -   the message names the nearest known models
│  ├─ NotFound                      404   not_found               -   no such route
│  ├─ MethodNotAllowed              405   method_not_allowed      -
│  ├─ BodyTooLarge                  413   request_too_large       -
│  ├─ UnsupportedEncoding           415   unsupported_encoding    -   a compressed body
│  ├─ EditConflict                  409   conflict                -   somebody else changed it meanwhile
│  └─ PromptError                   400   prompt_error            -   missing input, wrong type, a broken template
│     └─ UnknownPrompt              404   prompt_not_found        -   the message names those that exist
├─ AuthenticationFailed             401   authentication_error    -
├─ PermissionDenied                 403   permission_error        -
├─ BudgetExceeded                   429   insufficient_quota      -   with Retry-After
├─ RateLimited                      429   rate_limit_exceeded     -   with Retry-After
├─ UpstreamError                                                  (property of the instance)
│  ├─ UpstreamUnreachable           502   upstream_unreachable    yes
│  ├─ UpstreamTimeout               504   upstream_timeout        yes connect, first chunk, idle, deadline
│  ├─ UpstreamRejected              as is upstream's own          401 402 403 404 408 409 425 429 5xx yes; other 4xx no
│  └─ UpstreamMalformed             502   upstream_malformed      yes
├─ AllAttemptsFailed                last  upstream_error          carries every attempt and its failure
├─ StoreUnavailable                 503   service_unavailable     -   the gateway's own table or secrets are away
└─ InternalError                    500   internal_error          -   a defect of the gateway
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias

from ai_gateway.core.redaction import masked, without_secrets
from ai_gateway.core.wire import JsonObject

RejectionReason: TypeAlias = Literal["context_length", "content_policy", "credentials"]

LONGEST_MESSAGE = 8_000
"""Characters of a message; a longer one repeats a body, of the caller or of the provider."""
FALLS_BACK = frozenset((401, 402, 403, 404, 408, 409, 425, 429))


class GatewayError(Exception):
    """Base of the tree. `message` says what to do next and is shown to the caller; it never contains a secret."""

    status: int = 500
    type: str = "internal_error"
    falls_back: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        if len(message) > LONGEST_MESSAGE:
            message = f"{message[:LONGEST_MESSAGE]}..."
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
        self.retry_after = retry_after

    def body(self) -> JsonObject:
        """OpenAI's error shape: `{"error": {"message", "type", "param", "code"}}`."""
        return {
            "error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code or self.type}
        }


class InternalError(GatewayError):
    pass


class StoreUnavailable(GatewayError):
    status = 503
    type = "service_unavailable"


class InvalidRequest(GatewayError):
    status = 400
    type = "invalid_request_error"


class UnknownModel(InvalidRequest):
    status = 404
    type = "model_not_found"


class NotFound(InvalidRequest):
    status = 404
    type = "not_found"


class MethodNotAllowed(InvalidRequest):
    status = 405
    type = "method_not_allowed"


class BodyTooLarge(InvalidRequest):
    status = 413
    type = "request_too_large"


class UnsupportedEncoding(InvalidRequest):
    status = 415
    type = "unsupported_encoding"


class EditConflict(InvalidRequest):
    status = 409
    type = "conflict"


class PromptError(InvalidRequest):
    type = "prompt_error"


class UnknownPrompt(PromptError):
    """No such prompt, version or environment."""

    status = 404
    type = "prompt_not_found"


class AuthenticationFailed(GatewayError):
    status = 401
    type = "authentication_error"


class PermissionDenied(GatewayError):
    status = 403
    type = "permission_error"


class BudgetExceeded(GatewayError):
    status = 429
    type = "insufficient_quota"


class RateLimited(GatewayError):
    status = 429
    type = "rate_limit_exceeded"


class UpstreamError(GatewayError):
    """A provider did not serve one attempt. `advances` says whether the next attempt may still serve the call."""

    status = 502
    type = "upstream_error"
    falls_back: ClassVar[bool] = True

    def advances(self, *, to_other_model: bool) -> bool:  # noqa: ARG002
        """Whether to go on with the next attempt; `to_other_model` says that it is for another model."""
        return True

    def conceal(self, secrets: Sequence[str]) -> None:
        """Take these secrets out of everything that the provider had a say in."""
        self.message = without_secrets(self.message, secrets)
        self.args = (self.message,)
        self.type = without_secrets(self.type, secrets)
        self.code = self.code and without_secrets(self.code, secrets)
        self.param = self.param and without_secrets(self.param, secrets)


class UpstreamUnreachable(UpstreamError):
    type = "upstream_unreachable"


class UpstreamTimeout(UpstreamError):
    status = 504
    type = "upstream_timeout"


class UpstreamMalformed(UpstreamError):
    type = "upstream_malformed"


class UpstreamRejected(UpstreamError):
    """The provider answered with an error status, which is kept, as are its type, code, param and message; keys that
    the message repeats are masked. What is no error status becomes 502.

    `reason` is what structured fields of the error say beyond the status: the prompt is too long, the content policy
    forbids it, or the credentials are no good (which Google tells with a 400). `retry_after` is in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        type: str | None = None,  # noqa: A002
        code: str | None = None,
        param: str | None = None,
        reason: RejectionReason | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(masked(message), param=param, code=code, retry_after=retry_after)
        self.status = status if status in range(400, 600) else 502
        self.type = type or status_type(self.status)
        self.reason = reason

    def advances(self, *, to_other_model: bool) -> bool:
        if self.status in FALLS_BACK or self.status >= 500 or self.reason == "credentials":
            return True
        return to_other_model and self.reason is not None


class AllAttemptsFailed(GatewayError):
    """Every attempt failed; `last` is the failure whose status and message the caller gets.

    `attempts` are rows for the caller: `{"source", "status", "type", "message", "latency_ms"}`.
    """

    type = "upstream_error"

    def __init__(self, last: GatewayError, attempts: Sequence[Mapping[str, object]]) -> None:
        super().__init__(last.message, param=last.param, code=last.code, retry_after=last.retry_after)
        self.status = last.status
        self.type = last.type
        self.attempts = attempts

    def body(self) -> JsonObject:
        body = super().body()
        return body | {"attempts": list(self.attempts)} if len(self.attempts) > 1 else body


def status_type(status: int) -> str:
    """The OpenAI error type that goes with an HTTP status when the provider names none."""
    return _STATUS_TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")


_STATUS_TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_exceeded",
    529: "overloaded_error",
}
