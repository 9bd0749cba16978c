"""Records in the table, read in the order of their ends."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from heapq import merge
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.periods import HOUR, floor
from ai_gateway.core.records import RequestRecord, Score

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, QueryOutputTypeDef


class DynamoDBRecords:
    """Blocks. The shards of an hour are read at the same time."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._readers = ThreadPoolExecutor(items.SHARDS, "records")

    def latest(self, organization: str, newest: datetime, oldest: datetime, limit: int) -> Iterator[RequestRecord]:
        """Summaries, newest first."""
        hour, found = floor("hour", _ms(newest)), 0
        while hour + HOUR > _ms(oldest):
            for record in self.hour(organization, hour, newest_first=True, page=limit):
                yield record
                found += 1
                if found == limit:
                    return
            hour -= HOUR

    def hour(
        self,
        organization: str,
        hour: int,
        *,
        since: int | None = None,
        until: int | None = None,
        newest_first: bool = False,
        page: int | None = None,
    ) -> Iterator[RequestRecord]:
        """Summaries of the requests that ended in the hour that starts at `hour`, from `since` on and before `until`,
        all in Unix milliseconds, in the order of their ends and ids. `page` is how many are read at a time for a reader
        who will not want all. Raises StoreUnavailable.
        """
        until = None if until is not None and until >= hour + HOUR else until
        since = None if since is not None and since <= hour else since
        queries = [
            _summaries(_query(self._table, partition, since, until, newest_first=newest_first, limit=page))
            for partition in items.request_partitions(organization, hour)
        ]
        with _told():
            found = [self._pages(query, self._ahead(query), prefetch=page is None) for query in queries]
            merged = merge(*found, key=lambda item: item["sk"]["S"], reverse=newest_first)
            yield from map(items.read_request, merged)

    def session(self, organization: str, session_id: str, limit: int) -> list[RequestRecord]:
        """The first requests of a session, in the order of their ends. Raises StoreUnavailable."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": items.INDEX,
            "KeyConditionExpression": "gsi1pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": items.session_partition(organization, session_id)}},
            "Limit": limit,
        }
        found: list[RequestRecord] = []
        with _told():
            for item in self._pages(_summaries(query), self._ahead(_summaries(query)), prefetch=False):
                record = items.read_request(item)
                if record.session_id == session_id:
                    found.append(record)
                if len(found) == limit:
                    break
        return found

    def one(self, organization: str, request_id: str) -> RequestRecord | None:
        """A record with its bodies, when they were kept; the newest, should its caller have used the id twice. Raises
        StoreUnavailable.
        """
        with _told():
            own = self._parts(organization, request_id)
            if not own:
                return None
            answer = self._client.get_item(TableName=self._table, Key=items.request_of_body(own[0]))
            return items.read_request(answer["Item"], own) if "Item" in answer else None

    def with_bodies(self, records: Sequence[RequestRecord]) -> list[RequestRecord]:
        """The same records with their bodies; some are read at the same time. Raises StoreUnavailable."""
        with _told():
            return list(self._readers.map(self._with_bodies, records))

    def score(self, organization: str, request_id: str, scores: Mapping[str, Score]) -> bool:
        """Set a record's scores; whether there is such a record. Raises StoreUnavailable."""
        with _told():
            own = self._parts(organization, request_id)
            if not own:
                return False
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=items.request_of_body(own[0]),
                    UpdateExpression="SET scores = :scores",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":scores": items.scores_value(scores)},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
            return True

    def delete(self, organization: str, request_id: str) -> None:
        """Take away every record with this id, and its bodies last, by which it is found: what is cut off can be done
        again. Raises StoreUnavailable.
        """
        with _told():
            parts = self._all_parts(organization, request_id)
            for key in {str(key): key for key in map(items.request_of_body, parts)}.values():
                self._client.delete_item(TableName=self._table, Key=key)
            for part in parts:
                self._client.delete_item(TableName=self._table, Key=items.item_key(part))

    def _with_bodies(self, record: RequestRecord) -> RequestRecord:
        ended = record.ended_ms
        query = _query(self._table, items.body_partition(record.organization, record.id), ended, ended + 1)
        parts: list[items.Item] = []
        while True:
            answer = self._client.query(**query)
            parts += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        request, response = items.read_bodies(parts)
        return replace(record, request=request, response=response)

    def _parts(self, organization: str, request_id: str) -> "list[items.Item]":
        """The newest record's, in order."""
        parts = self._all_parts(organization, request_id)
        return [part for part in parts if part["of"] == parts[-1]["of"]]

    def _all_parts(self, organization: str, request_id: str) -> "list[items.Item]":
        query = _query(self._table, items.body_partition(organization, request_id))
        return list(self._pages(query, self._ahead(query), prefetch=True))

    def _ahead(self, query: "QueryInputTypeDef") -> "Future[QueryOutputTypeDef]":
        return self._readers.submit(self._client.query, **query)

    def _pages(
        self, query: "QueryInputTypeDef", first: "Future[QueryOutputTypeDef]", *, prefetch: bool
    ) -> "Iterator[items.Item]":
        coming = first
        while True:
            answer = coming.result()
            last = answer.get("LastEvaluatedKey")
            if last and prefetch:
                coming = self._ahead({**query, "ExclusiveStartKey": last})
            yield from answer["Items"]
            if not last:
                return
            if not prefetch:
                coming = self._ahead({**query, "ExclusiveStartKey": last})


def _summaries(query: "QueryInputTypeDef") -> "QueryInputTypeDef":
    """Only what a summary is read from: botocore takes its time for each attribute."""
    return {**query, "ProjectionExpression": "sk, #data, scores", "ExpressionAttributeNames": {"#data": "data"}}


def _query(
    table: str,
    partition: str,
    since: int | None = None,
    until: int | None = None,
    *,
    newest_first: bool = False,
    limit: int | None = None,
) -> "QueryInputTypeDef":
    condition, values = "pk = :pk", {":pk": {"S": partition}}
    if since is not None:
        values[":since"] = {"S": items.moment_key(since)}
    if until is not None:
        # A sort key goes on after the moment, so that this one is below all that ended then.
        values[":until"] = {"S": items.moment_key(until)}
    condition += {
        (False, False): "",
        (True, False): " AND sk >= :since",
        (False, True): " AND sk < :until",
        (True, True): " AND sk BETWEEN :since AND :until",
    }[since is not None, until is not None]
    query: QueryInputTypeDef = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": not newest_first,
    }
    return {**query, "Limit": limit} if limit is not None else query


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable("The gateway's records could not be read from its table. Try again.") from error


def _ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
