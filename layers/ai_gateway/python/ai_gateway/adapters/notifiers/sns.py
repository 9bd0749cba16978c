"""An SNS topic: text for people who subscribed by mail, JSON for programs."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from ai_gateway.core.alerts.destinations import Destination, DestinationSecret
from ai_gateway.core.alerts.messages import Message, payload
from ai_gateway.core.wire import dumps_text
from ai_gateway.ports.alerts import DeliveryFailed

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

LONGEST_SUBJECT = 100
"""And only ASCII: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
PROGRAMS = ("lambda", "sqs", "http", "https", "firehose")


class SnsNotifier:
    """`client_in` gives a client for a region: topics may be in others than the gateway."""

    def __init__(self, client_in: "Callable[[str], SNSClient]") -> None:
        self._client_in = client_in

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:  # noqa: ARG002
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            await asyncio.to_thread(self._publish, message, destination.settings["topic_arn"])
        except (BotoCoreError, ClientError) as error:
            raise DeliveryFailed(f"SNS did not take it: {str(error)[:300]}") from error

    def _publish(self, message: Message, topic: str) -> None:
        client = self._client_in(topic.split(":")[3])
        text, data = _text(message), dumps_text(payload(message))
        forms = {"default": text, **dict.fromkeys(PROGRAMS, data)}
        subject = message.title.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]
        attributes = {"type": message.kind, "severity": message.severity}
        # A topic in order drops what comes twice within five minutes.
        ordered = (
            {
                "MessageGroupId": _name(message.incident or message.id),
                "MessageDeduplicationId": _name(message.id),
            }
            if topic.endswith(".fifo")
            else {}
        )
        client.publish(
            TopicArn=topic,
            Subject="".join(sign if sign.isprintable() else " " for sign in subject),
            Message=dumps_text(forms),
            MessageStructure="json",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
            **ordered,
        )


def _text(message: Message) -> str:
    facts = (f"{label}: {value}" for label, value in message.facts)
    return "\n".join(filter(None, (message.title, message.text, *facts, message.trend.strip(), message.link)))


def _name(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:64]
