"""Both HTTP adapters with a resolver that says what the test wants, and a server that counts who connects."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.adapters.upstream_httpx import HttpxUpstream
from ai_gateway.core.addresses import AddressRule
from ai_gateway.core.context import Timeouts
from ai_gateway.ports import UpstreamCall

Adapter: TypeAlias = AiohttpUpstream | HttpxUpstream
Make: TypeAlias = Callable[[AddressRule | None, Mapping[str, Sequence[str]]], Adapter]
"""Makes an adapter under a rule, which resolves the names given to these addresses; each look-up takes the next."""

Answering: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@dataclass(slots=True)
class Server:
    """Listens on 127.0.0.1. `heads` are what came before the first blank line, or the first bytes of anything else."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def serving(answer: bytes | Answering = OK) -> AsyncIterator[Server]:
    """A server that gives this answer once a request is there, then closes; or does what `answer` does."""
    server = Server()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.read(65536)
            server.heads.append(head)
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


def over_aiohttp(rule: AddressRule | None, names: Mapping[str, Sequence[str]]) -> AiohttpUpstream:
    return AiohttpUpstream(rule, _Resolver(_turns(names)))


def over_httpx(rule: AddressRule | None, names: Mapping[str, Sequence[str]]) -> HttpxUpstream:
    turns = _turns(names)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(turns[host]) if host in turns else [host]

    return HttpxUpstream(rule, resolve)


class _Resolver(AbstractResolver):
    def __init__(self, turns: Mapping[str, Iterator[list[str]]]) -> None:
        self._turns = turns

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = next(self._turns[host]) if host in self._turns else [host]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        pass


def _turns(names: Mapping[str, Sequence[str]]) -> dict[str, Iterator[list[str]]]:
    """Addresses of one turn are separated by commas."""
    return {name: iter([turn.split(",") for turn in turns]) for name, turns in names.items()}
