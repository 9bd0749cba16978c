"""Loopback servers: the provider that plays recorded answers, and whatever else speaks ASGI, each on a port of its own."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

PIECES = 16
"""Into how many pieces an answer is cut on its way."""


@dataclass(frozen=True, slots=True)
class Played:
    """What the provider answers next."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """What the provider was asked. `path` is as it stood on the wire, with its query."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class Upstream:
    """Every provider at once, ASGI: set `next` before a call; `calls` are those that came."""

    next: Played = field(default_factory=lambda: Played(500, {}, b""))
    calls: list[Call] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["raw_path"].decode()
        query = scope["query_string"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.calls.append(Call(f"{path}?{query}" if query else path, headers, json.loads(body)))
        raw = [(name.encode(), value.encode()) for name, value in self.next.headers.items()]
        await send({"type": "http.response.start", "status": self.next.status, "headers": raw})
        step = max(1, len(self.next.body) // PIECES)
        for start in range(0, len(self.next.body), step):
            piece = self.next.body[start : start + step]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The address of `app` while it is served on loopback."""
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it every answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        host, port = listener.getsockname()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none"))
        task = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            await task
