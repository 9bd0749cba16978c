"""The lifespan of an ASGI application: started once, ended once.

Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html.
"""

import asyncio
from typing import Any

from ai_gateway.runtime.lambda_stream.asgi import Application, Message


class LifespanFailed(RuntimeError):
    """The application could not start; the message is its own."""


class Lifespan:
    """`state` is what the application put there at its start. Raises what the application raises."""

    def __init__(self, app: Application) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None]

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        answer = await self._ask("lifespan.startup")
        if answer["type"] != "lifespan.startup.complete":
            raise LifespanFailed(answer.get("message") or "the application did not start")

    async def stop(self) -> None:
        """Returns when the application has released what it holds; raises LifespanFailed when it could not."""
        answer = await self._ask("lifespan.shutdown")
        if answer["type"] != "lifespan.shutdown.complete":
            raise LifespanFailed(answer.get("message") or "the application did not stop")
        await self._task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        await self._app(scope, self._inbox.get, self._answers.put)

    async def _ask(self, question: str) -> Message:
        self._inbox.put_nowait({"type": question})
        answer = asyncio.create_task(self._answers.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        await self._task
        raise LifespanFailed(f"the application returned without answering {question!r}")
