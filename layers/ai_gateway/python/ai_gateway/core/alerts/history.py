"""What happened to alerts: transitions and notices, their values and who was told; and what is still to be sent."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from ai_gateway.core.alerts.groups import group_hash
from ai_gateway.core.alerts.messages import Message, message_fields, read_message
from ai_gateway.core.alerts.states import AlertState
from ai_gateway.core.wire import JsonObject

Happening: TypeAlias = Literal["firing", "resolved", "reminder", "report"]

FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0
"""Seconds before a failed delivery is tried again; they double from the first to the second."""
GIVE_UP = 86_400.0
"""Seconds after which it is tried no more."""


@dataclass(frozen=True, slots=True)
class Told:
    """That a destination has a message, or that it was given up to send it there (`error`)."""

    destination: str
    at: float
    attempts: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` is Unix seconds. `value` and `threshold` are in words, as they were then. `held` is why nobody was told."""

    organization: str
    subject: str
    name: str
    group: str
    happening: Happening
    at: float
    value: str = ""
    threshold: str = ""
    severity: str = ""
    incident: str = ""
    held: str | None = None
    destinations: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()

    @property
    def waiting(self) -> tuple[str, ...]:
        """Destinations that are still to be told."""
        known = {told.destination for told in self.told}
        return tuple(name for name in self.destinations if name not in known)

    @property
    def about(self) -> str:
        return f"{self.subject}#{group_hash(self.group)}"

    @property
    def key(self) -> str:
        """Of no other entry of its organization; entries sort by it as by time."""
        return f"{int(self.at * 1000):013d}#{self.about}#{self.happening}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one destination. `about` names the rule and group, or the report; `entry` is the key of
    the entry that it belongs to, `due` when it is to be tried next, `error` what went wrong the last time.
    """

    organization: str
    destination: str
    about: str
    entry: str
    created: float
    message: Message
    attempts: int = 0
    due: float = 0.0
    error: str | None = None

    @property
    def key(self) -> str:
        """Sorts by age."""
        return f"{self.entry}#{self.organization}#{self.destination}"

    @property
    def lane(self) -> tuple[str, str, str]:
        """Messages about one thing come to a destination in their order."""
        return self.organization, self.destination, self.about


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one state, to be written whole or not at all: the state over the version before its own, the entry in
    the history, and the deliveries that it owes.
    """

    organization: str
    rule: str
    group: str
    state: AlertState
    entry: Entry | None = None
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of an organization between runs: states by rule and then by group, and when each report was
    due that was sent last.
    """

    states: Mapping[str, Mapping[str, AlertState]] = field(default_factory=dict)
    reports: Mapping[str, float] = field(default_factory=dict)


def deliveries_of(entry: Entry, message: Message, created: float) -> tuple[Delivery, ...]:
    """One to each destination that the entry names."""
    return tuple(
        Delivery(entry.organization, destination, entry.about, entry.key, created, message)
        for destination in entry.destinations
    )


def wait_after(attempts: int) -> float:
    """Seconds until a delivery that failed so many times is tried again."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempts - 1))


def entry_fields(entry: Entry) -> JsonObject:
    """Without `told`, which is written apart, as it becomes known."""
    fields = asdict(entry)
    del fields["told"]
    return fields


def read_entry(fields: Mapping[str, object], told: tuple[Told, ...] = ()) -> Entry:
    destinations = fields.get("destinations")
    known = tuple(destinations) if isinstance(destinations, list) else ()
    return Entry(**{**fields, "destinations": known, "told": told})  # type: ignore[arg-type]


def delivery_fields(delivery: Delivery) -> JsonObject:
    return {**asdict(delivery), "message": message_fields(delivery.message)}


def read_delivery(fields: Mapping[str, object]) -> Delivery:
    message = fields.get("message")
    known = {**fields, "message": read_message(message if isinstance(message, dict) else {})}
    return Delivery(**known)  # type: ignore[arg-type]
