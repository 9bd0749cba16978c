"""The operator's configuration items in the table, and a Configuration that follows them."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.catalog.additions import Additions, ProviderSetting, additions_of, fields_of
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.ports import Configuration

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

DAY = 86_400
"""Seconds."""


class DynamoDBAdditions:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def read(self) -> Additions:
        """Raises StoreUnavailable; InvalidRequest for an item that cannot be read."""
        rows: list[items.Item] = []
        try:
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": items.CONFIGURATION}},
            )
            for page in pages:
                rows += page["Items"]
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The gateway's configuration could not be read from its table.") from error
        return additions_of(items.read_addition(row) for row in rows)

    def put(self, addition: Deployment | ProviderSetting) -> None:
        item = items.addition_item(addition, fields_of(addition))
        self._client.put_item(TableName=self._table, Item=item)

    def remove(self, kind: str, name: str) -> bool:
        """Whether it was there."""
        answer = self._client.delete_item(
            TableName=self._table, Key=items.addition_key(kind, name), ReturnValues="ALL_OLD"
        )
        return "Attributes" in answer


class DynamoDBConfigurations:
    """`compose` makes a Configuration of what is in the table, and of the day (`2027-01-01`, UTC) whose prices hold. It
    is read again after `refresh` seconds, behind the request that finds it old; while the table is away the last one
    stands, at the start the one without additions.
    """

    def __init__(
        self,
        additions: DynamoDBAdditions,
        compose: Callable[[Additions, str], Configuration],
        refresh: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._additions = additions
        self._compose = compose
        self._refresh = refresh
        self._now = now
        self._current: Configuration | None = None
        self._read = Additions()
        self._day = 0
        self._read_at = 0.0
        self._reading: asyncio.Task[Configuration] | None = None

    async def current(self) -> Configuration:
        if self._current is None:
            return await self._load()
        if self._today() != self._day:
            self._current = self._composed(self._read)
        if time.monotonic() - self._read_at > self._refresh and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._load())
        return self._current

    async def _load(self) -> Configuration:
        self._read_at = time.monotonic()
        try:
            additions = await asyncio.to_thread(self._additions.read)
        except StoreUnavailable:
            log.exception("The configuration in the table is not read; the last known one stands")
            additions = self._read
        if self._current is None or additions != self._read:
            self._current, self._read = self._composed(additions), additions
        return self._current

    def _composed(self, additions: Additions) -> Configuration:
        self._day = self._today()
        return self._compose(additions, datetime.fromtimestamp(self._day * DAY, UTC).date().isoformat())

    def _today(self) -> int:
        """Days since 1970, in UTC."""
        return int(self._now() // DAY)
