"""The application that the tests run under AWS's emulator: what it does, its path says."""

import asyncio

from ai_gateway.runtime.lambda_stream.asgi import Receive, Scope, Send
from tests.integration.lambda_stream.apps import application, body, start

EVENT_STREAM = ((b"content-type", b"text/event-stream"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"))

barriers: list[asyncio.Barrier] = []
work: list[str] = []
gate = asyncio.Event()


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"]
    if path == "/early":
        raise LookupError("before the first byte")
    await start(send, headers=EVENT_STREAM)
    await body(send, b"data: 1\n\n", more=True)
    if path == "/late":
        raise LookupError("after the first byte " * 500)
    if path == "/together":
        barriers.append(asyncio.Barrier(3)) if not barriers else None
        await asyncio.wait_for(barriers[0].wait(), 10)
    if path == "/release":
        gate.set()
    await body(send, f"data: {(await receive())['body'].decode()} {work}\n\n".encode())
    if path == "/working":
        await asyncio.wait_for(gate.wait(), 10)
        work.append("done")


app = application(http)
