"""Records on their way into the table: batches of items, one signed HTTP call each.

boto3 spends four times as much of the processor on a batch (its serialiser, rule sets, a thread) as this call does.
What the call cannot carry in one go is left to boto3, which knows when and how to try again.
"""

import asyncio
import logging
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.context import Timeouts
from ai_gateway.core.errors import UpstreamError
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.wire import dumps, mapping, parse_object, text
from ai_gateway.ports import Upstream, UpstreamCall

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

MOST_ITEMS = 25
MOST_BYTES = 12_000_000
"""BatchWriteItem takes at most 25 items and 16 MB:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""
AT_ONCE = 4
"""Calls under way: where many requests keep the event loop busy, one call after the other would fall behind."""
PATIENCE = 5
"""Seconds for one call."""

log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """A record ready to be written: its items as the API's `PutRequest`, the summary first, and their bytes in all."""

    puts: list[bytes]
    size: int


class RecordWriter:
    """`save` writes and returns when it is written. A record that cannot be written goes to the log instead, without
    its bodies: the request it tells of has been served.
    """

    def __init__(self, batches: "BatchWriter", retention: timedelta | None = None) -> None:
        self._batches = batches
        self._retention = retention

    async def room(self) -> None:
        """There always is."""

    async def save(self, record: RequestRecord) -> None:
        await self.write((self.entry(record),))

    def entry(self, record: RequestRecord) -> Entry:
        puts = [_put(item) for item in items.request_items(record, self._retention)]
        return Entry(puts, sum(map(len, puts)))

    async def write(self, entries: Sequence[Entry]) -> None:
        """Entries that one call takes, or one that takes several."""
        puts = [put for entry in entries for put in entry.puts]
        try:
            for start in range(0, len(puts), MOST_ITEMS):
                await self._batches.put(puts[start : start + MOST_ITEMS])
        except (BotoCoreError, ClientError) as error:
            for entry in entries:
                summary = _item(entry.puts[0])["data"]["B"].decode()
                log.error("A record could not be written (%s): %s", type(error).__name__, summary)  # noqa: TRY400


class BackgroundWriter:
    """Writes behind the requests: `save` returns at once, and `linger` seconds later one writer takes what has come in:
    a call of DynamoDB costs less when it carries many records.

    There is no room while more than `most_waiting` bytes wait. `flush` waits for all; a process that is killed loses
    what the writer had not reached.
    """

    def __init__(self, records: RecordWriter, linger: float = 0.2, most_waiting: int = 8_000_000) -> None:
        self._records = records
        self._linger = linger
        self._most_waiting = most_waiting
        self._waiting: deque[Entry] = deque()
        self._waiting_bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._writer: asyncio.Task[None] | None = None

    async def room(self) -> None:
        await self._has_room.wait()

    async def save(self, record: RequestRecord) -> None:
        entry = self._records.entry(record)
        self._waiting.append(entry)
        self._waiting_bytes += entry.size
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        if self._waiting_bytes > self._most_waiting:
            self._has_room.clear()

    async def flush(self) -> None:
        while self._writer is not None and not self._writer.done():
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._linger)
            await asyncio.gather(*(self._drain() for _ in range(AT_ONCE)))

    async def _drain(self) -> None:
        while self._waiting:
            entries = _together(self._waiting)
            await self._records.write(entries)
            self._waiting_bytes -= sum(entry.size for entry in entries)
            if self._waiting_bytes <= self._most_waiting:
                self._has_room.set()


class BatchWriter:
    """Writes to the table that `client` reaches, with the client's credentials."""

    def __init__(self, client: "DynamoDBClient", table: str, upstream: Upstream) -> None:
        self._client = client
        self._table = table
        self._upstream = upstream
        self._credentials = client._get_credentials()  # type: ignore[attr-defined]  # noqa: SLF001  refreshed as they age

    async def put(self, puts: Sequence[bytes]) -> None:
        """At most 25 requests and 16 MB. Raises BotoCoreError or ClientError when they cannot be written."""
        if not await self._sent(b'{"RequestItems":{%b:[%b]}}' % (dumps(self._table), b",".join(puts))):
            await asyncio.to_thread(self._put_by_boto3, [_item(put) for put in puts])

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

    def _put_by_boto3(self, pending: "Sequence[items.Item]") -> None:
        requests: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": item}} for item in pending]
        left = self._client.batch_write_item(RequestItems={self._table: requests}).get("UnprocessedItems", {})
        for request in left.get(self._table, []):
            self._client.put_item(TableName=self._table, Item=request["PutRequest"]["Item"])


def _together(waiting: deque[Entry]) -> list[Entry]:
    """Take as many as one call carries; one that is more than a call stands alone."""
    taken = [waiting.popleft()]
    count, size = len(taken[0].puts), taken[0].size
    while waiting and count + len(waiting[0].puts) <= MOST_ITEMS and size + waiting[0].size <= MOST_BYTES:
        entry = waiting.popleft()
        taken.append(entry)
        count += len(entry.puts)
        size += entry.size
    return taken


def _put(item: "items.Item") -> bytes:
    """Binary values travel as base64. A copy, since what orjson gives keeps hold of the room it needed for writing:
    eight times as much.
    """
    wire = {name: {"B": b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()}
    return memoryview(dumps({"PutRequest": {"Item": wire}})).tobytes()


def _item(put: bytes) -> "items.Item":
    wire = mapping(mapping(parse_object(put) or {}, "PutRequest"), "Item")
    values = {name: mapping(wire, name) for name in wire}
    binary = {name: {"B": b64decode(text(value, "B"))} for name, value in values.items() if "B" in value}
    return cast("items.Item", {**values, **binary})
