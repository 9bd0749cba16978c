"""Prompts in the table. One edit is one transaction, on the condition that nobody else made one meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.adapters.dynamodb import prompt_fields as fields
from ai_gateway.core.errors import EditConflict, StoreUnavailable
from ai_gateway.core.prompts.versions import Change, Draft, Move, Number, Prompt, Summary, Version, parse_number

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

T = TypeVar("T")

LOST_RACES = frozenset(("ConditionalCheckFailed", "TransactionConflict"))
ABSENT = "attribute_not_exists(pk)"


class DynamoDBPrompts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    async def one(self, organization: str, prompt_id: str) -> Prompt | None:
        item = await self._get(items.prompt_key(organization, prompt_id))
        return fields.read_prompt(item["data"]["B"]) if item else None

    async def all(self, organization: str) -> list[Prompt]:
        found = await self._query(items.prompts_partition(organization))
        prompts = (fields.read_prompt(item["data"]["B"]) for item in found)
        return [prompt for prompt in prompts if not prompt.deleted]

    async def version(self, organization: str, prompt_id: str, number: Number) -> Version | None:
        item = await self._get(items.version_body_key(organization, prompt_id, number))
        return _version(item) if item else None

    async def versions(self, organization: str, prompt_id: str) -> list[Summary]:
        found = await self._query(items.prompt_partition(organization, prompt_id), items.VERSIONS)
        return [fields.read_summary(item["data"]["B"]) for item in found]

    async def find_version(self, organization: str, version_id: str) -> tuple[str, Number] | None:
        item = await self._get(items.version_id_key(organization, version_id))
        number = parse_number(item["number"]["S"]) if item else None
        return (item["prompt"]["S"], number) if item and number else None

    async def moves(self, organization: str, prompt_id: str) -> list[Move]:
        found = await self._query(items.prompt_partition(organization, prompt_id), items.MOVES)
        return [fields.read_move(item["data"]["B"]) for item in found]

    async def draft(self, organization: str, prompt_id: str) -> Draft | None:
        item = await self._get(items.draft_key(organization, prompt_id))
        return fields.read_draft(item["data"]["B"], item["body"]["B"]) if item else None

    async def commit(self, organization: str, change: Change) -> None:
        prompt_id = change.prompt.id
        writes = [self._prompt_put(organization, change.prompt)]
        if change.version is not None:
            writes += self._version_puts(organization, prompt_id, change.version)
        for part, move in enumerate(change.moves):
            key = items.move_key(organization, prompt_id, change.prompt.revision, part)
            writes.append(self._put({**key, "data": {"B": fields.move_fields(move)}}, ABSENT))
        if change.settles_draft is not None:
            writes.append(self._draft_delete(organization, prompt_id, change.settles_draft))
        if change.withdraws is not None:
            writes += self._version_deletes(organization, prompt_id, change.withdraws)
        await self._call(lambda: self._client.transact_write_items(TransactItems=writes))

    async def save_draft(self, organization: str, prompt_id: str, draft: Draft) -> None:
        item: items.Item = {
            **items.draft_key(organization, prompt_id),
            "revision": {"N": str(draft.revision)},
            "data": {"B": fields.draft_fields(draft)},
            "body": {"B": fields.pack_body(draft.body)},
        }
        write = self._replacing(item, draft.revision)
        await self._call(lambda: self._client.transact_write_items(TransactItems=[write]))

    async def discard_draft(self, organization: str, prompt_id: str) -> None:
        key = items.draft_key(organization, prompt_id)
        await self._call(lambda: self._client.delete_item(TableName=self._table, Key=key))

    def _prompt_put(self, organization: str, prompt: Prompt) -> "TransactWriteItemTypeDef":
        item: items.Item = {
            **items.prompt_key(organization, prompt.id),
            "revision": {"N": str(prompt.revision)},
            "data": {"B": fields.prompt_fields(prompt)},
        }
        return self._replacing(item, prompt.revision)

    def _version_puts(
        self, organization: str, prompt_id: str, version: Version
    ) -> "Iterator[TransactWriteItemTypeDef]":
        summary = version.summary
        data: items.Item = {"data": {"B": fields.summary_fields(summary)}}
        pointer: items.Item = {"prompt": {"S": prompt_id}, "number": {"S": str(summary.number)}}
        body: items.Item = {**data, "body": {"B": fields.pack_body(version.body)}}
        yield self._put({**items.version_key(organization, prompt_id, summary.number), **data}, ABSENT)
        yield self._put({**items.version_body_key(organization, prompt_id, summary.number), **body}, ABSENT)
        yield self._put({**items.version_id_key(organization, summary.id), **pointer}, ABSENT)

    def _version_deletes(
        self, organization: str, prompt_id: str, summary: Summary
    ) -> "Iterator[TransactWriteItemTypeDef]":
        for key in (
            items.version_key(organization, prompt_id, summary.number),
            items.version_body_key(organization, prompt_id, summary.number),
            items.version_id_key(organization, summary.id),
        ):
            yield {"Delete": {"TableName": self._table, "Key": key}}

    def _draft_delete(self, organization: str, prompt_id: str, draft: Draft) -> "TransactWriteItemTypeDef":
        return {
            "Delete": {
                "TableName": self._table,
                "Key": items.draft_key(organization, prompt_id),
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(draft.revision)}},
            }
        }

    def _replacing(self, item: "items.Item", revision: int) -> "TransactWriteItemTypeDef":
        """A put of this revision over the one before it; of the first one over nothing."""
        if revision == 1:
            return self._put(item, ABSENT)
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": "revision = :before",
                "ExpressionAttributeValues": {":before": {"N": str(revision - 1)}},
            }
        }

    def _put(self, item: "items.Item", condition: str) -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": condition}}

    async def _get(self, key: "items.Key") -> "items.Item | None":
        answer = await self._call(lambda: self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True))
        return answer.get("Item")

    async def _query(self, partition: str, prefix: str = "") -> list["items.Item"]:
        """Every item of the partition whose sort key begins so, in order."""
        condition = "pk = :pk AND begins_with(sk, :prefix)" if prefix else "pk = :pk"
        values: items.Key = {":pk": {"S": partition}, **({":prefix": {"S": prefix}} if prefix else {})}

        def pages() -> list["items.Item"]:
            paginator = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ConsistentRead=True,
            )
            return [item for page in paginator for item in page["Items"]]

        return await self._call(pages)

    async def _call(self, call: Callable[[], T]) -> T:
        with _errors():
            return await asyncio.to_thread(call)


def _version(item: "items.Item") -> Version:
    return Version(fields.read_summary(item["data"]["B"]), fields.read_body(item["body"]["B"]))


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _lost_a_race(error):
            raise EditConflict("Somebody else changed this at the same time. Read it again, then repeat.") from error
        raise StoreUnavailable("The gateway's table refused to read or write prompts. Try again.") from error
    except BotoCoreError as error:
        raise StoreUnavailable("The gateway cannot reach its table with the prompts. Try again.") from error


def _lost_a_race(error: ClientError) -> bool:
    """A transaction that was cancelled because of somebody else's: each write says whether it was that one's."""
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    return not LOST_RACES.isdisjoint(reasons)
