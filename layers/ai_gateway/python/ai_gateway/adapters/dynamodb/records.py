"""Records in the table, read newest first."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.records import RequestRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBRecords:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

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
