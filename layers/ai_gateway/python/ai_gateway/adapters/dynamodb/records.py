"""Records in the table, read in the order of their ends."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.adapters.dynamodb.answers import read_quickly
from ai_gateway.adapters.dynamodb.marks import is_marked, marks_of
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.filters import Filter, Position
from ai_gateway.core.periods import HOUR, floor
from ai_gateway.core.records import RequestRecord, Score

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, QueryOutputTypeDef


GROWTH = 4
"""How many times as large as the page before each further page is."""


class DynamoDBRecords:
    """Blocks. The shards of an hour are read at the same time."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        read_quickly(client)
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
        all in Unix milliseconds, in the order of their ends and ids. `page` is how many are read at first for a reader
        who will not want all. Raises StoreUnavailable.
        """
        with _told():
            found = self._hour(organization, hour, since, until, newest_first=newest_first, page=page)
            yield from map(items.read_request, found)

    def search(
        self, organization: str, hour: int, wanted: Filter, *, until: int, page: int | None
    ) -> Iterator[tuple[Position, RequestRecord | None]]:
        """Newest first, where every request stands that ended in the hour from `wanted.since` on and before `until`,
        and its summary if it may be one of those wanted. Raises StoreUnavailable.
        """
        marks = marks_of(wanted)
        with _told():
            for item in self._hour(organization, hour, wanted.since, until, newest_first=True, page=page):
                position = Position(*items.ended_and_id(item))
                yield position, items.read_request(item) if is_marked(item, marks) else None

    def sessions(self, organization: str, session_ids: Sequence[str], limit: int) -> list[list[RequestRecord]]:
        """The first requests of each session, in the order of their ends; some are read at the same time. Raises
        StoreUnavailable.
        """
        with _told():
            queries = [_of_session(self._table, organization, session_id, limit) for session_id in session_ids]
            found = [self._pages(query, self._ahead(query), prefetch=False) for query in queries]
            return [
                list(islice((one for one in map(items.read_request, pages) if one.session_id == session_id), limit))
                for session_id, pages in zip(session_ids, found, strict=True)
            ]

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
        return record._replace(request=request, response=response)

    def _parts(self, organization: str, request_id: str) -> "list[items.Item]":
        """The newest record's, in order."""
        parts = self._all_parts(organization, request_id)
        return [part for part in parts if part["of"] == parts[-1]["of"]]

    def _all_parts(self, organization: str, request_id: str) -> "list[items.Item]":
        query = _query(self._table, items.body_partition(organization, request_id))
        return list(self._pages(query, self._ahead(query), prefetch=True))

    def _hour(
        self,
        organization: str,
        hour: int,
        since: int | None,
        until: int | None,
        *,
        newest_first: bool,
        page: int | None,
    ) -> "Iterator[items.Item]":
        until = None if until is not None and until >= hour + HOUR else until
        since = None if since is not None and since <= hour else since
        queries = [
            _summaries(_query(self._table, partition, since, until, newest_first=newest_first, limit=page))
            for partition in items.request_partitions(organization, hour)
        ]
        found = [self._pages(query, self._ahead(query), prefetch=page is None) for query in queries]
        return merge(*found, key=lambda item: item["sk"]["S"], reverse=newest_first)

    def _ahead(self, query: "QueryInputTypeDef") -> "Future[QueryOutputTypeDef]":
        return self._readers.submit(self._client.query, **query)

    def _pages(
        self, query: "QueryInputTypeDef", first: "Future[QueryOutputTypeDef]", *, prefetch: bool
    ) -> "Iterator[items.Item]":
        """Whoever reads on will want more: pages after the first are larger, and each is asked for while the one before
        is read.
        """
        coming = first
        while True:
            answer = coming.result()
            if "LastEvaluatedKey" not in answer:
                yield from answer["Items"]
                return
            query = {**query, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
            if "Limit" in query:
                query["Limit"] *= GROWTH
            asked = self._ahead(query) if prefetch else None
            yield from answer["Items"]
            coming, prefetch = asked or self._ahead(query), True


def _of_session(table: str, organization: str, session_id: str, limit: int) -> "QueryInputTypeDef":
    return _summaries(
        {
            "TableName": table,
            "IndexName": items.INDEX,
            "KeyConditionExpression": "gsi1pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": items.session_partition(organization, session_id)}},
            "Limit": limit,
        }
    )


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
