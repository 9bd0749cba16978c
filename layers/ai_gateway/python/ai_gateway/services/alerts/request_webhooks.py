"""Request webhooks: once its record is kept a request is put into a queue, and told to applications from there.

The caller waits for none of it. What does not arrive is tried again by the queue, and in the end kept among its dead
letters; what the queue does not take is logged with the request's id.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.signatures import helicone_signature, signed
from ai_gateway.core.webhooks import RequestWebhook, wants, webhook_payload
from ai_gateway.core.wire import dumps
from ai_gateway.ports import Clock, RecordReader, Records
from ai_gateway.ports.alerts import (
    AlertDefinitions,
    DeliveryFailed,
    Poster,
    SecretStore,
    WebhookCall,
    WebhookQueue,
)

log = logging.getLogger(__name__)


class ToldRecords:
    """Records that webhooks are told of. Which webhooks there are is asked again after `remember` seconds; while the
    table is away, those last known are.
    """

    def __init__(
        self, records: Records, definitions: AlertDefinitions, queue: WebhookQueue, clock: Clock, remember: float = 30.0
    ) -> None:
        self._records = records
        self._definitions = definitions
        self._queue = queue
        self._clock = clock
        self._remember = remember
        self._known: Sequence[RequestWebhook] | None = None
        self._asked = 0.0

    async def room(self) -> None:
        await self._records.room()

    async def save(self, record: RequestRecord) -> None:
        await self._records.save(record)
        try:
            for webhook in await self._webhooks():
                if wants(webhook, record):
                    await self._queue.put(WebhookCall(record.organization, webhook.id, record.id))
        except StoreUnavailable as error:
            log.error("Webhooks were not told of the request %s: %s", record.id, error.message)  # noqa: TRY400

    async def _webhooks(self) -> Sequence[RequestWebhook]:
        now = self._clock.monotonic()
        if self._known is None or now - self._asked > self._remember:
            try:
                self._known = await self._definitions.webhooks()
            except StoreUnavailable:
                if self._known is None:
                    raise
                log.warning("The webhooks could not be read; those last known are told")
            self._asked = now
        return self._known


@dataclass(frozen=True, slots=True)
class WebhookCalls:
    """Makes the calls that come out of the queue. `console` is the console's address, to which they link."""

    definitions: AlertDefinitions
    requests: RecordReader
    secrets: SecretStore
    poster: Poster
    clock: Clock
    console: str | None = None

    async def make(self, call: WebhookCall) -> None:
        """Raises DeliveryFailed or StoreUnavailable, after which it is to be tried again. A webhook that was removed or
        switched off meanwhile is told nothing.
        """
        webhooks = await self.definitions.webhooks()
        webhook = next(
            (one for one in webhooks if (one.organization, one.id) == (call.organization, call.webhook)), None
        )
        if webhook is None or not webhook.enabled:
            log.info("The webhook %s is gone: the request %s is not told", call.webhook, call.request)
            return
        record = await asyncio.to_thread(self.requests.one, call.organization, call.request)
        if record is None:
            raise DeliveryFailed(f"The record of {call.request} is not there yet.")
        await self.send(webhook, record)

    async def send(self, webhook: RequestWebhook, record: RequestRecord) -> None:
        """Raises DeliveryFailed."""
        body = dumps(webhook_payload(webhook, record, self.console))
        secret = (await self.secrets.get(webhook.secret_name) or {}).get("signing_secret", "")
        try:
            headers = {
                **signed(secret, record.id, self.clock.time(), body),
                "helicone-signature": helicone_signature(secret, body),
            }
        except ValueError as error:
            raise DeliveryFailed(f"The webhook {webhook.id} cannot be signed: {error}") from error
        try:
            await self.poster.post(webhook.url, body, headers)
        except DeliveryFailed as error:
            raise error.without([secret]) from None
