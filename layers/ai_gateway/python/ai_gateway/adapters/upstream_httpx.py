"""Providers over httpx: small to import, for a process that serves one request at a time."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from socket import SOCK_STREAM
from ssl import SSLContext

import httpcore
import httpx

from ai_gateway.adapters.addresses import AddressRefused, Reach, no_address
from ai_gateway.core.errors import UpstreamError, UpstreamMalformed, UpstreamTimeout, UpstreamUnreachable
from ai_gateway.ports import UpstreamCall, UpstreamResponse

LARGEST_PART = 256 * 1024
_GZIP = zlib.MAX_WBITS | 16


class HttpxUpstream:
    """Calls the transport itself: no redirects, no cookies, no proxies from the environment, nothing kept of a request.

    The gateway bounds waiting for the first chunk and between chunks, so only connecting is bounded here. `reach` says
    where connections may go.
    """

    def __init__(self, reach: Reach, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport or _GuardedTransport(reach)

    async def post(self, call: UpstreamCall) -> UpstreamResponse:
        request = _request(call)
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            raise _told(error, request) from error
        response.request = request
        return _HttpxResponse(response)

    async def close(self) -> None:
        await self._transport.aclose()


def _request(call: UpstreamCall) -> httpx.Request:
    try:
        return httpx.Request(
            "POST",
            call.url,
            headers={"accept-encoding": "gzip", "user-agent": "ai-gateway", **call.headers},
            content=call.body,
            extensions={"timeout": httpx.Timeout(None, connect=call.timeouts.connect).as_dict()},
        )
    except httpx.InvalidURL as error:
        raise no_address(call.url) from error


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own, over connections that are looked at when they are made."""

    def __init__(self, reach: Reach) -> None:
        context = _trusting()
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=1000,
            max_keepalive_connections=100,
            keepalive_expiry=60,
            network_backend=_GuardedBackend(reach),
        )


@cache
def _trusting() -> SSLContext:
    """One for all: reading the authorities that it trusts takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


class _Refused(httpcore.ConnectError):
    """AddressRefused, as httpcore lets it through."""


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves the name itself, and connects to an address that may be called."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the interface's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
            addresses = self._reach.allowed(host, port, [str(info[4][0]) for info in found])
        except AddressRefused as error:
            raise _Refused(str(error)) from error
        except (OSError, UnicodeError) as error:  # a label that is too long is told by its encoding
            raise httpcore.ConnectError(str(error)) from error
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError):
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._backend.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _HttpxResponse:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """httpx would unfold each piece whole, however much is in it."""
        encoding = self.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip", ""):
            raise UpstreamMalformed(f"The provider's answer is encoded as {encoding[:40]!r}, which was not asked for.")
        folded = _Folded() if encoding == "gzip" else None
        try:
            async for piece in self._response.aiter_raw():
                if folded is None:
                    yield piece
                    continue
                for part in folded.unfold(piece):
                    yield part
        except httpx.TransportError as error:
            raise _told(error, self._response.request) from error
        except zlib.error as error:
            raise UpstreamMalformed("The provider's answer is not the gzip that it says it is.") from error

    async def close(self) -> None:
        await self._response.aclose()


class _Folded:
    """gzip (RFC 1952), one or more members of it."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    def unfold(self, data: bytes) -> Iterator[bytes]:
        """In parts of at most `LARGEST_PART` bytes. Raises zlib.error."""
        full = False
        while data or full:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            part = self._member.decompress(data, LARGEST_PART)
            data = self._member.unconsumed_tail or self._member.unused_data
            full = len(part) == LARGEST_PART and not self._member.eof  # zlib may keep some of a full part back
            if part:
                yield part


def _told(error: httpx.TransportError, request: httpx.Request) -> UpstreamError:
    """In our words, with the host and without the path or any header."""
    if isinstance(error, httpx.TimeoutException):
        return UpstreamTimeout(f"No connection to {request.url.host} in time.")
    if isinstance(error.__cause__, _Refused):
        return UpstreamUnreachable(str(error))
    return UpstreamUnreachable(f"The connection to {request.url.host} failed ({type(error).__name__}).")
