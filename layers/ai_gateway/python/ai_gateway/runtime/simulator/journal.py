"""The journal: the last requests as a provider received them, without their credentials."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs, unquote

from ai_gateway.core.wire import JsonObject, parse_object

CREDENTIALS = frozenset(
    ("authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "x-amz-security-token", "proxy-authorization")
)
HIDDEN = "***"


@dataclass(frozen=True)
class Received:
    """`path` is what follows the provider's base URL, as it was sent (percent-encoded), with no query. Header names are
    in lower case; the value of a credential is `***`, with the scheme left in front of it.
    """

    provider: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    content: bytes

    @cached_property
    def json(self) -> JsonObject:
        """The body as an object; empty when it is anything else."""
        return parse_object(self.content) or {}

    @cached_property
    def route(self) -> str:
        """The path with percent-encoding undone."""
        return unquote(self.path)

    def parameter(self, name: str) -> str | None:
        values = parse_qs(self.query).get(name)
        return values[0] if values else None


class Journal:
    """A ring of requests. Written by the server's thread, read by any."""

    def __init__(self, capacity: int = 200) -> None:
        self._ring: deque[Received] = deque(maxlen=capacity)

    def add(self, request: Received) -> None:
        self._ring.append(request)

    def requests(self, provider: str | None = None) -> list[Received]:
        """Oldest first; of one provider or of all."""
        return [request for request in tuple(self._ring) if provider in (None, request.provider)]

    def last(self, provider: str | None = None) -> Received:
        """The newest request; raises LookupError when there is none."""
        requests = self.requests(provider)
        if not requests:
            raise LookupError(f"No request has reached {provider or 'the simulator'} yet.")
        return requests[-1]

    def clear(self) -> None:
        self._ring.clear()


def without_credential(name: str, value: str) -> str:
    """The header's value, or its scheme and `***` when it is a credential."""
    if name not in CREDENTIALS:
        return value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space else HIDDEN
