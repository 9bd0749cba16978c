"""Providers over aiohttp: its pool stays flat under concurrency, for a process that serves many requests at a time."""

from collections.abc import AsyncIterator, Mapping
from socket import AF_UNSPEC, AddressFamily

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ai_gateway.adapters.addresses import AddressRefused, Reach, no_address
from ai_gateway.core.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from ai_gateway.ports import UpstreamCall, UpstreamResponse


class AiohttpUpstream:
    """No redirects, no cookies, no proxies from the environment. Made inside the running event loop.

    The gateway bounds waiting for the first chunk and between chunks, so only connecting is bounded here. `reach` says
    where connections may go.
    """

    def __init__(self, reach: Reach, resolver: AbstractResolver | None = None) -> None:
        self._reach = reach
        guarded = _GuardedResolver(reach, resolver or aiohttp.DefaultResolver())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, resolver=guarded),
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
        """Parsing costs more than the look-up; the addresses in use are few. A host that is an address is never
        resolved, so it is looked at here.
        """
        url = self._urls.get(text)
        if url is None:
            url = _parsed(text)
            try:
                self._reach.check_literal(url.host or "", url.port)
            except AddressRefused as error:
                raise _told(error, url) from None
            if len(self._urls) > 1000:
                self._urls.clear()
            self._urls[text] = url
        return url


def _parsed(text: str) -> URL:
    try:
        url = URL(text, encoded=True)
        _ = url.port  # is read late, and may be out of range
    except ValueError as error:
        raise no_address(text) from error
    return url


class _GuardedResolver(AbstractResolver):
    """Resolves to the addresses that may be called; the connection goes to one of these."""

    def __init__(self, reach: Reach, resolver: AbstractResolver) -> None:
        self._reach = reach
        self._resolver = resolver

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        try:
            found = await self._resolver.resolve(host, port, family)
        except UnicodeError as error:  # a label that is too long
            raise OSError(str(error)) from error
        allowed = self._reach.allowed(host, port, [result["host"] for result in found])
        return [result for result in found if result["host"] in allowed]

    async def close(self) -> None:
        await self._resolver.close()


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


def _told(error: Exception, url: URL) -> UpstreamError:
    """In our words, with the host and without the path or any header."""
    if isinstance(error, TimeoutError):
        return UpstreamTimeout(f"No connection to {url.host} in time.")
    refused = getattr(error, "os_error", error)
    if isinstance(refused, AddressRefused):
        return UpstreamUnreachable(str(refused))
    return UpstreamUnreachable(f"The connection to {url.host} failed ({type(error).__name__}).")
