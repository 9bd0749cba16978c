"""How failures are told to those who speak HTTP: in OpenAI's shape."""

from math import ceil

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ai_gateway.core.errors import (
    AuthenticationFailed,
    GatewayError,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
)
from ai_gateway.web.chat import CHAT_PATHS

FAILURES: tuple[type[Exception], ...] = (GatewayError, RequestValidationError, HTTPException, Exception)
"""What an application hands to its exception handlers."""


def told(request: Request, error: Exception) -> GatewayError:
    """What a failure is in the tree of errors."""
    match error:
        case GatewayError():
            return error
        case RequestValidationError():
            return _invalid(error)
        case HTTPException(status_code=405 | 404) if allowed := _allowed(request, error):
            return MethodNotAllowed(f"{request.method} is not allowed here. Use {allowed}.")
        case HTTPException(status_code=404):
            return NotFound(
                f"There is nothing at {request.url.path[:200]!r}. The gateway serves POST /v1/chat/completions."
            )
        case HTTPException():
            return InvalidRequest(str(error.detail))
        case _:
            return InternalError("The gateway failed. The operator finds the cause in its log.")


async def as_json(request: Request, error: Exception) -> Response:
    failure = told(request, error)
    headers = {"www-authenticate": "Bearer"} if isinstance(failure, AuthenticationFailed) else {}
    if failure.retry_after is not None:
        headers["retry-after"] = str(ceil(failure.retry_after))
    if isinstance(failure, MethodNotAllowed) and isinstance(error, HTTPException):
        headers["allow"] = _allowed(request, error)
    return JSONResponse(failure.body(), failure.status, headers)


def _allowed(request: Request, error: HTTPException) -> str:
    """The methods that there are instead; empty where there is nothing at all."""
    if request.url.path in CHAT_PATHS:
        return "POST"
    return ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))


def _invalid(error: RequestValidationError) -> InvalidRequest:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return InvalidRequest(f"The body is not valid JSON ({first['ctx']['error']}: character {first['loc'][-1]}).")
    place = ".".join(str(part) for part in first["loc"][1:])
    return InvalidRequest(f"{place or 'The body'!r}: {first['msg']}.", param=place or None)
