"""Only what came through the edge: a header that CloudFront adds and nobody else knows."""

from hmac import compare_digest

from starlette.types import ASGIApp, Receive, Scope, Send

from ai_gateway.core.errors import PermissionDenied
from ai_gateway.core.wire import dumps

HEADER = b"x-ai-gateway-edge"


class EdgeGuard:
    """Refuses requests without the secret, so that the edge's firewall cannot be gone around."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        if not secret:
            raise ValueError("The edge's secret is empty: every request would pass.")
        self._app = app
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._came_through(scope):
            await self._app(scope, receive, send)
            return
        error = PermissionDenied("This address is not for callers. Use the address of the edge.")
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": error.status, "headers": headers})
        await send({"type": "http.response.body", "body": dumps(error.body())})

    def _came_through(self, scope: Scope) -> bool:
        return any(name == HEADER and compare_digest(value, self._secret) for name, value in scope["headers"])
