"""Waiting for a provider's next piece, but not for ever."""

import asyncio
from collections.abc import AsyncIterator


class Patience:
    """Bounds each wait for a piece to `seconds`; the time in which the caller takes a piece does not count.

    One timer looks now and then how long the present wait has lasted: setting one for each piece would cost more than
    relaying the piece.
    """

    __slots__ = ("_expired", "_loop", "_pieces", "_seconds", "_task", "_timer", "_waiting_since")

    def __init__(self, pieces: AsyncIterator[bytes], seconds: float) -> None:
        self._pieces = pieces
        self._seconds = seconds
        self._waiting_since: float | None = None
        self._expired = False
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._timer = self._loop.call_later(seconds, self._look)

    def __aiter__(self) -> "Patience":
        return self

    async def __anext__(self) -> bytes:
        """Raises TimeoutError when nothing came in time."""
        self._waiting_since = self._loop.time()
        try:
            return await anext(self._pieces)
        except asyncio.CancelledError:
            if self._expired and self._task is not None and self._task.uncancel() == 0:
                raise TimeoutError from None
            raise
        finally:
            self._waiting_since = None

    def end(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        ends = now + self._seconds if self._waiting_since is None else self._waiting_since + self._seconds
        if ends > now:
            self._timer = self._loop.call_at(ends, self._look)
        elif self._task is not None:
            self._expired = True
            self._task.cancel()
