"""Providers over aiohttp: its pool stays flat under concurrency, for a process that serves many requests at a time."""

from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from ai_gateway.core.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from ai_gateway.ports import UpstreamCall, UpstreamResponse


class AiohttpUpstream:
    """No redirects, no cookies, no proxies from the environment. Made inside the running event loop.

    The gateway bounds waiting for the first chunk and between chunks, so only connecting is bounded here.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, resolver=resolver),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"user-agent": "ai-gateway", "accept-encoding": "gzip"},
            trust_env=False,
        )
        self._urls: dict[str, URL] = {}

    async def post(self, call: UpstreamCall) -> UpstreamResponse:
        url = self._url(call.url)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=call.timeouts.connect)
        try:
            response = await self._session.post(
                url, data=call.body, headers=call.headers, timeout=timeout, allow_redirects=False
            )
        except (aiohttp.ClientError, OSError) as error:
            raise _told(error, url) from error
        return _AiohttpResponse(response)

    async def close(self) -> None:
        await self._session.close()

    def _url(self, text: str) -> URL:
        """Parsing costs more than the look-up; the addresses in use are few."""
        url = self._urls.get(text)
        if url is None:
            if len(self._urls) > 1000:
                self._urls.clear()
            url = self._urls[text] = URL(text, encoded=True)
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


def _told(error: Exception, url: URL) -> UpstreamError:
    """In our words, with the host and without the path or any header."""
    if isinstance(error, TimeoutError):
        return UpstreamTimeout(f"No connection to {url.host} in time.")
    return UpstreamUnreachable(f"The connection to {url.host} failed ({type(error).__name__}).")
