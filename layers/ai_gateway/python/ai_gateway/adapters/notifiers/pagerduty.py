"""PagerDuty, by its Events API v2: https://developer.pagerduty.com/docs/send-alert-event"""

from ai_gateway.adapters.notifiers.posting import Posting
from ai_gateway.core.alerts.destinations import Destination, DestinationSecret
from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.alerts.periods import iso
from ai_gateway.core.wire import JsonObject, dumps
from ai_gateway.ports.alerts import DeliveryFailed

ENQUEUE = "https://events.pagerduty.com/v2/enqueue"
LONGEST_SUMMARY = 1024


class PagerDutyNotifier:
    """The secret's `routing_key` is that of an integration. A test opens an incident and closes it at once."""

    def __init__(self, posting: Posting, url: str = ENQUEUE) -> None:
        self._posting = posting
        self._url = url

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:  # noqa: ARG002
        key = secret["routing_key"]
        match message.kind:
            case "report":
                raise DeliveryFailed("PagerDuty takes alerts, not reports.", lasting=True)
            case "alert.resolved":
                await self._send(resolve_event(message, key))
            case "test":
                await self._send(trigger_event(message, key))
                await self._send(resolve_event(message, key))
            case _:
                await self._send(trigger_event(message, key))

    async def _send(self, event: JsonObject) -> None:
        await self._posting.post(self._url, dumps(event))


def trigger_event(message: Message, routing_key: str) -> JsonObject:
    """Events of one incident have one key, so that one that comes twice, or a reminder, opens no second alert."""
    details: JsonObject = {**dict(message.facts), "condition": message.text, "trend": message.trend}
    event: JsonObject = {
        **_event(message, routing_key, "trigger"),
        "client": "ai-gateway",
        "payload": {
            "summary": f"{message.title}. {message.text}"[:LONGEST_SUMMARY],
            "source": "ai-gateway",
            "severity": message.severity,
            "timestamp": iso(message.at),
            "custom_details": details,
        },
    }
    if message.link is not None:
        event |= {"client_url": message.link, "links": [{"href": message.link, "text": "The requests"}]}
    return event


def resolve_event(message: Message, routing_key: str) -> JsonObject:
    return _event(message, routing_key, "resolve")


def _event(message: Message, routing_key: str, action: str) -> JsonObject:
    return {"routing_key": routing_key, "event_action": action, "dedup_key": message.incident}
