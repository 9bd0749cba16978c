"""One call of an application for one HTTP event."""

import asyncio
from collections.abc import Mapping
from typing import Protocol, TypedDict

from ai_gateway.runtime.lambda_stream.asgi import Application, Message
from ai_gateway.runtime.lambda_stream.events import Event, http_body, http_scope


class Context(TypedDict):
    """The scope's `extensions["lambda"]`; `deadline` is in seconds on the monotonic clock."""

    deadline: float
    request_id: str
    trace_id: str | None
    function_arn: str


class Sink(Protocol):
    closed: asyncio.Event

    async def send(self, message: Message) -> None: ...


async def call(app: Application, event: Event, context: Context, state: Mapping[str, object], response: Sink) -> None:
    """Returns when the application does, which may be long after its response is complete.

    Raises what the application raises, UnsupportedEvent, or RuntimeError when the response has no end.
    """
    scope = http_scope(event, context, state)
    request: list[Message] = [{"type": "http.request", "body": http_body(event), "more_body": False}]

    async def receive() -> Message:
        if request:
            return request.pop()
        await response.closed.wait()
        return {"type": "http.disconnect"}

    await app(scope, receive, response.send)
    if not response.closed.is_set():
        raise RuntimeError("the application returned without completing its response")
