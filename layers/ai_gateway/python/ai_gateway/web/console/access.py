"""The console's door: admin keys for scripts, a cookie and a CSRF token for browsers."""

from collections.abc import Callable, Coroutine
from hmac import compare_digest
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import AuthenticationFailed, PermissionDenied
from ai_gateway.services.signing_in import LASTING, SigningIn, csrf_token
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.context import decode_headers, gateway_key

AdminOf: TypeAlias = Callable[[Request], Coroutine[Any, Any, Caller]]
"""A FastAPI dependency: the admin who sends the request. Raises AuthenticationFailed and PermissionDenied."""

CSRF_HEADER = "x-csrf-token"
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


def admin_of(signing_in: SigningIn) -> AdminOf:
    async def admin(request: Request) -> Caller:
        key = gateway_key(decode_headers(request.scope["headers"]))
        token = request.cookies.get(_cookie(request))
        if key is not None or token is None:
            return await signing_in.admin_by_key(key)
        if request.method not in SAFE and not compare_digest(request.headers.get(CSRF_HEADER, ""), csrf_token(token)):
            raise PermissionDenied("The page is out of date. Load it again.")
        request.state.admin = caller = await signing_in.admin(token)
        request.state.csrf = csrf_token(token)
        return caller

    return admin


def sign_in_router(signing_in: SigningIn, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def form(request: Request, next: str = "/") -> Response:  # noqa: A002  the parameter's name
        return pages.page(request, "login.html", next=_own(next))

    @router.post("/login")
    async def sign_in(
        request: Request,
        key: Annotated[str, Form(max_length=500)] = "",
        next: Annotated[str, Form(max_length=60_000)] = "/",  # noqa: A002
    ) -> Response:
        _check_origin(request)
        try:
            token = await signing_in.sign_in(key.strip())
        except (AuthenticationFailed, PermissionDenied) as error:
            return pages.page(request, "login.html", status=error.status, next=_own(next), problem=error.message)
        response = RedirectResponse(_own(next), 303)
        response.set_cookie(
            _cookie(request), token, max_age=LASTING, httponly=True, samesite="lax", secure=_secure(request)
        )
        return response

    @router.post("/logout")
    async def sign_out(request: Request) -> Response:
        _check_origin(request)
        token = request.cookies.get(_cookie(request))
        if token is not None:
            await signing_in.sign_out(token)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(_cookie(request), httponly=True, samesite="lax", secure=_secure(request))
        return response

    return router


def sign_in_token(request: Request) -> str | None:
    """What the browser was signed in with; None for who came with a key. Only after `admin_of` let the request in."""
    return request.cookies.get(_cookie(request)) if hasattr(request.state, "csrf") else None


def _check_origin(request: Request) -> None:
    """A form of another site must not sign anybody in or out. Browsers tell where a form stood."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise PermissionDenied("The form was sent by another site.")


def _own(path: str) -> str:
    """A path of this site, whatever a link to the login page says."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _cookie(request: Request) -> str:
    return "__Host-ai-gateway" if _secure(request) else "ai-gateway"
