"""The gateway's HTTP surface: the hot route goes straight to its endpoint, everything else through FastAPI."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ai_gateway.core.errors import AuthenticationFailed, GatewayError, InternalError, MethodNotAllowed, NotFound
from ai_gateway.ports import Configurations
from ai_gateway.services.authentication import Authenticator
from ai_gateway.web.chat import ChatEndpoint
from ai_gateway.web.models import model_routes

CHAT_PATHS = ("/v1/chat/completions", "/chat/completions")


class GatewayApp:
    """ASGI. FastAPI's routing and middleware cost more than the rest of a proxied request, so chat goes around them."""

    def __init__(self, chat: ASGIApp, rest: ASGIApp) -> None:
        self._hot: Mapping[str, ASGIApp] = dict.fromkeys(CHAT_PATHS, chat)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hot = self._hot.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (hot or self._rest)(scope, receive, send)


def create_app(
    chat: ChatEndpoint,
    configurations: Configurations,
    authenticator: Authenticator,
    close: Callable[[], Awaitable[None]] | None = None,
) -> GatewayApp:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if close is not None:
            await close()

    rest = FastAPI(
        title="ai-gateway",
        openapi_url=None,
        lifespan=lifespan,
        exception_handlers={GatewayError: _gateway_error, HTTPException: _http_error, Exception: _defect},
    )
    rest.router.redirect_slashes = False
    rest.router.routes.extend(model_routes(configurations, authenticator))

    @rest.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return GatewayApp(chat, rest)


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
        request,
        NotFound(f"There is nothing at {request.url.path[:200]!r}. The gateway serves POST /v1/chat/completions."),
    )


async def _defect(request: Request, _error: Exception) -> Response:
    return await _gateway_error(request, InternalError("The gateway failed. The operator finds the cause in its log."))
