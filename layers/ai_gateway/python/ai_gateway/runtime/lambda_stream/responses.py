"""An application's response messages on their way to the caller: streamed, or collected into one JSON object.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming,
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload.
"""

import asyncio
import base64
import json
from collections.abc import Iterable
from typing import Protocol

from ai_gateway.runtime.lambda_stream.api import Invocation, RuntimeApi, RuntimeApiError, error_trailers
from ai_gateway.runtime.lambda_stream.asgi import Message
from ai_gateway.runtime.lambda_stream.exchange import Exchange, Reply

PRELUDE_END = b"\0" * 8

# Lambda frames the body itself; it passes a content-length on under another name (x-amzn-remapped-content-length).
FRAMING = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))


class Response(Protocol):
    """`closed` is set when nothing more can reach the caller, because all of it has or because it broke off."""

    closed: asyncio.Event

    async def send(self, message: Message) -> None:
        """Take the application's next message.

        Raises OSError when Lambda has ended the invocation, RuntimeError for a message out of turn.
        """

    async def fail(self, error: BaseException) -> None:
        """End the invocation with an error, in the way that its state still allows; raises OSError."""


class StreamedResponse:
    """The prelude leaves with the application's `start`, each body message as one chunk when it comes."""

    def __init__(self, api: RuntimeApi, invocation: Invocation) -> None:
        self.closed = asyncio.Event()
        self._api = api
        self._invocation = invocation
        self._complete = False
        self._exchange: Exchange
        self._reply: asyncio.Task[Reply] | None = None

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start" if self._reply is None:
                await self._start(message)
            case "http.response.body" if self._reply is not None and not self._complete:
                await self._write(self._reply, message)
            case kind:
                raise RuntimeError(f"an ASGI application may not send {kind!r} here")

    async def fail(self, error: BaseException) -> None:
        if self._reply is None:
            await self._api.fail(self._invocation, error)
            self.closed.set()
        elif not self.closed.is_set():
            await self._exchange.end_chunks(error_trailers(error))
            await _accepted(self._reply)

    async def _start(self, message: Message) -> None:
        prelude = json.dumps(response_head(message), separators=(",", ":")).encode() + PRELUDE_END
        self._exchange = await self._api.stream(self._invocation, prelude)
        # Read from the start: an answer before the end means that Lambda has given the invocation up.
        self._reply = asyncio.create_task(self._exchange.reply())
        self._reply.add_done_callback(self._close)

    async def _write(self, reply: asyncio.Task[Reply], message: Message) -> None:
        if self.closed.is_set():
            raise BrokenPipeError("Lambda has ended the invocation before its response was complete")
        # A chunk of length zero would end the body.
        if data := message.get("body", b""):
            await self._exchange.write_chunk(bytes(data))
        if not message.get("more_body", False):
            self._complete = True
            await self._exchange.end_chunks()
            await _accepted(reply)

    def _close(self, reply: asyncio.Task[Reply]) -> None:
        self._exchange.close()
        self.closed.set()
        if not reply.cancelled():
            # Whoever awaits the reply gets its error; a response that broke off unawaited is told by `closed`.
            reply.exception()


class BufferedResponse:
    """One JSON object when the body is complete, for callers that cannot take a stream."""

    def __init__(self, api: RuntimeApi, invocation: Invocation) -> None:
        self._api = api
        self._invocation = invocation
        self._collected = CollectedResponse()
        self.closed = asyncio.Event()

    async def send(self, message: Message) -> None:
        await self._collected.send(message)
        if self._collected.closed.is_set():
            self.closed.set()
            await self._api.respond(self._invocation, json.dumps(self._collected.as_json()).encode())

    async def fail(self, error: BaseException) -> None:
        if not self.closed.is_set():
            await self._api.fail(self._invocation, error)
            self.closed.set()


class CollectedResponse:
    """A response in memory."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self._head: dict[str, object] | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start" if self._head is None:
                self._head = response_head(message)
            case "http.response.body" if self._head is not None and not self.closed.is_set():
                self._body += message.get("body", b"")
                if not message.get("more_body", False):
                    self.closed.set()
            case kind:
                raise RuntimeError(f"an ASGI application may not send {kind!r} here")

    def as_json(self) -> dict[str, object]:
        """What function URLs and HTTP APIs take in payload format 2.0."""
        head = self._head or {}
        try:
            return {**head, "body": self._body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            return {**head, "body": base64.b64encode(self._body).decode(), "isBase64Encoded": True}


def response_head(message: Message) -> dict[str, object]:
    """`{"statusCode", "headers", "cookies"?}`: function URLs have one value per header, cookies come apart."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in _decoded(message.get("headers", ())):
        if name == "set-cookie":
            cookies.append(value)
        elif name not in FRAMING:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    head: dict[str, object] = {"statusCode": message["status"], "headers": headers}
    return {**head, "cookies": cookies} if cookies else head


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    return ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)


async def _accepted(reply: asyncio.Task[Reply]) -> None:
    answer = await reply
    if answer.status != 202:
        raise RuntimeApiError(f"the Runtime API refused the response: {answer.status} {answer.body[:500]!r}")
