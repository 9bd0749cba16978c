"""Records on their way into the table: batches of items, one signed HTTP call each.

boto3 spends four times as much of the processor on a batch (its serialiser, rule sets, a thread) as this call does.
What the call cannot carry in one go is left to boto3, which knows when and how to try again.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.context import Timeouts
from ai_gateway.core.errors import UpstreamError
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.wire import JsonObject, dumps, dumps_text, parse_object
from ai_gateway.ports import Upstream, UpstreamCall

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, WriteRequestTypeDef

MOST_ITEMS = 25
MOST_BYTES = 8_000_000
"""BatchWriteItem takes at most 25 items and 16 MB, to which base64 adds a third:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""
SUMMARY_BYTES = 3_000
"""About what a record weighs without its bodies."""
PATIENCE = 5
"""Seconds for one call."""

Written: TypeAlias = "tuple[RequestRecord, list[items.Item]]"
"""A record, and the items that hold it."""

log = logging.getLogger(__name__)


class RecordWriter:
    """`save` writes and returns when it is written. A record that cannot be written goes to the log instead, without
    its bodies: the request it tells of has been served.
    """

    def __init__(self, batches: "BatchWriter", retention: timedelta | None = None) -> None:
        self._batches = batches
        self._retention = retention

    async def save(self, record: RequestRecord) -> None:
        await self.write((record,))

    async def write(self, records: Iterable[RequestRecord]) -> None:
        for together in _together((record, items.request_items(record, self._retention)) for record in records):
            pending = [item for _, own in together for item in own]
            try:
                for start in range(0, len(pending), MOST_ITEMS):
                    await self._batches.put(pending[start : start + MOST_ITEMS])
            except (BotoCoreError, ClientError) as error:
                for record, _ in together:
                    summary = replace(record, request=None, response=None)
                    log.error("A record could not be written (%s): %s", type(error).__name__, dumps_text(summary))  # noqa: TRY400


class BackgroundWriter:
    """Writes behind the requests: `save` returns at once, and `linger` seconds later one writer takes all that has come
    in: a call of DynamoDB costs less when it carries many records.

    When more than `most_waiting` bytes wait, `save` waits, too. `flush` waits for all; a process that is killed loses
    what the writer had not reached.
    """

    def __init__(self, records: RecordWriter, linger: float = 0.2, most_waiting: int = 64_000_000) -> None:
        self._records = records
        self._linger = linger
        self._most_waiting = most_waiting
        self._waiting: list[RequestRecord] = []
        self._waiting_bytes = 0
        self._writer: asyncio.Task[None] | None = None

    async def save(self, record: RequestRecord) -> None:
        self._waiting.append(record)
        self._waiting_bytes += len(record.request or b"") + len(record.response or b"") + SUMMARY_BYTES
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        if self._waiting_bytes > self._most_waiting:
            await asyncio.shield(self._writer)

    async def flush(self) -> None:
        while self._writer is not None and not self._writer.done():
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._linger)
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            await self._records.write(batch)


class BatchWriter:
    """Writes to the table that `client` reaches, with the client's credentials."""

    def __init__(self, client: "DynamoDBClient", table: str, upstream: Upstream) -> None:
        self._client = client
        self._table = table
        self._upstream = upstream
        self._credentials = client._get_credentials()  # type: ignore[attr-defined]  # noqa: SLF001  refreshed as they age

    async def put(self, batch: "Sequence[items.Item]") -> None:
        """At most 25 items and 16 MB. Raises BotoCoreError or ClientError when they cannot be written."""
        body = dumps({"RequestItems": {self._table: [_put_request(item) for item in batch]}})
        if not await self._sent(body):
            await asyncio.to_thread(self._put_by_boto3, batch)

    async def _sent(self, body: bytes) -> bool:
        """Whether every item is in the table now."""
        try:
            async with asyncio.timeout(PATIENCE):
                response = await self._upstream.post(self._call(body))
                try:
                    answer = b"".join([piece async for piece in response.chunks()])
                finally:
                    await response.close()
        except (UpstreamError, TimeoutError):
            return False
        fields = parse_object(answer)
        return response.status == 200 and fields is not None and not fields.get("UnprocessedItems")

    def _call(self, body: bytes) -> UpstreamCall:
        meta = self._client.meta
        headers = {"x-amz-target": "DynamoDB_20120810.BatchWriteItem", "content-type": "application/x-amz-json-1.0"}
        url = f"{meta.endpoint_url}/"
        request = AWSRequest("POST", url, headers=headers, data=body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "dynamodb", meta.region_name).add_auth(request)
        return UpstreamCall(url, dict(request.headers.items()), body, Timeouts(connect=PATIENCE))

    def _put_by_boto3(self, batch: "Sequence[items.Item]") -> None:
        requests: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": item}} for item in batch]
        left = self._client.batch_write_item(RequestItems={self._table: requests}).get("UnprocessedItems", {})
        for request in left.get(self._table, []):
            self._client.put_item(TableName=self._table, Item=request["PutRequest"]["Item"])


def _together(written: Iterable[Written]) -> Iterator[list[Written]]:
    """As many records as one call takes; one that takes more than a call stands alone."""
    batch: list[Written] = []
    count = size = 0
    for record, own in written:
        own_size = sum(len(item["data"]["B"]) for item in own)
        if batch and (count + len(own) > MOST_ITEMS or size + own_size > MOST_BYTES):
            yield batch
            batch, count, size = [], 0, 0
        batch.append((record, own))
        count += len(own)
        size += own_size
    if batch:
        yield batch


def _put_request(item: "items.Item") -> JsonObject:
    return {"PutRequest": {"Item": {name: _wire(value) for name, value in item.items()}}}


def _wire(value: "AttributeValueTypeDef") -> "Mapping[str, object]":
    """Binary values travel as base64."""
    data = value.get("B")
    return value if data is None else {"B": b64encode(data).decode()}
