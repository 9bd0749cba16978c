"""What the services need from the world, as protocols that adapters and fakes implement."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.context import Timeouts
from ai_gateway.core.periods import StoredGrain
from ai_gateway.core.prompts.versions import Change, Draft, Move, Number, Prompt, Summary, Version
from ai_gateway.core.records import RequestRecord, Score
from ai_gateway.core.routing import Access

if TYPE_CHECKING:
    # Nothing that the gateway needs.
    from ai_gateway.core.filters import Filter, Position
    from ai_gateway.core.rollups import Breakdown, Bucket, Dimension
    from ai_gateway.core.spans import Span


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


class LentKeys(Protocol):
    async def lend(self, key_hash: str, caller: Caller, token_hash: str) -> None:
        """Keep a gateway key that is good until `caller.expires`, and no longer than the sign-in whose token has this
        hash and the key that signed in. Raises StoreUnavailable.
        """


class SignIns(Protocol):
    """Sign-ins to the console, by the hashes of their tokens. All raise StoreUnavailable."""

    async def put(self, token_hash: str, key_hash: str, expires: float) -> None:
        """`expires` is in Unix seconds."""

    async def find(self, token_hash: str, now: float) -> str | None:
        """The hash of the gateway key that signed in, unless that has expired."""

    async def delete(self, token_hash: str) -> None: ...


class Records(Protocol):
    async def room(self) -> None:
        """Wait until one more record can be taken: requests come no faster than their records can be kept."""

    async def save(self, record: RequestRecord) -> None:
        """Keep a record. Saving the same record again changes nothing."""


class Traces(Protocol):
    async def tell(self, span: "Span") -> None:
        """Hand a request's span on. What becomes of it is nobody's concern here: it raises nothing."""


class RecordReader(Protocol):
    """The records that were kept, without their bodies but from `one`. Moments are Unix milliseconds, and a request
    belongs to the moment that it ended at. Every call blocks, and raises StoreUnavailable while the table is away.
    """

    def hour(
        self,
        organization: str,
        hour: int,
        *,
        since: int | None = None,
        until: int | None = None,
        newest_first: bool = False,
        page: int | None = None,
    ) -> Iterator[RequestRecord]:
        """Those of the hour that starts at `hour`, from `since` on and before `until`, in the order of their ends and
        ids. `page` is how many to read at first for a reader who will not want all.
        """

    def search(
        self, organization: str, hour: int, wanted: "Filter", *, until: int, page: int | None
    ) -> "Iterator[tuple[Position, RequestRecord | None]]":
        """Newest first, where every request stands that ended in the hour from `wanted.since` on and before `until`.
        Its record is left out where it cannot be one of those wanted.
        """

    def sessions(self, organization: str, session_ids: Sequence[str], limit: int) -> list[list[RequestRecord]]:
        """The first requests of each session, in the order of their ends."""

    def one(self, organization: str, request_id: str) -> RequestRecord | None:
        """A record with its bodies; the newest, should its caller have used the id twice."""

    def with_bodies(self, records: Sequence[RequestRecord]) -> list[RequestRecord]:
        """The same records with their bodies, each read for itself."""

    def score(self, organization: str, request_id: str, scores: Mapping[str, Score]) -> bool:
        """Set a record's scores; whether there is such a record."""

    def delete(self, organization: str, request_id: str) -> None:
        """Take away every record with this id, if there is one."""


@dataclass(frozen=True, slots=True)
class StoredBreakdown:
    """One dimension of a stored bucket, which starts at `start` and holds what ended before `through`."""

    start: int
    through: int
    breakdown: "Breakdown"


@dataclass(frozen=True, slots=True)
class Remake:
    """An hour whose bucket must be made anew, since a record in it was scored or taken away. `token` tells this wish
    from one that comes while it is carried out.
    """

    hour: int
    token: str


class Rollups(Protocol):
    """Stored buckets. Moments are Unix milliseconds. Every call blocks, and raises StoreUnavailable while the table is
    away.
    """

    def organizations(self) -> list[str]:
        """Those that have gateway keys or rollups."""

    def through(self, organization: str) -> int:
        """All requests that ended before are in hourly buckets, and days and months that were over by then are merged;
        0 before the first time.
        """

    def advance(self, organization: str, through: int) -> None:
        """Never goes back."""

    def put(
        self, organization: str, grain: StoredGrain, start: int, bucket: "Bucket", *, through: int, version: int
    ) -> bool:
        """Overwrite a bucket as it was known at `version`, unless one of a later version is there; whether anything in
        it is different now. What is cut off halfway is known as different the next time.
        """

    def stored(
        self, organization: str, dimension: "Dimension", grain: StoredGrain, first: int, last: int
    ) -> Iterator[StoredBreakdown]:
        """Buckets that start from `first` to `last`, in order."""

    def hours(self, organization: str, newest: int, oldest: int) -> Iterator[int]:
        """The starts of hours that have buckets, from that of `newest` back to that of `oldest`."""

    def remake(self, organization: str, hour: int) -> None:
        """Wish an hour's bucket made anew."""

    def remakes(self, organization: str) -> list[Remake]: ...

    def remade(self, organization: str, remake: Remake) -> None:
        """Forget a wish, unless it was made again meanwhile."""


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
