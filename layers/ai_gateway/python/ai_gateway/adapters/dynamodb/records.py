"""Records in the table: written in batches off the event loop, read newest first."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.wire import dumps_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

BATCH = 25
"""BatchWriteItem takes at most 25 items: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""

log = logging.getLogger(__name__)


class DynamoDBRecords:
    """`save` writes and returns when it is written. A record that cannot be written goes to the log instead, without
    its bodies: the request it tells of has been served.
    """

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta | None = None) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    async def save(self, record: RequestRecord) -> None:
        await asyncio.to_thread(self.write, (record,))

    def write(self, records: Iterable[RequestRecord]) -> None:
        pending = list(records)
        try:
            self._put([item for record in pending for item in items.request_items(record, self._retention)])
        except (BotoCoreError, ClientError) as error:
            for record in pending:
                summary = replace(record, request=None, response=None)
                log.error("A record could not be written (%s): %s", type(error).__name__, dumps_text(summary))  # noqa: TRY400

    def latest(self, organization: str, newest: datetime, oldest: datetime, limit: int) -> Iterator[RequestRecord]:
        """Summaries, newest first."""
        found = 0
        for partitions in items.request_partitions(organization, newest, oldest):
            hour = [item for partition in partitions for item in self._query(partition, limit)]
            hour.sort(key=lambda item: item["sk"]["S"], reverse=True)
            for item in hour[: limit - found]:
                yield items.read_request(item)
            found += len(hour)
            if found >= limit:
                return

    def one(self, organization: str, request_id: str) -> RequestRecord | None:
        """A record with its bodies, when they were kept."""
        bodies = self._query(items.body_partition(organization, request_id), 1000, newest_first=False)
        if not bodies:
            return None
        pk, _, sk = bodies[-1]["of"]["S"].partition("|")
        answer = self._client.get_item(TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
        own = [item for item in bodies if item["of"]["S"] == bodies[-1]["of"]["S"]]
        return items.read_request(answer["Item"], own) if "Item" in answer else None

    def _query(self, partition: str, limit: int, *, newest_first: bool = True) -> list["items.Item"]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ScanIndexForward=not newest_first,
            Limit=limit,
        )
        return list(answer["Items"])

    def _put(self, pending: list["items.Item"]) -> None:
        for start in range(0, len(pending), BATCH):
            requests: list[WriteRequestTypeDef] = [
                {"PutRequest": {"Item": item}} for item in pending[start : start + BATCH]
            ]
            left = self._client.batch_write_item(RequestItems={self._table: requests}).get("UnprocessedItems", {})
            for request in left.get(self._table, []):
                self._client.put_item(TableName=self._table, Item=request["PutRequest"]["Item"])


class BackgroundRecords:
    """Writes behind the requests: `save` returns at once, and `linger` seconds later one writer takes all that has come
    in: a call of DynamoDB costs more than a request, and less when it carries many records.

    `flush` waits for all; a process that is killed loses what the writer had not reached.
    """

    def __init__(self, records: DynamoDBRecords, linger: float = 0.2, most_waiting: int = 10_000) -> None:
        self._records = records
        self._linger = linger
        self._most_waiting = most_waiting
        self._waiting: list[RequestRecord] = []
        self._writer: asyncio.Task[None] | None = None

    async def save(self, record: RequestRecord) -> None:
        self._waiting.append(record)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        if len(self._waiting) > self._most_waiting:
            await asyncio.shield(self._writer)

    async def flush(self) -> None:
        while self._writer is not None and not self._writer.done():
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._linger)
            batch, self._waiting = self._waiting, []
            await asyncio.to_thread(self._records.write, batch)
