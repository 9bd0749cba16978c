"""Measures of requests, from their records: one pass over the records of the time asked for answers all questions."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.alerts.tally import Ask, Groups, Measured, Slices, Tally
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.records import RequestRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LONGEST_REQUEST = 900.0
"""Seconds by which a request may have begun before it ended, which is how long Lambda lets one last."""


class DynamoDBMeasuring:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    async def measure(self, organization: str, asks: Collection[Ask]) -> Measured:
        tally = Tally(asks)
        if asks:
            start, end = min(ask.start for ask in asks), max(ask.end for ask in asks)
            await asyncio.to_thread(self._read, organization, start, end, tally.add)
        return tally.measured()

    async def series(self, organization: str, ask: Ask, slices: int) -> Sequence[Groups]:
        sliced = Slices(ask, slices)
        await asyncio.to_thread(self._read, organization, ask.start, ask.end, sliced.add)
        return sliced.measured()

    def _read(self, organization: str, start: float, end: float, add: Callable[[RequestRecord], None]) -> None:
        try:
            for record in self._between(organization, start - LONGEST_REQUEST, end):
                add(record)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The gateway's table could not be asked for its requests. Try again.") from error

    def _between(self, organization: str, start: float, end: float) -> Iterator[RequestRecord]:
        """Those that began then, in no order."""
        newest, oldest = datetime.fromtimestamp(end, UTC), datetime.fromtimestamp(start, UTC)
        first, last = items.moment_key(start), items.moment_key(end)
        for partitions in items.request_partitions(organization, newest, oldest):
            for partition in partitions:
                pages = self._client.get_paginator("query").paginate(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                    ExpressionAttributeValues={":pk": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
                )
                for page in pages:
                    yield from map(items.read_request, page["Items"])
