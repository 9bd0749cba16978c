"""A provider of OpenAI's format on loopback, which does what the name of the model says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

EVENTS = tuple(
    {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny", **fields}
    for fields in (
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "one"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {"content": " two"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}},
    )
)


@dataclass
class Upstream:
    """`overloaded` answers 503, `breaks` breaks off after its first event, `waits` waits there for `go_on`."""

    url: str = ""
    connections: int = 0
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                (length,) = (
                    int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"
                )
                await self._answer(json.loads(await reader.readexactly(length))["model"], writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, model: str, writer: asyncio.StreamWriter) -> None:
        if model == "overloaded":
            body = json.dumps({"error": {"message": "Too busy.", "type": "server_error"}}).encode()
            writer.write(
                b"HTTP/1.1 503 No\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
            )
            return
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for number, event in enumerate((*map(json.dumps, EVENTS), "[DONE]")):
            if number == 1 and model == "breaks":
                raise ConnectionAbortedError
            if number == 1 and model == "waits":
                self.waiting.set()
                await self.go_on.wait()
            data = f"data: {event}\n\n".encode()
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()
        writer.write(b"0\r\n\r\n")


@asynccontextmanager
async def provider() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield upstream
    finally:
        server.close()
