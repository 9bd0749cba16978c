"""Signs of life in a stream whose provider is silent, so that nothing on the way takes it for dead."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Message, Send

COMMENT = b": keep-alive\n\n"
"""A comment of server-sent events, which clients pass over:
https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
"""


class Heartbeat:
    """Sends messages on, and a comment when `seconds` have passed without one. Each message must hold whole events.

    One timer looks now and then when the last message went out: setting one for each would cost more than sending it.
    """

    __slots__ = ("_beat", "_last", "_loop", "_seconds", "_send", "_sending", "_timer")

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._sending = False
        self._beat: asyncio.Task[None] | None = None

    async def __call__(self, message: Message) -> None:
        if self._beat is not None:
            await self._beat
            self._beat = None
        self._sending = True
        await self._send(message)
        self._sending = False
        self._last = self._loop.time()

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._timer = self._loop.call_later(self._seconds, self._look)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        if self._beat is not None:
            self._beat.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        busy = self._sending or (self._beat is not None and not self._beat.done())
        due = (now if busy else self._last) + self._seconds
        if due <= now:
            self._beat = self._loop.create_task(self._comment())
            self._beat.add_done_callback(_seen)
            due = now + self._seconds
        self._timer = self._loop.call_at(due, self._look)

    async def _comment(self) -> None:
        await self._send({"type": "http.response.body", "body": COMMENT, "more_body": True})
        self._last = self._loop.time()


def _seen(beat: "asyncio.Task[None]") -> None:
    """A failure is told to whoever sends next, who may never come."""
    if not beat.cancelled():
        beat.exception()
