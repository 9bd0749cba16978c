"""The function of alerts, called with what EventBridge Scheduler and SQS send."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.dynamodb.alert_definitions import DynamoDBAlertDefinitions
from ai_gateway.adapters.dynamodb.alert_memory import DynamoDBAlertMemory
from ai_gateway.adapters.dynamodb.writing import BatchWriter, RecordWriter
from ai_gateway.adapters.upstream_httpx import HttpxUpstream
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.webhooks import RequestWebhook
from ai_gateway.runtime.aws.alerts import create_handler
from ai_gateway.runtime.telemetry import Handler
from tests.unit.alerts.making import rule

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONTEXT = SimpleNamespace(aws_request_id="invocation-1")
SCHEDULED = re.search(
    r"Description: Evaluates the rules.*?Input: '(.*?)'", Path("template.yaml").read_text(), re.DOTALL
)
"""Of a schedule with an input its target gets that, and nothing around it."""


@pytest.fixture
def handler(
    emulator: str, table: str, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> Iterator[Handler]:
    """As the function is made, whose log is Lambda's; afterwards logging is as it was."""
    monkeypatch.setenv("AI_GATEWAY_TABLE", table)
    monkeypatch.setenv("AI_GATEWAY_AWS_ENDPOINT_URL", emulator)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "emulated")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulated")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield create_handler({"AWS_REGION": "us-east-1"})
    root.handlers = handlers
    root.setLevel(level)


async def keep(dynamodb: "DynamoDBClient", table: str, record: RequestRecord) -> None:
    upstream = HttpxUpstream(Reach(private=True))
    await RecordWriter(BatchWriter(dynamodb, table, upstream)).save(record)
    await upstream.close()


def test_a_schedules_event_evaluates_the_rules_and_one_that_comes_twice_tells_nothing_twice(
    handler: Handler,
    dynamodb: "DynamoDBClient",
    table: str,
    memory: DynamoDBAlertMemory,
    definitions: DynamoDBAlertDefinitions,
) -> None:
    assert SCHEDULED
    asyncio.run(definitions.put(rule(clear_for=0)))
    asyncio.run(keep(dynamodb, table, RequestRecord("r1", time.time() - 30, "error", 500)))
    for _ in range(2):
        assert handler(json.loads(SCHEDULED[1]), CONTEXT) is None
    entries = asyncio.run(memory.history("default", 10))
    assert [(entry.subject, entry.happening) for entry in entries] == [("errors", "firing")]


def test_of_a_batch_of_the_queue_only_what_failed_comes_again(
    handler: Handler, definitions: DynamoDBAlertDefinitions
) -> None:
    """A webhook that is gone needs no call; the record of the other is not there yet."""
    asyncio.run(definitions.put(RequestWebhook("all", "https://example.com/in")))

    def message(number: int, webhook: str) -> dict[str, object]:
        body = {"organization": "default", "webhook": webhook, "request": f"r{number}"}
        return {
            "messageId": f"message-{number}",
            "receiptHandle": "AQEB",
            "body": json.dumps(body),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1796079112797"},
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:webhooks",
            "awsRegion": "us-east-1",
        }

    answer = handler({"Records": [message(1, "gone"), message(2, "all")]}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-2"}]}
