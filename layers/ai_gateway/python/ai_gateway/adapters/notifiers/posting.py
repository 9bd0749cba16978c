"""One POST to a destination: no redirects, no more of the answer than an error message needs."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import cast

from ai_gateway.core.errors import UpstreamError
from ai_gateway.core.redaction import masked
from ai_gateway.ports import Upstream, UpstreamCall
from ai_gateway.ports.alerts import DeliveryFailed

LASTING = frozenset((400, 404, 405, 410, 413, 422))
"""Statuses with which the same message would be answered again."""
LONGEST_ANSWER = 300


class Posting:
    """`upstream` looks at every address that it connects to, so that no name leads into a private network."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Return when the answer is a 2xx; raises DeliveryFailed, whose text never shows the URL: it may be secret."""
        call = UpstreamCall(url, {"content-type": "application/json", **(headers or {})}, body)
        try:
            response = await self._upstream.post(call)
            try:
                status = response.status
                said = "" if status < 300 else await _beginning(response.chunks())
            finally:
                await response.close()
        except UpstreamError as error:
            raise DeliveryFailed(error.message) from error
        if 300 <= status < 400:
            raise DeliveryFailed(f"It answered with a redirect ({status}), and redirects are not followed.")
        if status >= 300:
            raise DeliveryFailed(f"It answered with {status}{said and f': {said}'}.", lasting=status in LASTING)


async def _beginning(chunks: AsyncIterator[bytes]) -> str:
    """Of the answer, as one line."""
    found = b""
    # Adapters' chunks are generators, which are to be closed when they are left early.
    async with aclosing(cast("AsyncGenerator[bytes]", chunks)) as pieces:
        async for piece in pieces:
            found += piece
            if len(found) > LONGEST_ANSWER:
                break
    text = masked(found[:LONGEST_ANSWER].decode(errors="replace"))
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
