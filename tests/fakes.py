"""Fakes of the ports, for tests of the services."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.core.context import RequestContext, Timeouts
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.routing import Access, ProviderAccess
from ai_gateway.core.wire import dumps
from ai_gateway.ports import Configuration, UpstreamCall
from ai_gateway.services.attempting import Attempts
from ai_gateway.services.authentication import Authenticator
from ai_gateway.services.gateway import Gateway
from ai_gateway.services.health import Health
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

    async def find(self, key_hash: str) -> Caller | None:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("The table is away.")
        return self.callers.get(key_hash)


@dataclass(slots=True)
class FakeRecords:
    saved: list[RequestRecord] = field(default_factory=list)

    async def save(self, record: RequestRecord) -> None:
        self.saved.append(record)


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
