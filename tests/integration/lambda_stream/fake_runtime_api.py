"""A Runtime API that plays Lambda's side, lets a test act between two chunks, and objects to every breach of protocol.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

import asyncio
import base64
import json
import socket
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

ROOT = "/2018-06-01/runtime"
STREAMED = "application/vnd.awslambda.http-integration-response"
ACCEPTED = (202, b'{"status":"OK"}')


@dataclass
class Invocation:
    """One invocation, and what the runtime did about it.

    `kind` is `response` or `error` once something was posted. `reading` holds the body back while it is not set.
    `final` is the answer to a complete body; `abort` breaks the connection off after the first chunk, `refuse` answers
    it there.
    """

    event: bytes
    deadline_ms: int
    trace_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    invocation_id: str | None = None
    chunked_event: bool = False
    final: tuple[int, bytes] = ACCEPTED
    abort: bool = False
    refuse: tuple[int, bytes] | None = None
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    trailers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunks: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def chunk(self) -> bytes:
        return await asyncio.wait_for(self.chunks.get(), 5)

    async def end(self) -> Self:
        await asyncio.wait_for(self.ended.wait(), 5)
        return self

    @property
    def prelude(self) -> dict[str, Any]:
        prelude: dict[str, Any] = json.loads(self.body.partition(b"\0" * 8)[0])
        return prelude

    @property
    def content(self) -> bytes:
        return self.body.partition(b"\0" * 8)[2]

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def trailing_error(self) -> dict[str, Any]:
        body = self.trailers["lambda-runtime-function-error-body"]
        value: dict[str, Any] = json.loads(base64.b64decode(body, validate=True))
        return value


class FakeRuntimeApi:
    """`log` names what the runtime asked, in order; leaving the context fails on the first breach of protocol."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.breaches: list[str] = []
        self.init_error: dict[str, Any] | None = None
        self.restore_error: dict[str, Any] | None = None
        self.snapshot = asyncio.Event()
        self.restored = asyncio.Event()
        self.next_status = 200
        self.waiting = asyncio.Event()
        self._queue: asyncio.Queue[Invocation] = asyncio.Queue()
        self._handed_out: dict[str, Invocation] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        # A small buffer, so that little data is enough for a reader who stops reading to be felt.
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=4096)
        self.address = f"127.0.0.1:{listener.getsockname()[1]}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if kind is None:
            assert self.breaches == []

    def invoke(self, event: object, *, seconds: float = 30.0, **settings: Any) -> Invocation:
        deadline = int((time.time() + seconds) * 1000)
        invocation = Invocation(json.dumps(event).encode(), deadline, **settings)
        invocation.reading.set()
        self._queue.put_nowait(invocation)
        return invocation

    async def asked_for_next(self) -> None:
        """Returns when a worker is waiting for an invocation that does not exist."""
        await asyncio.wait_for(self.waiting.wait(), 5)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            if request := await reader.readline():
                method, target, _ = request.decode("ascii").split()
                await self._route(method, target, await _fields(reader), reader, writer)
            # AWS asks for the connection to be closed after a response: none may come on it any more.
            assert await reader.read() == b""
        except (ConnectionError, asyncio.CancelledError):
            pass
        except (asyncio.IncompleteReadError, AssertionError, KeyError, ValueError) as error:
            self.breaches.append(repr(error))
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _route(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        assert target.startswith(f"{ROOT}/"), target
        match method, target.removeprefix(f"{ROOT}/").split("/"):
            case "GET", ["invocation", "next"]:
                await self._next(reader, writer)
            case "GET", ["restore", "next"]:
                self.log.append("restore/next")
                self.snapshot.set()
                await self.restored.wait()
                await _answer(writer, 200, b"{}")
            case "POST", ["init", "error"]:
                self.log.append("init/error")
                assert headers["lambda-runtime-function-error-type"] == "Runtime.InitError"
                self.init_error = json.loads(await reader.readexactly(int(headers["content-length"])))
                await _answer(writer, *ACCEPTED)
            case "POST", ["restore", "error"]:
                self.log.append("restore/error")
                assert headers["lambda-runtime-function-error-type"] == "Runtime.AfterRestoreError"
                self.restore_error = json.loads(await reader.readexactly(int(headers["content-length"])))
                await _answer(writer, *ACCEPTED)
            case "POST", ["invocation", id, ("response" | "error") as kind]:
                await self._result(self._handed_out[id], kind, headers, reader, writer)
            case _:
                raise AssertionError(f"no such resource: {method} {target}")

    async def _next(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.log.append("next")
        if self.next_status != 200:
            await _answer(writer, self.next_status, b"{}")
            return
        if self._queue.empty():
            self.waiting.set()
        invocation = await self._until_gone(reader)
        if invocation is None:
            return
        self.waiting.clear()
        self._handed_out[invocation.id] = invocation
        await _answer(writer, 200, invocation.event, self._context(invocation), chunked=invocation.chunked_event)

    async def _until_gone(self, reader: asyncio.StreamReader) -> Invocation | None:
        """The next invocation, or None when the runtime stops waiting: none may be lost to it then."""
        invocation = asyncio.create_task(self._queue.get())
        gone = asyncio.create_task(reader.read(1))
        await asyncio.wait({invocation, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        await asyncio.wait({gone})
        if invocation.done():
            return invocation.result()
        invocation.cancel()
        return None

    def _context(self, invocation: Invocation) -> dict[str, str]:
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:gateway",
        }
        if invocation.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
        if invocation.invocation_id:
            headers["Lambda-Runtime-Invocation-Id"] = invocation.invocation_id
        return headers

    async def _result(
        self,
        invocation: Invocation,
        kind: str,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        assert not invocation.kind, f"a second answer to {invocation.id}"
        assert headers.get("lambda-runtime-invocation-id") == invocation.invocation_id
        invocation.kind, invocation.headers = kind, headers
        self.log.append(f"{kind} begins")
        if headers.get("transfer-encoding") == "chunked":
            assert headers["lambda-runtime-function-response-mode"] == "streaming"
            assert headers["content-type"] == STREAMED
            complete = await self._chunks(invocation, headers, reader, writer)
        else:
            invocation.body = await reader.readexactly(int(headers["content-length"]))
            complete = True
        if complete:
            self.log.append(f"{kind} ends")
            await _answer(writer, *invocation.final)
        invocation.ended.set()

    async def _chunks(
        self,
        invocation: Invocation,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        while size := int(await _line(reader), 16):
            chunk = await reader.readexactly(size)
            assert await _line(reader) == ""
            invocation.body += chunk
            invocation.chunks.put_nowait(chunk)
            if invocation.abort:
                writer.transport.abort()
                return False
            if invocation.refuse:
                await _answer(writer, *invocation.refuse)
                writer.close()
                return False
            await invocation.reading.wait()
        invocation.trailers = await _trailers(reader)
        announced = {name.strip().lower() for name in headers["trailer"].split(",")}
        assert set(invocation.trailers) <= announced
        return True


def http_event(method: str = "GET", path: str = "/", query: str = "", **fields: Any) -> dict[str, Any]:
    """An event of a function URL; `fields` stand beside what every event has."""
    headers = {"host": "abc.lambda-url.eu-central-1.on.aws", "x-forwarded-proto": "https", "x-forwarded-port": "443"}
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "curl/8"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "requestContext": {
            "accountId": "anonymous",
            "domainName": headers["host"],
            "http": http,
            "requestId": str(uuid.uuid4()),
            "stage": "$default",
        },
        "isBase64Encoded": False,
        **fields,
        "headers": {**headers, **fields.get("headers", {})},
    }


async def _trailers(reader: asyncio.StreamReader) -> dict[str, str]:
    lines: list[str] = []
    while line := await _line(reader):
        lines.append(line)
    # Go's HTTP server, which plays the Runtime API in AWS's emulator, drops the connection over this.
    assert sum(len(line) + 2 for line in lines) + 2 <= 4096, "suspiciously long trailer"
    return dict(_field(line) for line in lines)


async def _fields(reader: asyncio.StreamReader) -> dict[str, str]:
    fields: dict[str, str] = {}
    while line := await _line(reader):
        name, value = _field(line)
        assert name not in fields, f"{name} twice"
        fields[name] = value
    return fields


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


async def _line(reader: asyncio.StreamReader) -> str:
    line = await reader.readuntil(b"\r\n")
    return line[:-2].decode("ascii")


async def _answer(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    chunked: bool = False,
) -> None:
    framing = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
    fields = {"Content-Type": "application/json", **framing, **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"HTTP/1.1 {status} Some Reason\r\n{head}\r\n".encode())
    writer.write(_in_chunks(body) if chunked else body)
    await writer.drain()


def _in_chunks(body: bytes, size: int = 1000) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])
