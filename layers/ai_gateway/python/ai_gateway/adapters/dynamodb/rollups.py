"""Rollups in the table: an item for each dimension of a bucket, so that a question reads only what it asks for.

Each item is whole in itself and says what it holds (`through`) and when that was known (`version`); an older version
never replaces a later one. `total` is written last, with a digest of the whole bucket: it is there, and the digest
right, only when the rest is.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items, rollup_fields
from ai_gateway.adapters.dynamodb.answers import read_quickly
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.periods import DAY, StoredGrain, floor
from ai_gateway.core.rollups import PROPERTY, PROPERTY_VALUES, TOTAL, Breakdown, Bucket, Dimension
from ai_gateway.ports import Remake, StoredBreakdown

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

WRITERS = 8
HOURS_KEPT = 400 * DAY
"""How long buckets of hours are kept; days and months stay."""


class DynamoDBRollups:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        read_quickly(client)
        self._client = client
        self._table = table
        self._writers = ThreadPoolExecutor(WRITERS, "rollups")

    def organizations(self) -> list[str]:
        with _told():
            keys = (str(items.read_key(item).get("organization")) for item in self._items(items.KEYS))
            known = (item["sk"]["S"] for item in self._items(items.ROLLUPS))
            return sorted({*keys, *known})

    def through(self, organization: str) -> int:
        with _told():
            found = self._client.get_item(TableName=self._table, Key=items.progress_key(organization))
            return int(found["Item"]["through"]["N"]) if "Item" in found else 0

    def advance(self, organization: str, through: int) -> None:
        item: items.Item = {**items.progress_key(organization), "through": {"N": str(through)}}
        with _told():
            self._put_unless_later(item, "through")

    def put(
        self, organization: str, grain: StoredGrain, start: int, bucket: Bucket, *, through: int, version: int
    ) -> bool:
        data = {dimension: rollup_fields.written(breakdown) for dimension, breakdown in bucket.items()}
        place = _Place(organization, grain, start)
        digest = _digest(data)
        with _told():
            total = self._client.get_item(TableName=self._table, Key=place.key(TOTAL)).get("Item")
            if total["digest"]["S"] == digest if total else not bucket[TOTAL].values:
                return False
            gone = self._properties(place) - data.keys() if total else set()
            item = place.maker(through, version)
            rest = [item(dimension, data[dimension]) for dimension in data if dimension != TOTAL]
            rest += [item(dimension, rollup_fields.written(Breakdown())) for dimension in gone]
            list(self._writers.map(lambda one: self._put_unless_later(one, "version"), rest))
            self._put_unless_later({**item(TOTAL, data[TOTAL]), "digest": {"S": digest}}, "version")
            return True

    def stored(
        self, organization: str, dimension: Dimension, grain: StoredGrain, first: int, last: int
    ) -> Iterator[StoredBreakdown]:
        partition = items.rollup_partition(organization, grain, dimension)
        with _told():
            for item in self._items(partition, first, last):
                breakdown = rollup_fields.read(item["data"].get("B", b""))
                yield StoredBreakdown(_start(item), int(item["through"]["N"]), breakdown)

    def hours(self, organization: str, newest: int, oldest: int) -> Iterator[int]:
        partition = items.rollup_partition(organization, "hour", TOTAL)
        with _told():
            for item in self._items(partition, floor("hour", oldest), newest, newest_first=True, keys_only=True):
                yield _start(item)

    def remake(self, organization: str, hour: int) -> None:
        with _told():
            item = {**items.remake_key(organization, hour), "token": {"S": uuid4().hex}}
            self._client.put_item(TableName=self._table, Item=item)

    def remakes(self, organization: str) -> list[Remake]:
        with _told():
            found = self._items(items.remake_partition(organization))
            return [Remake(_start(item), item["token"]["S"]) for item in found]

    def remade(self, organization: str, remake: Remake) -> None:
        with _told():
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=items.remake_key(organization, remake.hour),
                    ConditionExpression="#token = :token",
                    ExpressionAttributeNames={"#token": "token"},
                    ExpressionAttributeValues={":token": {"S": remake.token}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return

    def _properties(self, place: "_Place") -> set[Dimension]:
        """The properties of the stored bucket."""
        stored = next(self.stored(place.organization, PROPERTY, place.grain, place.start, place.start), None)
        return {PROPERTY_VALUES + name for name in stored.breakdown.values} if stored else set()

    def _put_unless_later(self, item: "items.Item", attribute: str) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #at <= :at",
                ExpressionAttributeNames={"#at": attribute},
                ExpressionAttributeValues={":at": item[attribute]},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _items(
        self,
        partition: str,
        first: int | None = None,
        last: int | None = None,
        *,
        newest_first: bool = False,
        keys_only: bool = False,
    ) -> "Iterator[items.Item]":
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ScanIndexForward": not newest_first,
        }
        if first is not None and last is not None:
            query["KeyConditionExpression"] = "pk = :pk AND sk BETWEEN :first AND :last"
            bounds = {":first": {"S": items.moment_key(first)}, ":last": {"S": items.moment_key(last)}}
            query["ExpressionAttributeValues"] = {":pk": {"S": partition}, **bounds}
        if keys_only:
            query["ProjectionExpression"] = "pk, sk"
        while True:
            answer = self._client.query(**query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@dataclass(frozen=True, slots=True)
class _Place:
    organization: str
    grain: StoredGrain
    start: int

    def key(self, dimension: Dimension) -> "items.Key":
        return items.rollup_key(self.organization, self.grain, dimension, self.start)

    def maker(self, through: int, version: int) -> "Callable[[Dimension, bytes], items.Item]":
        expires: items.Item = (
            {"expires_at": {"N": str((self.start + HOURS_KEPT) // 1000)}} if self.grain == "hour" else {}
        )

        def item(dimension: Dimension, data: bytes) -> "items.Item":
            numbers: items.Item = {"through": {"N": str(through)}, "version": {"N": str(version)}}
            return {**self.key(dimension), "data": {"B": data}, **numbers, **expires}

        return item


def _digest(data: dict[Dimension, bytes]) -> str:
    whole = sha256()
    for dimension in sorted(data):
        whole.update(dimension.encode() + b"\0" + sha256(data[dimension]).digest())
    return whole.hexdigest()


def _start(item: "items.Item") -> int:
    return int(item["sk"]["S"])


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable("The gateway's rollups are not within reach in its table. Try again.") from error
