"""Sends what waits to be sent: each message to each destination once, however many runs there are.

A delivery is claimed, sent, and settled. The claim keeps other runs away. When a run dies after sending and before
settling, its claim lapses and the message is sent again under the same id: an alert that comes twice is a nuisance, one
that never comes is what alerts are there to prevent. PagerDuty and receivers of webhooks drop the second by its id.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ai_gateway.core.alerts.destinations import KINDS, Destination, DestinationKind, DestinationSecret
from ai_gateway.core.alerts.history import GIVE_UP, Delivery, Told, wait_after
from ai_gateway.core.alerts.messages import Message
from ai_gateway.ports import Clock
from ai_gateway.ports.alerts import AlertMemory, Definitions, DeliveryFailed, Notifier, SecretStore

CLAIM = 180.0
"""Seconds that a delivery stays with the run that claimed it: longer than a run may last."""
LONGEST_SEND = 10.0
AT_ONCE = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """`longest` is how many seconds one round may go on beginning to send."""

    memory: AlertMemory
    notifiers: Mapping[DestinationKind, Notifier]
    secrets: SecretStore
    clock: Clock
    longest: float = 30.0

    async def send_waiting(self, definitions: Definitions) -> int:
        """Try what is due, and say how many arrived. A failure is kept for a later run and stops nothing else. Raises
        StoreUnavailable when all has been tried.
        """
        ends = self.clock.monotonic() + self.longest
        limit = asyncio.Semaphore(AT_ONCE)

        async def send(lane: list[Delivery]) -> int:
            async with limit:
                return await self._send_lane(lane, definitions, ends)

        lanes = map(send, _lanes(await self.memory.waiting()))
        arrived = await asyncio.gather(*lanes, return_exceptions=True)
        for failure in (one for one in arrived if isinstance(one, BaseException)):
            raise failure
        return sum(count for count in arrived if isinstance(count, int))

    async def send(self, message: Message, destination: Destination) -> None:
        """Right now, and once. Raises DeliveryFailed."""
        notifier = self.notifiers.get(destination.kind)
        if notifier is None:
            raise DeliveryFailed(f"This installation cannot send to {destination.kind}.")
        secret = await self._secret(destination)
        try:
            async with asyncio.timeout(LONGEST_SEND):
                await notifier.notify(message, destination, secret)
        except TimeoutError as error:
            raise DeliveryFailed(f"No answer in {LONGEST_SEND:g} seconds.") from error
        except DeliveryFailed as error:
            raise error.without(secret.values()) from None

    async def _send_lane(self, lane: list[Delivery], definitions: Definitions, ends: float) -> int:
        """In order, up to the first that does not arrive: that something is over comes after that it began."""
        for count, delivery in enumerate(lane):
            now = self.clock.time()
            if delivery.due > now or self.clock.monotonic() > ends:
                return count
            if not await self.memory.claim(delivery, now=now, until=now + CLAIM):
                return count
            if not await self._arrived(delivery, definitions):
                return count
        return len(lane)

    async def _arrived(self, delivery: Delivery, definitions: Definitions) -> bool:
        """Whether the next of its lane may follow: it was sent, or given up for good."""
        attempts = delivery.attempts + 1
        try:
            await self.send(delivery.message, _destination(delivery, definitions))
        except DeliveryFailed as error:
            return await self._failed(replace(delivery, attempts=attempts, error=str(error)), lasting=error.lasting)
        await self.memory.settle(delivery, Told(delivery.destination, self.clock.time(), attempts))
        return True

    async def _failed(self, delivery: Delivery, *, lasting: bool) -> bool:
        now = self.clock.time()
        log.warning("%s did not reach %s: %s", delivery.message.id, delivery.destination, delivery.error)
        if lasting or now - delivery.created > GIVE_UP:
            await self.memory.settle(delivery, Told(delivery.destination, now, delivery.attempts, delivery.error))
            return True
        await self.memory.postpone(replace(delivery, due=now + wait_after(delivery.attempts)))
        return False

    async def _secret(self, destination: Destination) -> DestinationSecret:
        name = KINDS[destination.kind].secret
        if name is None:
            return {}
        secret = await self.secrets.get(destination.secret_name)
        if not secret or not secret.get(name):
            raise DeliveryFailed(f"The destination {destination.id!r} has no {name}. Set it, then it is sent.")
        return secret


def _destination(delivery: Delivery, definitions: Definitions) -> Destination:
    destination = definitions.destinations.get((delivery.organization, delivery.destination))
    if destination is None:
        raise DeliveryFailed("There is no such destination any more.", lasting=True)
    return destination


def _lanes(waiting: Iterable[Delivery]) -> list[list[Delivery]]:
    lanes: dict[tuple[str, str, str], list[Delivery]] = {}
    for delivery in waiting:
        lanes.setdefault(delivery.lane, []).append(delivery)
    return list(lanes.values())
