"""Fakes of the ports, for tests of the services."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.core.context import RequestContext, Timeouts
from ai_gateway.core.errors import EditConflict, StoreUnavailable
from ai_gateway.core.filters import Filter, Position
from ai_gateway.core.periods import HOUR, StoredGrain
from ai_gateway.core.prompts.versions import Change, Draft, Move, Number, Prompt, Summary, Version
from ai_gateway.core.records import RequestRecord, Score
from ai_gateway.core.rollups import TOTAL, Bucket, Dimension
from ai_gateway.core.routing import Access, ProviderAccess
from ai_gateway.core.wire import dumps
from ai_gateway.ports import Configuration, Remake, StoredBreakdown, UpstreamCall
from ai_gateway.services.attempting import Attempts
from ai_gateway.services.authentication import Authenticator
from ai_gateway.services.gateway import Gateway
from ai_gateway.services.health import Health
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.shelf import Shelf
from ai_gateway.services.routes import Routes

KEY = "sk-test"
CALLER = Caller("key-1", "Test", "acme")


@dataclass(slots=True)
class FakeClock:
    """Stands still but for sleeps, which take no time and move it on."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return 1_800_000_000 + self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(slots=True)
class FakeResponse:
    """`pieces` are what comes of the body: bytes, or an exception to raise in its place. `hangs` never ends it."""

    pieces: Sequence[bytes | Exception]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    closed: int = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece
        if self.hangs:
            await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed += 1


@dataclass(slots=True)
class FakeUpstream:
    """Answers in the order given; an exception is raised instead."""

    answers: list[FakeResponse | Exception]
    calls: list[UpstreamCall] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, call: UpstreamCall) -> FakeResponse:
        self.calls.append(call)
        self.called.set()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeCredentials:
    async def sign(self, endpoint: Endpoint, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        return {**headers, "authorization": f"Bearer secret-of-{endpoint.provider.name}"}


@dataclass(slots=True)
class FakeCallers:
    callers: dict[str, Caller] = field(default_factory=lambda: {hash_key(KEY): CALLER})
    away: bool = False
    asked: int = 0
    lent: dict[str, str] = field(default_factory=dict)

    async def find(self, key_hash: str) -> Caller | None:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("The table is away.")
        return self.callers.get(key_hash)

    async def lend(self, key_hash: str, caller: Caller, token_hash: str) -> None:
        self.callers[key_hash] = caller
        self.lent[key_hash] = token_hash


@dataclass(slots=True)
class FakeSignIns:
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def put(self, token_hash: str, key_hash: str, expires: float) -> None:
        self.tokens[token_hash] = key_hash, expires

    async def find(self, token_hash: str, now: float) -> str | None:
        key_hash, expires = self.tokens.get(token_hash, (None, 0.0))
        return key_hash if expires > now else None

    async def delete(self, token_hash: str) -> None:
        self.tokens.pop(token_hash, None)


@dataclass(slots=True)
class FakeRecords:
    saved: list[RequestRecord] = field(default_factory=list)

    async def room(self) -> None:
        pass

    async def save(self, record: RequestRecord) -> None:
        self.saved.append(record)


@dataclass(slots=True)
class FakePrompts:
    """Prompts in memory. `away` makes every call fail, `bodies_away` those for a version, and `hanging` makes all wait
    until the event is set; `reads` are the prompts, versions and ids that were asked for one by one.
    """

    away: bool = False
    bodies_away: bool = False
    hanging: asyncio.Event | None = None
    reads: list[str] = field(default_factory=list)
    _prompts: dict[tuple[str, str], Prompt] = field(default_factory=dict)
    _versions: dict[tuple[str, str], dict[Number, Version]] = field(default_factory=dict)
    _moves: dict[tuple[str, str], list[Move]] = field(default_factory=dict)
    _drafts: dict[tuple[str, str], Draft] = field(default_factory=dict)

    async def one(self, organization: str, prompt_id: str) -> Prompt | None:
        await self._reach(prompt_id)
        return self._prompts.get((organization, prompt_id))

    async def all(self, organization: str) -> list[Prompt]:
        await self._reach()
        own = (prompt for (owner, _), prompt in sorted(self._prompts.items()) if owner == organization)
        return [prompt for prompt in own if not prompt.deleted]

    async def version(self, organization: str, prompt_id: str, number: Number) -> Version | None:
        await self._reach(f"{prompt_id} {number}")
        if self.bodies_away:
            raise StoreUnavailable("The table is away.")
        return self._versions.get((organization, prompt_id), {}).get(number)

    async def versions(self, organization: str, prompt_id: str) -> list[Summary]:
        await self._reach()
        return [version.summary for _, version in sorted(self._versions.get((organization, prompt_id), {}).items())]

    async def find_version(self, organization: str, version_id: str) -> tuple[str, Number] | None:
        await self._reach(version_id)
        for (owner, prompt_id), versions in self._versions.items():
            for number, version in versions.items():
                if owner == organization and version.summary.id == version_id:
                    return prompt_id, number
        return None

    async def moves(self, organization: str, prompt_id: str) -> list[Move]:
        await self._reach()
        return list(self._moves.get((organization, prompt_id), []))

    async def draft(self, organization: str, prompt_id: str) -> Draft | None:
        await self._reach()
        return self._drafts.get((organization, prompt_id))

    async def commit(self, organization: str, change: Change) -> None:
        await self._reach()
        key = (organization, change.prompt.id)
        stored, draft = self._prompts.get(key), self._drafts.get(key)
        if (stored.revision if stored else 0) != change.prompt.revision - 1:
            raise EditConflict("The prompt was changed meanwhile.")
        if change.settles_draft is not None:
            if draft is None or draft.revision != change.settles_draft.revision:
                raise EditConflict("The draft was changed meanwhile.")
            del self._drafts[key]
        self._prompts[key] = change.prompt
        if change.version is not None:
            self._versions.setdefault(key, {})[change.version.summary.number] = change.version
        if change.withdraws is not None:
            del self._versions[key][change.withdraws.number]
        self._moves.setdefault(key, []).extend(change.moves)

    async def save_draft(self, organization: str, prompt_id: str, draft: Draft) -> None:
        await self._reach()
        stored = self._drafts.get((organization, prompt_id))
        if (stored.revision if stored else 0) != draft.revision - 1:
            raise EditConflict("The draft was changed meanwhile.")
        self._drafts[organization, prompt_id] = draft

    async def discard_draft(self, organization: str, prompt_id: str) -> None:
        await self._reach()
        self._drafts.pop((organization, prompt_id), None)

    async def _reach(self, *read: str) -> None:
        self.reads += read
        if self.hanging is not None:
            await self.hanging.wait()
        if self.away:
            raise StoreUnavailable("The table is away.")


@dataclass(frozen=True, slots=True)
class FixedConfigurations:
    configuration: Configuration

    async def current(self) -> Configuration:
        return self.configuration


def access(*providers: str, simulated: Sequence[str] = ()) -> Access:
    names = (*providers, *simulated)
    return Access(
        {
            name: ProviderAccess(
                PROVIDERS[name].base_url,
                {"resource": "acme", "region": "us-east-1", "project": "acme"},
                simulated=name in simulated,
            )
            for name in names
        }
    )


@dataclass(slots=True)
class World:
    """A gateway among fakes."""

    upstream: FakeUpstream
    clock: FakeClock = field(default_factory=FakeClock)
    callers: FakeCallers = field(default_factory=FakeCallers)
    records: FakeRecords = field(default_factory=FakeRecords)
    prompts: FakePrompts = field(default_factory=FakePrompts)
    access: Access = field(default_factory=lambda: access("openai", "azure", "anthropic", "google-ai-studio"))
    timeouts: Timeouts = field(default_factory=Timeouts)
    cooldown: float = 30.0
    gateway: Gateway = field(init=False)
    health: Health = field(init=False)

    def __post_init__(self) -> None:
        self.health = Health(self.clock, self.cooldown)
        attempts = Attempts(self.upstream, FakeCredentials(), self.clock, self.health, timeouts=self.timeouts)
        self.gateway = Gateway(
            Authenticator(self.callers, self.clock),
            FixedConfigurations(Configuration(Catalog.standard(), self.access)),
            PromptFinder(Shelf(self.prompts, self.clock)),
            Routes(),
            attempts,
            self.records,
            self.clock,
        )

    @property
    def record(self) -> RequestRecord:
        """The one record there must be."""
        (record,) = self.records.saved
        return record

    def context(self, **fields: object) -> RequestContext:
        known: dict[str, object] = {
            "id": "0cc175b9-c0f1-4b6a-8c31-c399e2697726",
            "started": self.clock.time(),
            "begun": self.clock.monotonic(),
            "deadline": self.clock.monotonic() + 900,
            "key": KEY,
        }
        return RequestContext(**{**known, **fields})  # type: ignore[arg-type]

    async def ask(self, body: Mapping[str, object] | bytes, **fields: object) -> "Answer":
        data = body if isinstance(body, bytes) else dumps(body)

        async def read_body() -> bytes:
            return data

        async with self.gateway.chat(read_body, self.context(**fields)) as reply:
            blocks = [block async for block in reply.body]
        return Answer(reply.status, reply.headers, blocks)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    blocks: list[bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.blocks)


@dataclass(slots=True)
class FakeTable:
    """Records as the table keeps them: by the moment they ended and their id, so that one saved twice is there once."""

    records: dict[tuple[str, int, str], RequestRecord] = field(default_factory=dict)

    def keep(self, *records: RequestRecord) -> None:
        for record in records:
            self.records[record.organization, record.ended_ms, record.id] = record

    read: int = 0
    bodies_read: int = 0

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
        start = max(hour, since or 0)
        end = min(hour + HOUR, until or hour + HOUR)
        keys = sorted(key for key in self.records if key[0] == organization and start <= key[1] < end)
        for key in reversed(keys) if newest_first else keys:
            self.read += 1
            yield self.records[key]._replace(request=None, response=None)

    def search(
        self, organization: str, hour: int, wanted: Filter, *, until: int, page: int | None
    ) -> Iterator[tuple[Position, RequestRecord | None]]:
        for record in self.hour(organization, hour, since=wanted.since, until=until, newest_first=True):
            yield Position.of(record), record if (record.user or "").startswith(wanted.user or "") else None

    def sessions(self, organization: str, session_ids: Sequence[str], limit: int) -> list[list[RequestRecord]]:
        found = [self.records[key] for key in sorted(self.records) if key[0] == organization]
        return [[one for one in found if one.session_id == session_id][:limit] for session_id in session_ids]

    def one(self, organization: str, request_id: str) -> RequestRecord | None:
        keys = self._keys(organization, request_id)
        return self.records[keys[-1]] if keys else None

    def with_bodies(self, records: Sequence[RequestRecord]) -> list[RequestRecord]:
        self.bodies_read += len(records)
        return [self.records[record.organization, record.ended_ms, record.id] for record in records]

    def score(self, organization: str, request_id: str, scores: Mapping[str, Score]) -> bool:
        keys = self._keys(organization, request_id)
        if keys:
            self.records[keys[-1]] = self.records[keys[-1]]._replace(scores=scores)
        return bool(keys)

    def delete(self, organization: str, request_id: str) -> None:
        for key in self._keys(organization, request_id):
            del self.records[key]

    def _keys(self, organization: str, request_id: str) -> list[tuple[str, int, str]]:
        return sorted(key for key in self.records if (key[0], key[2]) == (organization, request_id))


class Cut(Exception):
    """The process ended here."""


@dataclass(slots=True)
class FakeRollups:
    """`breaks_after` so many writes raises Cut, once."""

    buckets: dict[tuple[str, str, int], tuple[int, int, Bucket]] = field(default_factory=dict)
    progress: dict[str, int] = field(default_factory=lambda: {CALLER.organization: 0})
    wishes: dict[str, list[Remake]] = field(default_factory=dict)
    writes: int = 0
    breaks_after: int | None = None

    def organizations(self) -> list[str]:
        return sorted(self.progress)

    def through(self, organization: str) -> int:
        return self.progress.get(organization, 0)

    def advance(self, organization: str, through: int) -> None:
        self._write()
        self.progress[organization] = max(through, self.through(organization))

    def put(
        self, organization: str, grain: StoredGrain, start: int, bucket: Bucket, *, through: int, version: int
    ) -> bool:
        known = self.buckets.get((organization, grain, start))
        if known[2] == bucket if known else not bucket[TOTAL].values:
            return False
        self._write()
        if known is None or known[1] <= version:
            self.buckets[organization, grain, start] = (through, version, bucket)
        return True

    def stored(
        self, organization: str, dimension: Dimension, grain: StoredGrain, first: int, last: int
    ) -> Iterator[StoredBreakdown]:
        for key in sorted(self.buckets):
            through, _, bucket = self.buckets[key]
            if key[:2] == (organization, grain) and first <= key[2] <= last and dimension in bucket:
                yield StoredBreakdown(key[2], through, bucket[dimension])

    def hours(self, organization: str, newest: int, oldest: int) -> Iterator[int]:
        found = (key[2] for key in sorted(self.buckets, reverse=True) if key[:2] == (organization, "hour"))
        return (hour for hour in found if oldest - oldest % HOUR <= hour <= newest)

    def remake(self, organization: str, hour: int) -> None:
        self.wishes.setdefault(organization, []).append(Remake(hour, f"token-{self.writes}"))

    def remakes(self, organization: str) -> list[Remake]:
        return list(self.wishes.get(organization, []))

    def remade(self, organization: str, remake: Remake) -> None:
        self.wishes[organization].remove(remake)

    def _write(self) -> None:
        self.writes += 1
        if self.breaks_after is not None and self.writes > self.breaks_after:
            self.breaks_after = None
            raise Cut
