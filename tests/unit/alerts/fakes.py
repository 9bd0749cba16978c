"""Fakes of what alerts need of the world. The memory keeps its promises as the table does: whole or not at all."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ai_gateway.core.alerts.destinations import KINDS, Destination, DestinationKind, DestinationSecret
from ai_gateway.core.alerts.history import Change, Delivery, Entry, Kept, Told
from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.alerts.reports import Report
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.snoozes import Snooze
from ai_gateway.core.alerts.states import AlertState
from ai_gateway.core.alerts.tally import Ask, Groups, Slices, Tally
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.webhooks import RequestWebhook
from ai_gateway.ports.alerts import Definition, Definitions, DeliveryFailed, Notifier, WebhookCall
from ai_gateway.services.alerts.alerting import Alerting
from ai_gateway.services.alerts.delivering import Dispatch
from ai_gateway.services.alerts.desk import Desk
from ai_gateway.services.alerts.places import Places
from ai_gateway.services.alerts.reporting import Reporting
from ai_gateway.services.alerts.request_webhooks import WebhookCalls
from tests.fakes import FakeClock, FakeTable

T = TypeVar("T")

OPS = Destination("ops", "Ops", "email", settings={"to": "ops@example.com"})
DEV = Destination("dev", "Dev", "email", settings={"to": "dev@example.com"})


class Killed(BaseException):
    """The process is gone: nothing after it runs, and nothing catches it."""


def _name(definition: object) -> tuple[object, ...]:
    names = ("organization", "id", "rule", "group")
    return (type(definition), *(getattr(definition, name, None) for name in names))


@dataclass(slots=True)
class FakeDefinitions:
    definitions: Definitions = field(default_factory=Definitions)
    away: bool = False

    async def all(self) -> Definitions:
        if self.away:
            raise StoreUnavailable("The table is away.")
        return self.definitions

    async def webhooks(self) -> list[RequestWebhook]:
        if self.away:
            raise StoreUnavailable("The table is away.")
        return list(self.definitions.webhooks.values())

    async def put(self, definition: Definition) -> None:
        self.keep(definition)

    async def remove(self, definition: Definition) -> None:
        self.forget(definition)

    def keep(self, definition: Definition) -> None:
        self.forget(definition)
        known, key = self.definitions, (definition.organization, getattr(definition, "id", ""))
        match definition:
            case Rule():
                known = replace(known, rules=(*known.rules, definition))
            case Report():
                known = replace(known, reports=(*known.reports, definition))
            case Snooze():
                known = replace(known, snoozes=(*known.snoozes, definition))
            case Destination():
                known = replace(known, destinations={**known.destinations, key: definition})
            case RequestWebhook():
                known = replace(known, webhooks={**known.webhooks, key: definition})
        self.definitions = known

    def forget(self, definition: Definition) -> None:
        def others(definitions: Iterable[T]) -> tuple[T, ...]:
            return tuple(one for one in definitions if _name(one) != _name(definition))

        known = self.definitions
        self.definitions = Definitions(
            others(known.rules),
            others(known.reports),
            others(known.snoozes),
            {key: one for key, one in known.destinations.items() if _name(one) != _name(definition)},
            {key: one for key, one in known.webhooks.items() if _name(one) != _name(definition)},
        )


@dataclass
class FakeMemory:
    """`dies_before` and `dies_after` name a call at which the process is killed."""

    states: dict[tuple[str, str, str], AlertState] = field(default_factory=dict)
    reports: dict[tuple[str, str], float] = field(default_factory=dict)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    queue: dict[str, Delivery] = field(default_factory=dict)
    claims: dict[str, float] = field(default_factory=dict)
    writes: int = 0
    dies_before: str = ""
    dies_after: str = ""

    async def kept(self, organization: str) -> Kept:
        states: dict[str, dict[str, AlertState]] = {}
        for (owner, rule, group), state in self.states.items():
            if owner == organization:
                states.setdefault(rule, {})[group] = state
        reports = {report: due for (owner, report), due in self.reports.items() if owner == organization}
        return Kept(states, reports)

    async def commit(self, change: Change) -> bool:
        self._dies("commit", self.dies_before)
        key = (change.organization, change.rule, change.group)
        if self.states.get(key, AlertState()).version != change.state.version - 1:
            return False
        self.states[key] = change.state
        self._enter(change.entry, change.deliveries)
        self.writes += 1
        self._dies("commit", self.dies_after)
        return True

    async def commit_report(
        self, report: Report, due: float, entry: Entry | None, deliveries: Sequence[Delivery]
    ) -> bool:
        key = (report.organization, report.id)
        if self.reports.get(key, 0.0) >= due:
            return False
        self.reports[key] = due
        self._enter(entry, deliveries)
        return True

    async def waiting(self) -> list[Delivery]:
        return [self.queue[key] for key in sorted(self.queue)]

    async def claim(self, delivery: Delivery, *, now: float, until: float) -> bool:
        known = self.queue.get(delivery.key)
        if known is None or known.attempts != delivery.attempts or self.claims.get(delivery.key, 0.0) > now:
            return False
        self.claims[delivery.key] = until
        self._dies("claim", self.dies_after)
        return True

    async def postpone(self, delivery: Delivery) -> None:
        self.queue[delivery.key] = delivery
        self.claims.pop(delivery.key, None)

    async def settle(self, delivery: Delivery, told: Told) -> None:
        self._dies("settle", self.dies_before)
        self.queue.pop(delivery.key, None)
        key = (delivery.organization, delivery.entry)
        entry = self.entries[key]
        others = tuple(one for one in entry.told if one.destination != told.destination)
        self.entries[key] = replace(entry, told=(*others, told))

    async def history(
        self, organization: str, limit: int, *, before: float | None = None, subject: str | None = None
    ) -> list[Entry]:
        entries = [self.entries[key] for key in sorted(self.entries, reverse=True) if key[0] == organization]
        return [
            entry for entry in entries if (before is None or entry.at < before) and subject in (None, entry.subject)
        ][:limit]

    def _enter(self, entry: Entry | None, deliveries: Sequence[Delivery]) -> None:
        if entry is not None:
            self.entries[entry.organization, entry.key] = entry
        for delivery in deliveries:
            self.queue[delivery.key] = delivery

    def _dies(self, at: str, when: str) -> None:
        if at == when:
            raise Killed


class Stale(FakeMemory):
    """What another run remembers that read `read` before this memory went on."""

    def __init__(self, memory: FakeMemory, read: Kept) -> None:
        super().__init__(memory.states, memory.reports, memory.entries, memory.queue, memory.claims)
        self.read = read

    async def kept(self, organization: str) -> Kept:
        return self.read


@dataclass(slots=True)
class FakeMeasuring:
    records: list[RequestRecord] = field(default_factory=list)
    away: bool = False

    async def measure(self, organization: str, asks: Collection[Ask]) -> dict[Ask, Groups]:
        if self.away:
            raise StoreUnavailable("The table is away.")
        tally = Tally(asks)
        for record in self.records:
            if record.organization == organization:
                tally.add(record)
        return tally.measured()

    async def series(self, organization: str, ask: Ask, slices: int) -> list[Groups]:
        sliced = Slices(ask, slices)
        for record in self.records:
            if record.organization == organization:
                sliced.add(record)
        return sliced.measured()

    async def trends(self, organization: str, asks: Collection[Ask], slices: int) -> dict[Ask, list[Groups]]:
        return {ask: await self.series(organization, ask, slices) for ask in asks}


@dataclass(slots=True)
class FakeNotifier:
    """`failures` are raised in turn, before it works again. `dies` is when it is killed: after it has sent."""

    sent: list[tuple[str, Message]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    secrets: list[DestinationSecret] = field(default_factory=list)
    dies: bool = False

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.secrets.append(secret)
        self.sent.append((destination.id, message))
        if self.dies:
            raise Killed

    def kinds(self, destination: str = "ops") -> list[str]:
        return [message.kind for to, message in self.sent if to == destination]


@dataclass(slots=True)
class FakeSecrets:
    secrets: dict[str, Mapping[str, str]] = field(default_factory=dict)

    async def get(self, name: str) -> Mapping[str, str] | None:
        return self.secrets.get(name)

    async def put(self, name: str, secret: Mapping[str, str]) -> None:
        self.secrets[name] = secret

    async def remove(self, name: str) -> None:
        self.secrets.pop(name, None)


@dataclass(slots=True)
class FakePoster:
    posted: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.posted.append((url, body, headers or {}))


@dataclass(slots=True)
class AlertWorld:
    """Alerting among fakes."""

    clock: FakeClock = field(default_factory=FakeClock)
    definitions: FakeDefinitions = field(default_factory=FakeDefinitions)
    memory: FakeMemory = field(default_factory=FakeMemory)
    measuring: FakeMeasuring = field(default_factory=FakeMeasuring)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    poster: FakePoster = field(default_factory=FakePoster)
    requests: FakeTable = field(default_factory=FakeTable)

    def define(self, *definitions: Definition) -> None:
        for definition in definitions:
            self.definitions.keep(definition)

    def alerting(self) -> Alerting:
        """A run of its own, as of another process: it shares nothing but the world."""
        notifiers: dict[DestinationKind, Notifier] = dict.fromkeys(KINDS, self.notifier)
        dispatch = Dispatch(self.memory, notifiers, self.secrets, self.clock)
        reporting = Reporting(self.memory, self.measuring, self.clock)
        return Alerting(self.definitions, self.memory, self.measuring, reporting, dispatch, self.clock)

    def calls(self) -> WebhookCalls:
        return WebhookCalls(
            self.definitions, self.requests, self.secrets, self.poster, self.clock, "https://gw.example"
        )

    def desk(self) -> Desk:
        return Desk(self.alerting())

    def places(self, *, allow_private: bool = False) -> Places:
        dispatch = self.alerting().dispatch
        return Places(self.definitions, dispatch, self.calls(), self.secrets, self.clock, allow_private)

    async def run(self) -> None:
        await self.alerting().run()

    def minutes_go_by(self, minutes: float = 1) -> None:
        self.clock.now += 60 * minutes


@dataclass(slots=True)
class FakeQueue:
    calls: list[WebhookCall] = field(default_factory=list)
    away: bool = False

    async def put(self, call: WebhookCall) -> None:
        if self.away:
            raise StoreUnavailable("The queue is away.")
        self.calls.append(call)


def refused(*, lasting: bool = False) -> DeliveryFailed:
    return DeliveryFailed("The mail server said no.", lasting=lasting)
