"""One POST to a destination: no redirects, no more of the answer than an error message needs.

By the standard library's client: what runs each minute on a schedule imports no larger one.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from ai_gateway.adapters.addresses import AddressRefused, Reach
from ai_gateway.core.redaction import masked
from ai_gateway.ports.alerts import DeliveryFailed

TIMEOUT = 8
"""Seconds for each step of a connection."""
LONGEST = 10.0
"""Seconds for all of it: a receiver that answers bit by bit occupies nobody for longer."""
LASTING = frozenset((400, 404, 405, 410, 413, 422))
"""Statuses with which the same message would be answered again."""
LONGEST_ANSWER = 300


class Posting:
    """Looks with `reach` at every address that it connects to, so that no name leads into a private network."""

    def __init__(self, reach: Reach, longest: float = LONGEST) -> None:
        self._reach = reach
        self._longest = longest

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Return when the answer is a 2xx; raises DeliveryFailed, whose text never shows the URL: it may be secret."""
        parts = urlsplit(url)
        connection = _Connection(self._reach, str(parts.hostname), parts.port, encrypted=parts.scheme == "https")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"content-type": "application/json", **(headers or {})}
        try:
            async with asyncio.timeout(self._longest):
                status, said = await asyncio.to_thread(_exchange, connection, target, body, sent)
        except TimeoutError as error:
            raise DeliveryFailed(f"No answer in {self._longest:g} seconds.") from error
        finally:
            connection.end()
        if 300 <= status < 400:
            raise DeliveryFailed(f"It answered with a redirect ({status}), and redirects are not followed.")
        if status >= 300:
            raise DeliveryFailed(f"It answered with {status}{said and f': {said}'}.", lasting=status in LASTING)


class _Connection(HTTPConnection):
    def __init__(self, reach: Reach, host: str, port: int | None, *, encrypted: bool) -> None:
        self.default_port = 443 if encrypted else 80
        super().__init__(host, port, timeout=TIMEOUT)
        self._reach = reach
        self._encrypted = encrypted
        self._open: socket.socket | None = None

    def connect(self) -> None:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = self._reach.allowed(self.host, self.port, [str(address[0]) for *_, address in found])
        self.sock = self._open = socket.create_connection((addresses[0], self.port), TIMEOUT)
        if self._encrypted:
            self.sock = self._open = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def end(self) -> None:
        """Whatever another thread waits for on this connection, it waits no longer."""
        if self._open is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)


def _exchange(connection: _Connection, target: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """The status, and the beginning of what was said with an error."""
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        return response.status, "" if response.status < 300 else _line(response.read(LONGEST_ANSWER))
    except AddressRefused as error:
        raise DeliveryFailed(str(error)) from error
    except (OSError, HTTPException, UnicodeError) as error:
        raise DeliveryFailed(f"It could not be reached: {_reason(error)}.") from error
    finally:
        connection.close()


def _line(answer: bytes) -> str:
    """The beginning of an answer, as one line."""
    text = masked(answer.decode(errors="replace"))
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    words = error.strerror if isinstance(error, OSError) else str(error)
    return words or str(error) or type(error).__name__
