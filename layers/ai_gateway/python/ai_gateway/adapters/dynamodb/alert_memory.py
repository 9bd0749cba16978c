"""What is remembered of alerts, in the table. A step of a state is one transaction, on the condition that no other run
made one meanwhile; deliveries are claimed on the condition that nobody else has them.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.alerts.history import (
    Change,
    Delivery,
    Entry,
    Kept,
    Told,
    delivery_fields,
    entry_fields,
    read_delivery,
    read_entry,
)
from ai_gateway.core.alerts.reports import Report
from ai_gateway.core.alerts.states import AlertState, read_state, state_fields
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.wire import JsonObject, dumps, mapping, parse_object, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

T = TypeVar("T")

LOST_RACES = frozenset(("ConditionalCheckFailed", "TransactionConflict"))
RESTING = timedelta(days=30)
"""How long the state of a group is kept of which nothing more is heard."""
PAGE = 200


class DynamoDBAlertMemory:
    """`retention` is how long the history is kept; None for ever."""

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta | None = None) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    async def kept(self, organization: str) -> Kept:
        found = await self._call(lambda: self._query(items.alert_states_partition(organization)))
        states: dict[str, dict[str, AlertState]] = {}
        reports: dict[str, float] = {}
        for item in found:
            fields = _fields(item)
            if item["sk"]["S"].startswith(items.SENT_REPORTS):
                reports[text(fields, "report")] = float(item["due"]["N"])
            else:
                state = read_state(mapping(fields, "state"))
                states.setdefault(text(fields, "rule"), {})[text(fields, "group")] = state
        return Kept(states, reports)

    async def commit(self, change: Change) -> bool:
        item: items.Item = {
            **items.alert_state_key(change.organization, change.rule, change.group),
            "version": {"N": str(change.state.version)},
            "data": {"B": dumps({"rule": change.rule, "group": change.group, "state": state_fields(change.state)})},
        }
        if change.state.status in ("ok", "resolved") and not change.state.told:
            item = {**item, **items.expiry(change.state.since, RESTING)}
        write: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        if change.state.version > 1:
            write["Put"]["ConditionExpression"] = "version = :before"
            write["Put"]["ExpressionAttributeValues"] = {":before": {"N": str(change.state.version - 1)}}
        return await self._transact([write, *self._owed(change.entry, change.deliveries)])

    async def commit_report(
        self, report: Report, due: float, entry: Entry | None, deliveries: Sequence[Delivery]
    ) -> bool:
        number = f"{due:.0f}"
        write: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": {
                    **items.sent_report_key(report.organization, report.id),
                    "due": {"N": number},
                    "data": {"B": dumps({"report": report.id})},
                },
                "ConditionExpression": "attribute_not_exists(pk) OR due < :due",
                "ExpressionAttributeValues": {":due": {"N": number}},
            }
        }
        return await self._transact([write, *self._owed(entry, deliveries)])

    async def waiting(self) -> list[Delivery]:
        found = await self._call(lambda: self._query(items.ALERT_QUEUE))
        return [read_delivery(_fields(item)) for item in found]

    async def claim(self, delivery: Delivery, *, now: float, until: float) -> bool:
        def update() -> None:
            self._client.update_item(
                TableName=self._table,
                Key=items.delivery_key(delivery.key),
                UpdateExpression="SET claimed = :until",
                ConditionExpression="attempts = :attempts AND (attribute_not_exists(claimed) OR claimed <= :now)",
                ExpressionAttributeValues={
                    ":attempts": {"N": str(delivery.attempts)},
                    ":now": {"N": repr(now)},
                    ":until": {"N": repr(until)},
                },
            )

        try:
            await self._call(update)
        except _LostRace:
            return False
        return True

    async def postpone(self, delivery: Delivery) -> None:
        """Not when another run settled it meanwhile: then it is no more."""
        there: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": _delivery_item(delivery),
                "ConditionExpression": "attribute_exists(pk)",
            }
        }
        await self._transact([there])

    async def settle(self, delivery: Delivery, told: Told) -> None:
        item: items.Item = {
            **items.told_key(delivery.organization, delivery.entry, delivery.destination),
            "data": {"B": dumps(asdict(told))},
            **items.expiry(delivery.created, self._retention),
        }
        writes: list[TransactWriteItemTypeDef] = [
            {"Delete": {"TableName": self._table, "Key": items.delivery_key(delivery.key)}},
            {"Put": {"TableName": self._table, "Item": item}},
        ]
        await self._transact(writes)

    async def history(
        self, organization: str, limit: int, *, before: float | None = None, subject: str | None = None
    ) -> list[Entry]:
        start = items.moment_key(int(1000 * (time.time() + 86_400 if before is None else before)))
        return await self._call(lambda: self._history(organization, limit, start, subject))

    def _history(self, organization: str, limit: int, start: str, subject: str | None) -> list[Entry]:
        """Those who were told stand behind their entry, and so come before it, the newest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk < :start",
            ExpressionAttributeValues={":pk": {"S": items.alert_log_partition(organization)}, ":start": {"S": start}},
            ScanIndexForward=False,
            ConsistentRead=True,
            PaginationConfig={"PageSize": PAGE},
        )
        entries: list[Entry] = []
        told: list[Told] = []
        for item in (item for page in pages for item in page["Items"]):
            fields = _fields(item)
            if items.TOLD in item["sk"]["S"]:
                told.append(Told(**fields))  # type: ignore[arg-type]
                continue
            if subject in (None, fields.get("subject")):
                entries.append(read_entry(fields, tuple(reversed(told))))
                if len(entries) == limit:
                    break
            told = []
        return entries

    def _owed(self, entry: Entry | None, deliveries: Sequence[Delivery]) -> "Iterator[TransactWriteItemTypeDef]":
        if entry is not None:
            item: items.Item = {
                **items.alert_entry_key(entry.organization, entry.key),
                "data": {"B": dumps(entry_fields(entry))},
                **items.expiry(entry.at, self._retention),
            }
            yield {"Put": {"TableName": self._table, "Item": item}}
        for delivery in deliveries:
            yield {"Put": {"TableName": self._table, "Item": _delivery_item(delivery)}}

    async def _transact(self, writes: "list[TransactWriteItemTypeDef]") -> bool:
        try:
            await self._call(lambda: self._client.transact_write_items(TransactItems=writes))
        except _LostRace:
            return False
        return True

    def _query(self, partition: str) -> list["items.Item"]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]

    async def _call(self, call: Callable[[], T]) -> T:
        with _errors():
            return await asyncio.to_thread(call)


class _LostRace(Exception):
    """Somebody else wrote there first."""


def _delivery_item(delivery: Delivery) -> "items.Item":
    return {
        **items.delivery_key(delivery.key),
        "attempts": {"N": str(delivery.attempts)},
        "data": {"B": dumps(delivery_fields(delivery))},
    }


def _fields(item: "items.Item") -> JsonObject:
    return parse_object(item["data"]["B"]) or {}


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _lost_a_race(error):
            raise _LostRace from error
        raise StoreUnavailable("The gateway's table refused to read or write alerts.") from error
    except BotoCoreError as error:
        raise StoreUnavailable("The gateway cannot reach its table with the alerts.") from error


def _lost_a_race(error: ClientError) -> bool:
    """One write says it itself, a transaction by the reasons of its parts."""
    if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
        return True
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    return not LOST_RACES.isdisjoint(reasons)
