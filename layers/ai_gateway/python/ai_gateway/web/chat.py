"""The hot route, as plain ASGI: POST /v1/chat/completions."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing, nullcontext
from uuid import uuid4

from starlette.types import Message, Receive, Scope, Send

from ai_gateway.core.errors import BodyTooLarge, GatewayError, InternalError, UnsupportedEncoding
from ai_gateway.core.wire import dumps
from ai_gateway.ports import Clock
from ai_gateway.services.gateway import JSON, Gateway, ReadBody
from ai_gateway.web.context import decode_headers, gateway_key, read_context
from ai_gateway.web.heartbeat import Heartbeat

log = logging.getLogger(__name__)

CHAT_PATHS = ("/v1/chat/completions", "/chat/completions")
DRAINED = 16
"""How many times the allowed size is read and thrown away, so that the caller gets the answer and not a reset."""


LEFT_FOR_THE_RECORD = 5.0
"""Seconds before the platform ends the process, in which the caller is told and the record is written."""


class ChatEndpoint:
    """A request has `deadline` seconds, and less where the platform ends the process sooner: it says when in
    `scope["extensions"]["lambda"]["deadline"]`, on the monotonic clock. A stream in which nothing was sent for
    `heartbeat` seconds gets a comment; 0 for none.
    """

    def __init__(
        self, gateway: Gateway, clock: Clock, *, largest_body: int, deadline: float, heartbeat: float = 0
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._largest_body = largest_body
        self._deadline = deadline
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = _Call(receive, self._largest_body)
        answer = _Answer(send)
        try:
            await self._serve(scope, call, answer)
        except asyncio.CancelledError:
            if not call.caller_left:
                raise
        except Exception:
            log.exception("A request failed in the gateway")
            if answer.begun:
                raise
            await answer.fail()
        finally:
            call.stop_watching()

    async def _serve(self, scope: Scope, call: "_Call", send: "_Answer") -> None:
        headers = decode_headers(scope["headers"])
        begun = self._clock.monotonic()
        times = {"started": self._clock.time(), "begun": begun, "deadline": self._end(scope, begun)}
        request_id = str(uuid4())
        read_body: ReadBody = call.read_body
        try:
            _check_encoding(headers)
            context = read_context(headers, path=scope["path"], request_id=request_id, **times)
        except GatewayError as error:
            plain = {"authorization": f"Bearer {gateway_key(headers) or ''}"}
            context = read_context(plain, path=scope["path"], request_id=request_id, **times)
            read_body = _raising(error)
        async with self._gateway.chat(read_body, context) as reply:
            await send({"type": "http.response.start", "status": reply.status, "headers": _raw(reply.headers)})
            streams = self._heartbeat and reply.headers["content-type"].startswith("text/event-stream")
            with Heartbeat(send, self._heartbeat) if streams else nullcontext(send) as sending:
                async with aclosing(reply.body) as body:
                    async for block in body:
                        await sending({"type": "http.response.body", "body": block, "more_body": True})
            call.stop_watching()
            await send({"type": "http.response.body", "body": b""})

    def _end(self, scope: Scope, begun: float) -> float:
        own = begun + self._deadline
        platform: float | None = (scope.get("extensions") or {}).get("lambda", {}).get("deadline")
        if platform is None:
            return own
        return min(own, platform - min(LEFT_FOR_THE_RECORD, (platform - begun) / 10))


class _Call:
    """The receiving side of one request: its body, and whether the caller is still there."""

    def __init__(self, receive: Receive, largest_body: int) -> None:
        self._receive = receive
        self._largest_body = largest_body
        self._watcher: asyncio.Task[None] | None = None
        self.caller_left = False

    async def read_body(self) -> bytes:
        pieces: list[bytes] = []
        size = 0
        more = True
        while more and size <= self._largest_body * DRAINED:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.caller_left = True
                raise asyncio.CancelledError
            piece = message.get("body", b"")
            size += len(piece)
            if size <= self._largest_body:
                pieces.append(piece)
            more = message.get("more_body", False)
        if size > self._largest_body:
            raise BodyTooLarge(
                f"The body is larger than {self._largest_body:,} bytes. Send images and files by URL instead of inline."
            )
        serving = asyncio.current_task()
        if serving is not None:
            self._watcher = asyncio.create_task(self._watch(serving))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _watch(self, serving: "asyncio.Task[object]") -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.caller_left = True
        serving.cancel()

    def stop_watching(self) -> None:
        """Lets go of the watcher, too: its cancellation would hold this call in a circle until the collector comes."""
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None


class _Answer:
    """The sending side of one request."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self._send(message)

    async def fail(self) -> None:
        error = InternalError("The gateway failed. Try again; the operator finds the cause in the gateway's log.")
        body = dumps(error.body())
        await self({"type": "http.response.start", "status": error.status, "headers": _raw({"content-type": JSON})})
        await self({"type": "http.response.body", "body": body})


def _check_encoding(headers: Mapping[str, str]) -> None:
    """Raises UnsupportedEncoding: the limit on a body's size must hold for what it unfolds to."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedEncoding(f"The body is sent as {encoding[:40]!r}. Send it as it is, without Content-Encoding.")


def _raising(error: GatewayError) -> ReadBody:
    async def read_body() -> bytes:
        raise error

    return read_body


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """A value may hold what a caller or a provider chose: no line may end in it (RFC 9110, 5.5)."""
    return [
        (name.encode("latin-1"), (value if value.isprintable() else _printable(value)).encode("latin-1", "replace"))
        for name, value in headers.items()
    ]


def _printable(value: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in value)
