"""One HTTP/1.1 exchange with the Runtime API, which speaks plain HTTP on a local address.

Each exchange has a connection of its own: AWS asks custom runtimes to close it after a streamed response, and opening
one costs a tenth of a millisecond where a stale one would cost an invocation.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple, Self

Headers = Mapping[str, str]

# Longer than any header line of the Runtime API (the client context is at most 3,583 bytes).
LINE_LIMIT = 1 << 16


class Reply(NamedTuple):
    """Header names are in lower case."""

    status: int
    headers: Headers
    body: bytes


class Exchange:
    """Every method raises OSError when the connection fails or ends early."""

    @classmethod
    async def open(cls, address: str) -> Self:
        """`address` is `host:port`, as in AWS_LAMBDA_RUNTIME_API."""
        host, _, port = address.rpartition(":")
        return cls(address, *await asyncio.open_connection(host, int(port), limit=LINE_LIMIT))

    def __init__(self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._address = address
        self._reader = reader
        self._writer = writer

    def close(self) -> None:
        self._writer.close()

    async def request(self, method: str, path: str, headers: Headers | None = None, body: bytes = b"") -> Reply:
        length = {"Content-Length": str(len(body))} if method == "POST" else {}
        self._writer.write(self._head(method, path, {**(headers or {}), **length}) + body)
        await self._writer.drain()
        return await self.reply()

    async def start_chunked(self, path: str, headers: Headers, first: bytes) -> None:
        """Begin a POST whose body follows in chunks; `first` travels with the head."""
        self._writer.write(self._head("POST", path, {**headers, "Transfer-Encoding": "chunked"}) + _chunk(first))
        await self._writer.drain()

    async def write_chunk(self, data: bytes) -> None:
        """Waits while the other side reads too slowly."""
        self._writer.write(_chunk(data))
        await self._writer.drain()

    async def end_chunks(self, trailers: Headers | None = None) -> None:
        self._writer.write(b"0\r\n" + _fields(trailers or {}) + b"\r\n")
        await self._writer.drain()

    async def reply(self) -> Reply:
        try:
            return await self._reply()
        except EOFError as error:
            raise ConnectionResetError(
                "the Runtime API closed the connection before its answer was complete"
            ) from error

    async def _reply(self) -> Reply:
        status = int((await self._line()).split()[1])
        headers = await self._fields()
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return Reply(status, headers, await self._chunks())
        return Reply(status, headers, await self._reader.readexactly(int(headers.get("content-length", 0))))

    def _head(self, method: str, path: str, headers: Headers) -> bytes:
        return f"{method} {path} HTTP/1.1\r\nHost: {self._address}\r\n".encode() + _fields(headers) + b"\r\n"

    async def _line(self) -> bytes:
        line = await self._reader.readuntil(b"\n")
        return line.rstrip(b"\r\n")

    async def _fields(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while line := await self._line():
            name, _, value = line.decode("latin-1").partition(":")
            fields[name.strip().lower()] = value.strip()
        return fields

    async def _chunks(self) -> bytes:
        chunks: list[bytes] = []
        while size := int((await self._line()).partition(b";")[0], 16):
            chunks.append(await self._reader.readexactly(size))
            await self._line()
        await self._fields()
        return b"".join(chunks)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _fields(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")
