"""Errors in OpenAI's shape and in the shapes that its copies use.

Source: https://platform.openai.com/docs/guides/error-codes, and recorded errors.
"""

from collections.abc import Mapping

from ai_gateway.core.wire import JsonObject, text
from ai_gateway.runtime.simulator.failures import Failure
from ai_gateway.runtime.simulator.formats.manners import ErrorStyle
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.journal import Received

_Row = tuple[str, str | None, str]
_STATUSES: Mapping[int, _Row] = {
    400: ("invalid_request_error", None, "The request is not valid."),
    401: ("invalid_request_error", "invalid_api_key", "The API key is not correct."),
    403: ("invalid_request_error", "unsupported_country_region_territory", "This country is not supported."),
    404: ("invalid_request_error", "model_not_found", "The model `{model}` does not exist or is not open to you."),
    413: ("invalid_request_error", "request_too_large", "The request is too large."),
    422: ("invalid_request_error", None, "The request cannot be processed."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for {model}: too many requests per minute."),
    500: ("server_error", None, "The server had an error while it processed the request."),
    503: ("server_error", None, "The engine is overloaded. Try again later."),
}
_KINDS: Mapping[str, tuple[_Row, str | None]] = {
    "context": (
        ("invalid_request_error", "context_length_exceeded", "The messages are longer than the context of {model}."),
        "messages",
    ),
    "policy": (
        ("invalid_request_error", "content_policy_violation", "The prompt was refused by the content policy."),
        None,
    ),
    "quota": (("insufficient_quota", "insufficient_quota", "The quota of this account is used up."), None),
}


def rejection(failure: Failure, request: Received, style: ErrorStyle) -> Rejection:
    error_type, code, message, param = _told(failure, text(request.json, "model"))
    headers = {"retry_after": str(failure.retry_after)} if failure.retry_after is not None else {}
    return Rejection.of(failure.status, _BODIES[style](failure, error_type, code, message, param), **headers)


def _told(failure: Failure, model: str) -> tuple[str, str | None, str, str | None]:
    kind, param = _KINDS.get(failure.kind, (None, failure.param))
    family = "server_error" if failure.status >= 500 else "invalid_request_error"
    error_type, code, message = kind or _STATUSES.get(failure.status) or (family, None, failure.told(family))
    return error_type, code, failure.message or message.replace("{model}", model), param


def _openai(_: Failure, error_type: str, code: str | None, message: str, param: str | None) -> JsonObject:
    return {"error": {"message": message, "type": error_type, "param": param, "code": code}}


def _azure(failure: Failure, error_type: str, code: str | None, message: str, param: str | None) -> JsonObject:
    if failure.kind == "policy":
        inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"jailbreak": {"filtered": True}}}
        return {
            "error": {
                "message": message,
                "type": None,
                "param": "prompt",
                "code": "content_filter",
                "status": 400,
                "innererror": inner,
            }
        }
    if failure.kind == "status" and failure.status in (401, 404, 429):
        named = "DeploymentNotFound" if failure.status == 404 else str(failure.status)
        return {"error": {"code": named, "message": message}}
    return _openai(failure, error_type, code, message, param)


def _mistral(failure: Failure, error_type: str, code: str | None, message: str, param: str | None) -> JsonObject:
    if failure.status in (401, 403):
        return {"detail": message}
    return {"object": "error", "message": message, "type": error_type, "param": param, "code": code}


def _openrouter(failure: Failure, _: str, __: str | None, message: str, ___: str | None) -> JsonObject:
    return {"error": {"message": message, "code": failure.status}, "user_id": "user_simulated"}


def _xai(_: Failure, error_type: str, code: str | None, message: str, __: str | None) -> JsonObject:
    return {"code": code or error_type, "error": message}


_BODIES = {"openai": _openai, "azure": _azure, "mistral": _mistral, "openrouter": _openrouter, "xai": _xai}
