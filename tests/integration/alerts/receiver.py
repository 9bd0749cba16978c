"""A receiver of webhooks on this machine: it keeps what it gets, and answers as it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
DRIP = b"HTTP/1.1 200 OK\r\nx: "
REDIRECT = b"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n"


def answer(status: int, text: str) -> bytes:
    return f"HTTP/1.1 {status} Said\r\ncontent-length: {len(text)}\r\n\r\n{text}".encode()


@dataclass(frozen=True, slots=True)
class Received:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """`answers` are given in turn, then OK; None hangs, b"" hangs up, and DRIP goes on bit by bit for ever. `arrivals` are
    what came, for who waits for it, and `left` is set when a caller that was kept waiting has gone.
    """

    answers: list[bytes | None] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    arrivals: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rows = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            got = Received(line, headers, body)
            self.received.append(got)
            self.arrivals.put_nowait(got)
            said = self.answers.pop(0) if self.answers else OK
            writer.write(said or b"")
            await writer.drain()
            if said in (None, DRIP):
                await _keep_waiting(reader, writer, b"x" if said else b"")
                self.left.set()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


async def _keep_waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bit: bytes) -> None:
    """Until the caller goes."""
    gone = asyncio.ensure_future(reader.read())
    while not (await asyncio.wait({gone}, timeout=0.02))[0]:
        writer.write(bit)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
