"""What the services need from the world, as protocols that adapters and fakes implement."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.context import Timeouts
from ai_gateway.core.prompts.versions import Change, Draft, Move, Number, Prompt, Summary, Version
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.routing import Access


class Clock(Protocol):
    def time(self) -> float:
        """Unix seconds."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment, never going back."""

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class UpstreamCall:
    """A POST, complete with credentials."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeouts: Timeouts = field(default_factory=Timeouts)


class UpstreamResponse(Protocol):
    """An answer whose body has not been read. `headers` have lower-case names."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises UpstreamUnreachable when cut, UpstreamTimeout when silent for too long."""

    async def close(self) -> None:
        """Give the connection back, or drop it when the body was not read to its end."""


class Upstream(Protocol):
    async def post(self, call: UpstreamCall) -> UpstreamResponse:
        """Raises UpstreamUnreachable or UpstreamTimeout; any status is an answer."""


class Credentials(Protocol):
    async def sign(self, endpoint: Endpoint, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        """The headers that authenticate this very request. Raises UpstreamRejected (401) when there are none."""


class Callers(Protocol):
    async def find(self, key_hash: str) -> Caller | None:
        """The caller whose gateway key has this hash (`core.caller.hash_key`)."""


class Records(Protocol):
    async def room(self) -> None:
        """Wait until one more record can be taken: requests come no faster than their records can be kept."""

    async def save(self, record: RequestRecord) -> None:
        """Keep a record. Saving the same record again changes nothing."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the operator set up: the catalog with own models and prices, and the ways into providers."""

    catalog: Catalog
    access: Access


class Configurations(Protocol):
    async def current(self) -> Configuration: ...


class Prompts(Protocol):
    """Stored prompts of an organisation. Every call raises StoreUnavailable while the table is away."""

    async def one(self, organization: str, prompt_id: str) -> Prompt | None:
        """A prompt as it is now; a deleted one too."""

    async def all(self, organization: str) -> list[Prompt]:
        """Every prompt that is not deleted, by id."""

    async def version(self, organization: str, prompt_id: str, number: Number) -> Version | None: ...

    async def versions(self, organization: str, prompt_id: str) -> list[Summary]:
        """In the order of their numbers."""

    async def find_version(self, organization: str, version_id: str) -> tuple[str, Number] | None:
        """The prompt and the number of the version with this id."""

    async def moves(self, organization: str, prompt_id: str) -> list[Move]:
        """Every move of an environment, in the order they were made."""

    async def draft(self, organization: str, prompt_id: str) -> Draft | None: ...

    async def commit(self, organization: str, change: Change) -> None:
        """Write all of a change, or nothing. Raises EditConflict when the prompt is not at the revision before the
        change's, BodyTooLarge for a version that no item can hold.
        """

    async def save_draft(self, organization: str, prompt_id: str, draft: Draft) -> None:
        """Raises EditConflict when the stored draft is not at the revision before this one's, BodyTooLarge."""

    async def discard_draft(self, organization: str, prompt_id: str) -> None: ...
