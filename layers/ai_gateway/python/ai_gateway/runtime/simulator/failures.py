"""Failures: what went wrong, before a wire format puts it in its provider's words."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["status", "context", "policy", "quota"]


@dataclass(frozen=True, slots=True)
class Failure:
    """`kind` is what the status does not say. `message` stands in for the format's own. `retry_after` is in seconds."""

    status: int
    kind: Kind = "status"
    message: str | None = None
    param: str | None = None
    retry_after: int | None = None

    def told(self, name: str) -> str:
        """A sentence for formats that have none of their own for this failure; `name` is the provider's word for it."""
        return self.message or f"Simulated {name} ({self.status})."


class Rejected(Exception):
    """A request that the provider would turn down."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def invalid(message: str, param: str | None = None) -> Rejected:
    return Rejected(Failure(400, message=message, param=param))
