"""Providers over aiohttp: its pool stays flat under concurrency, for a process that serves many requests at a time."""

import socket
from collections.abc import AsyncIterator, Callable, Mapping

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from ai_gateway.adapters.addresses import AddressRefused, no_address, refused
from ai_gateway.core.addresses import AddressRule
from ai_gateway.core.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from ai_gateway.ports import UpstreamCall, UpstreamResponse


class AiohttpUpstream:
    """No redirects, no cookies, no proxies from the environment. Made inside the running event loop.

    `rule` says where connections may go; without one, anywhere: for the gateway's own services. The gateway bounds
    waiting for the first chunk and between chunks, so only connecting is bounded here.
    """

    def __init__(self, rule: AddressRule | None, resolver: AbstractResolver | None = None) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                keepalive_timeout=60,
                resolver=resolver,
                socket_factory=None if rule is None else _sockets(rule),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"user-agent": "ai-gateway", "accept-encoding": "gzip"},
            trust_env=False,
        )
        self._urls: dict[str, URL] = {}

    async def post(self, call: UpstreamCall) -> UpstreamResponse:
        url = self._url(call.url)
        try:
            try:
                return await self._send(url, call)
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # A kept connection that the provider closed while it was idle: the request was never read.
                return await self._send(url, call)
        except (aiohttp.ClientError, OSError) as error:
            raise _told(error, url) from error

    async def _send(self, url: URL, call: UpstreamCall) -> UpstreamResponse:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=call.timeouts.connect)
        response = await self._session.post(
            url, data=call.body, headers=call.headers, timeout=timeout, allow_redirects=False
        )
        return _AiohttpResponse(response)

    async def close(self) -> None:
        await self._session.close()

    def _url(self, text: str) -> URL:
        """Parsing costs more than the look-up; the addresses in use are few."""
        url = self._urls.get(text)
        if url is None:
            if len(self._urls) > 1000:
                self._urls.clear()
            url = self._urls[text] = _parsed(text)
        return url


def _parsed(text: str) -> URL:
    try:
        url = URL(text, encoded=True)
        _ = url.port  # is read late, and may be out of range
    except ValueError as error:
        raise no_address(text) from error
    return url


class _AiohttpResponse:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return {name.lower(): value for name, value in self._response.headers.items()}

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except (aiohttp.ClientError, OSError) as error:
            raise _told(error, self._response.url) from error

    async def close(self) -> None:
        if self._response.content.is_eof():
            self._response.release()
        else:
            self._response.close()


def _sockets(rule: AddressRule) -> Callable[[aiohttp.AddrInfoType], socket.socket]:
    """Makes the socket of every connection: what is checked is the very address that is connected to, whether it came
    from a name or stood in the URL.
    """

    def make(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not rule.allows(str(address[0]), int(address[1])):
            raise AddressRefused
        return socket.socket(family, kind, protocol)

    return make


def _told(error: Exception, url: URL) -> UpstreamError:
    """In our words, with the host and without the path or any header."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return refused(url.host)
    if isinstance(error, TimeoutError):
        return UpstreamTimeout(f"No connection to {url.host} in time.")
    return UpstreamUnreachable(f"The connection to {url.host} failed ({type(error).__name__}).")
