"""Any HTTP receiver: JSON, signed as Standard Webhooks has it."""

from ai_gateway.adapters.notifiers.posting import Posting
from ai_gateway.core.alerts.destinations import Destination, DestinationSecret
from ai_gateway.core.alerts.messages import Message, payload
from ai_gateway.core.signatures import signed
from ai_gateway.core.wire import dumps
from ai_gateway.ports import Clock
from ai_gateway.ports.alerts import DeliveryFailed


class WebhookNotifier:
    """The secret's `signing_secret` signs; `webhook-id` is the same whenever a message is sent again."""

    def __init__(self, posting: Posting, clock: Clock) -> None:
        self._posting = posting
        self._clock = clock

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:
        body = dumps(payload(message))
        try:
            headers = signed(secret["signing_secret"], message.id, self._clock.time(), body)
        except ValueError as error:
            raise DeliveryFailed(f"It cannot be signed: {error}") from error
        await self._posting.post(destination.settings["url"], body, headers)
