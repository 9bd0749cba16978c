"""A provider's error answer, ready to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ai_gateway.core.wire import dumps


@dataclass(frozen=True, slots=True)
class Rejection:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    @classmethod
    def of(cls, status: int, body: object, **headers: str) -> "Rejection":
        """From a JSON value; `headers` are named with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, dumps(body), {"content-type": "application/json", **named})
