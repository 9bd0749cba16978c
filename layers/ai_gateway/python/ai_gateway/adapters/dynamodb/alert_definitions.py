"""What operators set up of alerts, in the table."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.alerts.destinations import Destination, destination_fields, read_destination
from ai_gateway.core.alerts.groups import group_hash
from ai_gateway.core.alerts.reports import Report, read_report, report_fields
from ai_gateway.core.alerts.rules import Rule, read_rule, rule_fields
from ai_gateway.core.alerts.snoozes import Snooze
from ai_gateway.core.errors import InvalidRequest, StoreUnavailable
from ai_gateway.core.webhooks import RequestWebhook, read_webhook, webhook_fields
from ai_gateway.core.wire import JsonObject, dumps, mapping, parse_object, text
from ai_gateway.ports.alerts import Definition, DefinitionKind, Definitions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)


class DynamoDBAlertDefinitions:
    """One query reads all rules: some hundred of half a kilobyte each."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    async def all(self) -> Definitions:
        """What cannot be read, since it was written by another version, is left out and logged."""
        found = await self._definitions(items.ALERTS)
        return Definitions(
            rules=tuple(one for one in found if isinstance(one, Rule)),
            reports=tuple(one for one in found if isinstance(one, Report)),
            snoozes=tuple(one for one in found if isinstance(one, Snooze)),
            destinations={(one.organization, one.id): one for one in found if isinstance(one, Destination)},
            webhooks={(one.organization, one.id): one for one in await self.webhooks()},
        )

    async def webhooks(self) -> list[RequestWebhook]:
        return [one for one in await self._definitions(items.WEBHOOKS) if isinstance(one, RequestWebhook)]

    async def put(self, definition: Definition) -> None:
        _, fields = _written(definition)
        data = dumps({"organization": definition.organization, "fields": fields})
        await asyncio.to_thread(self._put, {**_key(definition), "data": {"B": data}})

    async def remove(self, definition: Definition) -> None:
        await asyncio.to_thread(self._delete, _key(definition))

    async def _definitions(self, partition: str) -> list[Definition]:
        found = await asyncio.to_thread(self._query, partition)
        return [definition for item in found if (definition := _read(item)) is not None]

    def _query(self, partition: str) -> list["items.Item"]:
        with _errors():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": partition}},
                ConsistentRead=True,
            )
            return [item for page in pages for item in page["Items"]]

    def _put(self, item: "items.Item") -> None:
        with _errors():
            self._client.put_item(TableName=self._table, Item=item)

    def _delete(self, key: "items.Key") -> None:
        with _errors():
            self._client.delete_item(TableName=self._table, Key=key)


def _written(definition: Definition) -> tuple[DefinitionKind, JsonObject]:
    match definition:
        case Rule():
            return "rule", rule_fields(definition)
        case Destination():
            return "destination", destination_fields(definition)
        case Report():
            return "report", report_fields(definition)
        case RequestWebhook():
            return "webhook", webhook_fields(definition)
        case Snooze():
            return "snooze", asdict(definition)


def _key(definition: Definition) -> "items.Key":
    kind, _ = _written(definition)
    if isinstance(definition, Snooze):
        group = "" if definition.group is None else f"#{group_hash(definition.group)}"
        return items.definition_key(kind, definition.organization, definition.rule + group)
    return items.definition_key(kind, definition.organization, definition.id)


def _read(item: "items.Item") -> Definition | None:
    stored = parse_object(item["data"]["B"]) or {}
    organization, fields = text(stored, "organization"), mapping(stored, "fields")
    kind = item["sk"]["S"].partition("#")[0]
    try:
        match kind:
            case "rule":
                return read_rule(fields, organization)
            case "destination":
                return read_destination(fields, organization)
            case "report":
                return read_report(fields, organization)
            case "webhook":
                return read_webhook(fields, organization)
            case "snooze":
                return Snooze(**fields)  # type: ignore[arg-type]
    except (InvalidRequest, TypeError) as error:
        log.error("%s cannot be read and is left out: %s", item["sk"]["S"], error)  # noqa: TRY400
    return None


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable("The gateway's table could not be asked for its alert rules. Try again.") from error
