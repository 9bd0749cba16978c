"""Providers over httpx: small to import, for a process that serves one request at a time."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

import httpcore
import httpx

from ai_gateway.adapters.addresses import AddressRefused, no_address, refused
from ai_gateway.core.addresses import AddressRule
from ai_gateway.core.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from ai_gateway.ports import UpstreamCall, UpstreamResponse

MOST_CONNECTIONS = 1000
MOST_IDLE_CONNECTIONS = 100
IDLE = 60
"""Seconds that a connection is kept without work."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Iterable[str]]]
"""A host's name, or an address as text, and a port to addresses. Raises OSError."""

_SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


async def resolve(host: str, port: int) -> Iterable[str]:
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return dict.fromkeys(str(info[4][0]) for info in infos)


class HttpxUpstream:
    """Calls the transport itself: no redirects, no cookies, no proxies from the environment, nothing kept of a request.

    `rule` says where connections may go; without one, anywhere: for the gateway's own services. The gateway bounds
    waiting for the first chunk and between chunks, so only connecting is bounded here.
    """

    def __init__(self, rule: AddressRule | None, resolve: Resolve = resolve) -> None:
        self._transport = _Transport(rule, resolve)

    async def post(self, call: UpstreamCall) -> UpstreamResponse:
        try:
            request = _request(call)
        except httpx.InvalidURL as error:
            raise no_address(call.url) from error
        try:
            response = await self._transport.handle_async_request(request)
        except AddressRefused as error:
            raise refused(request.url.host) from error
        except httpx.TransportError as error:
            raise _told(error, request) from error
        response.request = request
        return _HttpxResponse(response)

    async def close(self) -> None:
        await self._transport.aclose()


def _request(call: UpstreamCall) -> httpx.Request:
    return httpx.Request(
        "POST",
        call.url,
        headers={"accept-encoding": "gzip", "user-agent": "ai-gateway", **call.headers},
        content=call.body,
        extensions={"timeout": httpx.Timeout(None, connect=call.timeouts.connect).as_dict()},
    )


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's own, with a pool that connects where the rule allows."""

    def __init__(self, rule: AddressRule | None, resolve: Resolve) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE,
            network_backend=None if rule is None else _CheckedBackend(rule, resolve),
        )


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves names itself and connects to the address that it checked, never to the name. TLS asks for the name all
    the same, since that is a matter of the request.
    """

    def __init__(self, rule: AddressRule, resolve: Resolve) -> None:
        self._rule = rule
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused when no address of the host is allowed."""
        try:
            async with asyncio.timeout(timeout):
                failure: Exception = AddressRefused()
                for address in await self._resolve(host, port):
                    if self._rule.allows(address, port):
                        try:
                            return await self._backend.connect_tcp(address, port, None, local_address, socket_options)
                        except httpcore.ConnectError as error:
                            failure = error
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except socket.gaierror as error:
            raise httpcore.ConnectError("The name is not known.") from error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _HttpxResponse:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.aiter_bytes():
                yield piece
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _told(error, self._response.request) from error

    async def close(self) -> None:
        await self._response.aclose()


def _told(error: httpx.TransportError | httpx.DecodingError, request: httpx.Request) -> UpstreamError:
    """In our words, with the host and without the path or any header."""
    if isinstance(error, httpx.TimeoutException):
        return UpstreamTimeout(f"No connection to {request.url.host} in time.")
    return UpstreamUnreachable(f"The connection to {request.url.host} failed ({type(error).__name__}).")
