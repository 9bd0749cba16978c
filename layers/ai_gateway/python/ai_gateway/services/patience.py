"""Waiting for a provider's next piece, but not for ever."""

import asyncio
from collections.abc import AsyncIterator


class Patience:
    """Bounds each wait for a piece to `seconds`, in which the time that the caller takes for a piece does not count,
    and all pieces together to `total` seconds, in which it does. `over` says that the total was reached.

    One timer looks now and then how long the present wait has lasted: setting one for each piece would cost more than
    relaying the piece. A caller who takes a piece when the total is reached is cancelled.
    """

    __slots__ = ("_ends", "_expired", "_loop", "_pieces", "_seconds", "_task", "_timer", "_waiting_since", "over")

    def __init__(self, pieces: AsyncIterator[bytes], seconds: float, total: float) -> None:
        self.over = False
        self._pieces = pieces
        self._seconds = seconds
        self._waiting_since: float | None = None
        self._expired = False
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + total
        self._task = asyncio.current_task()
        self._timer = self._loop.call_later(min(seconds, total), self._look)

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
        waiting_since = now if self._waiting_since is None else self._waiting_since
        ends = min(waiting_since + self._seconds, self._ends)
        if ends > now:
            self._timer = self._loop.call_at(ends, self._look)
        elif self._task is not None:
            self.over = now >= self._ends
            self._expired = self._waiting_since is not None
            self._task.cancel()
