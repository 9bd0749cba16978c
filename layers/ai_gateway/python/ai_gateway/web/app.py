"""The gateway's HTTP surface: chat goes straight to its endpoint, everything else through FastAPI."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from ai_gateway.ports import Configurations
from ai_gateway.services.authentication import Authenticator
from ai_gateway.web.chat import CHAT_PATHS, ChatEndpoint


class GatewayApp:
    """ASGI. FastAPI's routing and middleware cost more than the rest of a proxied request, so chat goes around them;
    its import would be half of a cold start, so `load_rest` is called, in a thread, when it is needed.
    """

    def __init__(
        self, chat: ASGIApp, load_rest: Callable[[], ASGIApp], close: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._hot: Mapping[str, ASGIApp] = dict.fromkeys(CHAT_PATHS, chat)
        self._load_rest = load_rest
        self._rest: ASGIApp | None = None
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        hot = self._hot.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (hot or await self._others())(scope, receive, send)

    async def _others(self) -> ASGIApp:
        if self._rest is None:
            self._rest = await asyncio.to_thread(self._load_rest)
        return self._rest

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._close is not None:
            await self._close()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(
    chat: ChatEndpoint,
    configurations: Configurations,
    authenticator: Authenticator,
    close: Callable[[], Awaitable[None]] | None = None,
    load_console: Callable[[], ASGIApp] | None = None,
) -> GatewayApp:
    return GatewayApp(chat, partial(_rest, configurations, authenticator, load_console), close)


def _rest(
    configurations: Configurations, authenticator: Authenticator, load_console: Callable[[], ASGIApp] | None
) -> ASGIApp:
    from ai_gateway.web.rest import create_rest

    return create_rest(configurations, authenticator, load_console() if load_console else None)
