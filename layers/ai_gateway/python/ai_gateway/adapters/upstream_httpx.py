"""Providers over httpx: small to import, for a process that serves one request at a time."""

from collections.abc import AsyncIterator, Mapping

import httpx

from ai_gateway.core.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from ai_gateway.ports import UpstreamCall, UpstreamResponse


class HttpxUpstream:
    """Calls the transport itself: no redirects, no cookies, no proxies from the environment, nothing kept of a request.

    The gateway bounds waiting for the first chunk and between chunks, so only connecting is bounded here.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=60)
        self._transport = transport or httpx.AsyncHTTPTransport(limits=limits, trust_env=False)

    async def post(self, call: UpstreamCall) -> UpstreamResponse:
        request = httpx.Request(
            "POST",
            call.url,
            headers={"accept-encoding": "gzip", "user-agent": "ai-gateway", **call.headers},
            content=call.body,
            extensions={"timeout": httpx.Timeout(None, connect=call.timeouts.connect).as_dict()},
        )
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            raise _told(error, request) from error
        response.request = request
        return _HttpxResponse(response)

    async def close(self) -> None:
        await self._transport.aclose()


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
