"""Everything but chat, through FastAPI: the catalog, health, and what is not there."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ai_gateway.core.errors import AuthenticationFailed, GatewayError, InternalError, MethodNotAllowed, NotFound
from ai_gateway.ports import Configurations
from ai_gateway.services.authentication import Authenticator
from ai_gateway.web.chat import CHAT_PATHS
from ai_gateway.web.models import model_routes


def create_rest(configurations: Configurations, authenticator: Authenticator) -> FastAPI:
    rest = FastAPI(
        title="ai-gateway",
        openapi_url=None,
        exception_handlers={GatewayError: _gateway_error, HTTPException: _http_error, Exception: _defect},
    )
    rest.router.redirect_slashes = False
    rest.router.routes.extend(model_routes(configurations, authenticator))

    @rest.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return rest


async def _gateway_error(_request: Request, error: Exception) -> Response:
    told = error if isinstance(error, GatewayError) else InternalError("The gateway failed.")
    headers = {"www-authenticate": "Bearer"} if isinstance(told, AuthenticationFailed) else {}
    if told.retry_after is not None:
        headers["retry-after"] = f"{told.retry_after:g}"
    return JSONResponse(told.body(), told.status, headers)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405 or request.url.path in CHAT_PATHS:
        headers = {"allow": "POST" if request.url.path in CHAT_PATHS else "GET"}
        told: GatewayError = MethodNotAllowed(f"{request.method} is not allowed here. Use {headers['allow']}.")
        return JSONResponse(told.body(), 405, headers)
    return await _gateway_error(
        request, NotFound(f"There is nothing at {request.url.path!r}. The gateway serves POST /v1/chat/completions.")
    )


async def _defect(request: Request, _error: Exception) -> Response:
    return await _gateway_error(request, InternalError("The gateway failed. The operator finds the cause in its log."))
