"""Calls of webhooks in an SQS queue: one that is not taken away comes again, and after some times stays with the dead
letters.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.wire import dumps_text, parse_object, text
from ai_gateway.ports.alerts import WebhookCall

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

TIMES = 6
"""How often a call is tried."""
AGAIN_AFTER = 60
"""Seconds until a call that was not taken away comes again; longer than one takes."""
KEPT = 14 * 86_400
"""Seconds that dead letters are kept: as long as SQS keeps anything."""
MOST_AT_ONCE = 10


class SqsWebhookQueue:
    """`make_client` is called when the first call is put: a gateway without webhooks does without one."""

    def __init__(self, make_client: "Callable[[], SQSClient]", url: str) -> None:
        self._make_client = make_client
        self._url = url
        self._client: SQSClient | None = None

    async def put(self, call: WebhookCall) -> None:
        await asyncio.to_thread(self._put, call)

    def _put(self, call: WebhookCall) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        if self._client is None:
            self._client = self._make_client()
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=call_text(call))
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The queue of webhooks did not take a request.") from error


class SqsWebhookReader:
    """The other end, for a process that has no event source to read for it."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    async def receive(self) -> list[tuple[str, WebhookCall]]:
        """What is there now, at most ten: receipts and calls. Raises StoreUnavailable."""
        return await asyncio.to_thread(self._receive)

    async def take_away(self, receipt: str) -> None:
        """It was made. Raises StoreUnavailable."""
        await asyncio.to_thread(self._delete, receipt)

    def _receive(self) -> list[tuple[str, WebhookCall]]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=MOST_AT_ONCE)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The queue of webhooks could not be read.") from error
        return [(message["ReceiptHandle"], read_call(message["Body"])) for message in answer.get("Messages", [])]

    def _delete(self, receipt: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The queue of webhooks could not be told that a call was made.") from error


def ensure_queues(client: "SQSClient", name: str) -> str:
    """The queue's URL, for laptops and tests; on AWS the stack makes queue and dead letters."""
    dead = client.create_queue(QueueName=f"{name}-dead", Attributes={"MessageRetentionPeriod": str(KEPT)})["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = dumps_text({"deadLetterTargetArn": arn, "maxReceiveCount": TIMES})
    url = client.create_queue(QueueName=name)["QueueUrl"]
    # Set apart from the creation, which fails where a queue has other attributes already.
    client.set_queue_attributes(
        QueueUrl=url, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": str(AGAIN_AFTER)}
    )
    return url


def call_text(call: WebhookCall) -> str:
    return dumps_text({"organization": call.organization, "webhook": call.webhook, "request": call.request})


def read_call(body: str) -> WebhookCall:
    fields = parse_object(body) or {}
    return WebhookCall(text(fields, "organization"), text(fields, "webhook"), text(fields, "request"))
