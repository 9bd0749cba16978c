"""What alerts, reports and request webhooks need from the world."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, Self, TypeAlias

from ai_gateway.core.alerts.destinations import Destination, DestinationSecret
from ai_gateway.core.alerts.history import Change, Delivery, Entry, Kept, Told
from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.alerts.reports import Report
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.snoozes import Snooze
from ai_gateway.core.alerts.tally import Ask, Groups, Measured
from ai_gateway.core.redaction import without_secrets
from ai_gateway.core.webhooks import RequestWebhook


class Measuring(Protocol):
    """What was measured of an organisation's requests. Raises StoreUnavailable while the table is away."""

    async def measure(self, organization: str, asks: Collection[Ask]) -> Measured:
        """Every ask with its groups; one of which there is nothing has none."""

    async def series(self, organization: str, ask: Ask, slices: int) -> Sequence[Groups]:
        """One ask, in so many slices of its time, the oldest first."""

    async def trends(self, organization: str, asks: Collection[Ask], slices: int) -> Mapping[Ask, Sequence[Groups]]:
        """The same of several; without those that reach farther back than can be read at once."""


Definition: TypeAlias = Rule | Destination | Report | RequestWebhook | Snooze
DefinitionKind: TypeAlias = Literal["rule", "destination", "report", "webhook", "snooze"]


@dataclass(frozen=True, slots=True)
class Definitions:
    """What operators set up of alerts, of every organisation. Destinations and webhooks by organisation and id."""

    rules: tuple[Rule, ...] = ()
    reports: tuple[Report, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    destinations: Mapping[tuple[str, str], Destination] = field(default_factory=dict)
    webhooks: Mapping[tuple[str, str], RequestWebhook] = field(default_factory=dict)


class AlertDefinitions(Protocol):
    """Every call raises StoreUnavailable while the table is away."""

    async def all(self) -> Definitions: ...

    async def webhooks(self) -> Sequence[RequestWebhook]:
        """The webhooks alone, for less."""

    async def put(self, definition: Definition) -> None: ...

    async def remove(self, definition: Definition) -> None: ...


class AlertMemory(Protocol):
    """What is remembered of alerts between runs. Every call raises StoreUnavailable while the table is away."""

    async def kept(self, organization: str) -> Kept: ...

    async def commit(self, change: Change) -> bool:
        """Write all of a change, or nothing: False says that another run was there first."""

    async def commit_report(
        self, report: Report, due: float, entry: Entry | None, deliveries: Sequence[Delivery]
    ) -> bool:
        """Remember that a report was due then, and what it owes; False when another run, or a later one, did."""

    async def waiting(self) -> list[Delivery]:
        """Every delivery that is not settled, of every organisation, the oldest first."""

    async def claim(self, delivery: Delivery, *, now: float, until: float) -> bool:
        """Whether it is this run's to send until then: not when another run claims it or has tried it meanwhile."""

    async def postpone(self, delivery: Delivery) -> None:
        """Give it back with its `attempts`, `due` and `error` as they are now."""

    async def settle(self, delivery: Delivery, told: Told) -> None:
        """It was sent, or given up: it leaves the queue and stands in the history. Twice is as good as once."""

    async def history(
        self, organization: str, limit: int, *, before: float | None = None, subject: str | None = None
    ) -> list[Entry]:
        """Newest first, from before a moment, of one rule or report or of all."""


class DeliveryFailed(Exception):
    """A message did not get there. The error's text may be shown; `lasting` says that trying again is no use."""

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting

    def without(self, secrets: Iterable[str]) -> Self:
        """The same without these secrets: receivers repeat what they got, and a path may be all of a secret."""
        return type(self)(without_secrets(str(self), tuple(secrets)), lasting=self.lasting)


class Notifier(Protocol):
    """Sends messages to one kind of destination."""

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:
        """Raises DeliveryFailed."""


class SecretStore(Protocol):
    """Secrets by name, each a few texts. Every call raises StoreUnavailable."""

    async def get(self, name: str) -> Mapping[str, str] | None: ...

    async def put(self, name: str, secret: Mapping[str, str]) -> None: ...

    async def remove(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A finished request that an application is to be told of."""

    organization: str
    webhook: str
    request: str


class WebhookQueue(Protocol):
    """What is still to be told. A call that is not taken away comes again, and in the end to the dead letters."""

    async def put(self, call: WebhookCall) -> None:
        """Raises StoreUnavailable."""


class Poster(Protocol):
    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """POST JSON; returns when the answer is a 2xx, and raises DeliveryFailed, also when none comes for long."""
