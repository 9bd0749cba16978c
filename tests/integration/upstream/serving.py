"""Both HTTP adapters, and a server on loopback that answers as the test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.adapters.upstream_httpx import HttpxUpstream
from ai_gateway.core.context import Timeouts
from ai_gateway.ports import UpstreamCall

Adapter: TypeAlias = AiohttpUpstream | HttpxUpstream
ADAPTERS = (AiohttpUpstream, HttpxUpstream)

Answering: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """`heads` are the first bytes of each connection."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(answer: bytes | Answering) -> AsyncIterator[Server]:
    """Gives this answer once a request is there, then closes; or does what `answer` does."""
    server = Server()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server.heads.append(await reader.read(65536))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


def call(url: str, headers: Mapping[str, str] | None = None, body: bytes = b"{}") -> UpstreamCall:
    return UpstreamCall(url, {"content-type": "application/json", **(headers or {})}, body, Timeouts(connect=5))


async def read(adapter: Adapter, request: UpstreamCall) -> tuple[int, bytes]:
    response = await adapter.post(request)
    try:
        return response.status, b"".join([piece async for piece in response.chunks()])
    finally:
        await response.close()
