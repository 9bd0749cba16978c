"""Models: one entry each, saying what it is and where it can be had."""

from collections.abc import Mapping
from dataclasses import dataclass

from ai_gateway.core.catalog.endpoints import Capability

NO_IMAGES: frozenset[Capability] = frozenset(("images",))

_TAKEN: Mapping[str, Capability] = {"image": "images", "audio": "audio", "file": "files"}


@dataclass(frozen=True, slots=True)
class Model:
    """One entry.

    `endpoints` maps a provider's name to the provider's id of the model. `aliases` are other names people use for it,
    dated ids included. `context` and `max_output` are tokens. `lacks` is what it is known not to do; an entry never
    claims a lack it has no source for. `created` is the day it came out (ISO 8601).
    """

    id: str
    author: str
    name: str
    endpoints: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    context: int | None = None
    max_output: int | None = None
    lacks: frozenset[Capability] = frozenset()
    created: str | None = None
    reasons: bool = False
    inputs: tuple[str, ...] = ("text",)
    outputs: tuple[str, ...] = ("text",)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it takes and does: what is listed of its inputs and reasoning, and the rest unless it lacks it."""
        can: set[Capability] = {"tools", "json_schema"}
        can |= {capability for kind, capability in _TAKEN.items() if kind in self.inputs}
        if self.reasons:
            can.add("reasoning")
        return frozenset(can) - self.lacks
