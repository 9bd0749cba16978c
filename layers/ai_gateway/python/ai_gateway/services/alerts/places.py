"""Where operators set up who is told: destinations and request webhooks, with their secrets.

Secrets go to the secret store and are shown once, when they are made. What moves to another host gets a new one: what
was agreed with one receiver is none of another's business.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from ai_gateway.core.alerts.destinations import KINDS, Destination, check_secret, host_of, read_destination
from ai_gateway.core.alerts.messages import Message, trial_message
from ai_gateway.core.errors import EditConflict, InvalidRequest
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.signatures import new_secret
from ai_gateway.core.webhooks import RequestWebhook, read_webhook
from ai_gateway.core.wire import Json
from ai_gateway.ports import Clock
from ai_gateway.ports.alerts import AlertDefinitions, SecretStore
from ai_gateway.services.alerts.delivering import Dispatch
from ai_gateway.services.alerts.desk import check_number, found
from ai_gateway.services.alerts.request_webhooks import WebhookCalls

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Places:
    """Every call is about one organization. `allow_private` lets webhooks go to plain HTTP, too."""

    definitions: AlertDefinitions
    dispatch: Dispatch
    calls: WebhookCalls
    secrets: SecretStore
    clock: Clock
    allow_private: bool = False

    def read_destination(self, fields: Json, organization: str) -> Destination:
        """Raises InvalidRequest."""
        destination = read_destination(fields, organization)
        self._check_url(destination.settings.get("url"))
        return destination

    def read_webhook(self, fields: Json, organization: str) -> RequestWebhook:
        """Raises InvalidRequest."""
        webhook = read_webhook(fields, organization)
        self._check_url(webhook.url)
        return webhook

    async def put_destination(
        self, organization: str, fields: Json, secret: str | None = None
    ) -> tuple[Destination, str | None]:
        """The destination, and the signing secret when one was made. Without `secret` the known one stays."""
        destination = self.read_destination(fields, organization)
        known = await self.definitions.all()
        check_number(len(known.destinations), "destinations")
        before = known.destinations.get((organization, destination.id))
        made = await self._keep_secret(destination, before, secret)
        await self.definitions.put(destination)
        return destination, made

    async def remove_destination(self, organization: str, destination_id: str) -> None:
        """Raises EditConflict while rules or reports use it."""
        known = await self.definitions.all()
        destination = found(known.destinations.get((organization, destination_id)), "destination", destination_id)
        destinations = [(one.id, one.organization, one.destinations) for one in known.rules]
        destinations += [(one.id, one.organization, one.destinations) for one in known.reports]
        users = [name for name, owner, used in destinations if owner == organization and destination_id in used]
        if users:
            raise EditConflict(f"{', '.join(users)} use the destination {destination_id!r}. Change them first.")
        await self.definitions.remove(destination)
        await self.secrets.remove(destination.secret_name)

    async def test_destination(self, organization: str, destination_id: str) -> Message:
        """Send a message now. Raises DeliveryFailed."""
        known = await self.definitions.all()
        destination = found(known.destinations.get((organization, destination_id)), "destination", destination_id)
        message = trial_message(destination.id, self.clock.time(), secrets.token_hex(4))
        await self.dispatch.send(message, destination)
        return message

    async def put_webhook(
        self, organization: str, fields: Json, secret: str | None = None
    ) -> tuple[RequestWebhook, str | None]:
        """The webhook, and its signing secret when one was made."""
        webhook = self.read_webhook(fields, organization)
        known = await self.definitions.all()
        check_number(len(known.webhooks), "webhooks")
        before = known.webhooks.get((organization, webhook.id))
        moved = before is None or urlsplit(before.url).netloc != urlsplit(webhook.url).netloc
        made = None
        if secret is not None:
            await self.secrets.put(webhook.secret_name, check_secret("webhook", secret))
        elif moved or await self.secrets.get(webhook.secret_name) is None:
            made = new_secret(secrets.token_bytes(SECRET_BYTES))
            await self.secrets.put(webhook.secret_name, {"signing_secret": made})
        await self.definitions.put(webhook)
        return webhook, made

    async def remove_webhook(self, organization: str, webhook_id: str) -> None:
        known = await self.definitions.all()
        webhook = found(known.webhooks.get((organization, webhook_id)), "webhook", webhook_id)
        await self.definitions.remove(webhook)
        await self.secrets.remove(webhook.secret_name)

    async def test_webhook(self, organization: str, webhook_id: str) -> None:
        """Tell of a request that never was. Raises DeliveryFailed."""
        known = await self.definitions.all()
        webhook = found(known.webhooks.get((organization, webhook_id)), "webhook", webhook_id)
        now = self.clock.time()
        await self.calls.send(
            webhook,
            RequestRecord(
                f"test-{secrets.token_hex(4)}", now, "success", 200, organization=organization, simulated=True
            ),
        )

    async def _keep_secret(
        self, destination: Destination, before: Destination | None, secret: str | None
    ) -> str | None:
        """A new signing secret, when one had to be made."""
        if secret is not None:
            kept = check_secret(destination.kind, secret)
            self._check_url(kept.get("url"))
            await self.secrets.put(destination.secret_name, kept)
            return None
        name = KINDS[destination.kind].secret
        same = before is not None and (before.kind, host_of(before)) == (destination.kind, host_of(destination))
        if name is None or (same and await self.secrets.get(destination.secret_name)):
            return None
        if destination.kind != "webhook":
            raise InvalidRequest(f"A {destination.kind} destination needs its {name}.", param="secret")
        made = new_secret(secrets.token_bytes(SECRET_BYTES))
        await self.secrets.put(destination.secret_name, {name: made})
        return made

    def _check_url(self, url: str | None) -> None:
        if url is not None and not self.allow_private and not url.startswith("https://"):
            raise InvalidRequest("A webhook's URL must start with https://.", param="url")
