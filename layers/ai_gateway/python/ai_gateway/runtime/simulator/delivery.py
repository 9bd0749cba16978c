"""Delivery: puts an answer on the wire, on time or late, whole or cut, in one piece or in many."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from starlette.types import Receive, Send

from ai_gateway.runtime.simulator.behaviors import Behavior


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: a whole body is one chunk of a known length, a streamed one many of an unknown one."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes]
    streamed: bool = False


async def deliver(reply: Reply, behavior: Behavior, receive: Receive, send: Send, closing: asyncio.Event) -> None:
    """Sends the reply as the behaviour asks. To return before the body is complete makes the server cut the connection.

    `receive` must have given the whole request; `closing` ends every wait.
    """
    patience = _Patience(receive, closing)
    if behavior.silent or not await patience.lasts(behavior.first_delay):
        await patience.ends()
        return
    headers = [(name.encode(), value.encode()) for name, value in _headers(reply).items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    for chunk in _chunks(reply, behavior):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if not await patience.lasts(behavior.chunk_delay):
            return
    if behavior.stall_after is not None:
        await patience.ends()
    elif behavior.drop_after is None:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Patience:
    """How long there is somebody to wait for: until the client leaves or the server closes."""

    def __init__(self, receive: Receive, closing: asyncio.Event) -> None:
        self._receive = receive
        self._closing = closing

    async def lasts(self, seconds: float) -> bool:
        """Wait; False as soon as nobody waits for the answer any more."""
        return True if seconds <= 0 else not await self._over(seconds)

    async def ends(self) -> None:
        await self._over(None)

    async def _over(self, seconds: float | None) -> bool:
        left = asyncio.ensure_future(self._receive())
        closed = asyncio.ensure_future(self._closing.wait())
        done, pending = await asyncio.wait((left, closed), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return bool(done)


def _headers(reply: Reply) -> dict[str, str]:
    if reply.streamed:
        return dict(reply.headers)
    return {**reply.headers, "content-length": str(sum(map(len, reply.chunks)))}


def _chunks(reply: Reply, behavior: Behavior) -> Iterator[bytes]:
    chunks = iter(reply.chunks)
    end = behavior.drop_after if behavior.stall_after is None else behavior.stall_after
    if end is not None:
        chunks = islice(chunks, end) if reply.streamed else (chunk[: len(chunk) // 2] for chunk in chunks)
    return chunks if behavior.piece is None else _scattered(chunks, behavior.piece)


def _scattered(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same bytes cut elsewhere: in the middle of lines, frames and characters."""
    body = b"".join(chunks)
    return (body[start : start + size] for start in range(0, len(body), size))
