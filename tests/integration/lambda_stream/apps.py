"""Applications that the tests run."""

from collections.abc import Iterable
from typing import Any

from ai_gateway.runtime.lambda_stream.asgi import Application, Receive, Scope, Send

TEXT = ((b"content-type", b"text/plain"),)


def application(http: Application, journal: list[str] | None = None, **state: Any) -> Application:
    """`http` with a lifespan that puts `state` into the scope and notes its own start and end."""
    notes = [] if journal is None else journal

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await http(scope, receive, send)
        await receive()
        scope["state"].update(state)
        notes.append("started")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        notes.append("stopped")
        return await send({"type": "lifespan.shutdown.complete"})

    return app


async def start(send: Send, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = TEXT) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def body(send: Send, data: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await start(send)
    await body(send, b"hello")
