"""Gateway keys in the table, by their hash."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.wire import JsonObject

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBCallers:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    async def find(self, key_hash: str) -> Caller | None:
        try:
            answer = await asyncio.to_thread(self._get, key_hash)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The gateway cannot read its table to check the key. Try again.") from error
        return answer

    def put(self, key_hash: str, caller: Caller, created: float) -> None:
        for item in items.key_items(key_hash, caller, created):
            self._client.put_item(TableName=self._table, Item=item)

    async def lend(self, key_hash: str, caller: Caller, token_hash: str) -> None:
        item = items.lent_key_item(key_hash, caller, token_hash)
        try:
            await asyncio.to_thread(self._client.put_item, TableName=self._table, Item=item)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The gateway's table is not within reach. Try again.") from error

    def list(self) -> list[JsonObject]:
        """Every gateway key: `key_id`, `name`, `organization`, `created` (Unix seconds) and the `hash`."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": items.KEYS}},
        )
        return [items.read_key(item) for item in answer["Items"]]

    def revoke(self, key_id: str) -> bool:
        """Whether there was such a key. Warm processes serve it on until they ask again (`AI_GATEWAY_KEY_CACHE`)."""
        own = [key for key in self.list() if key.get("key_id") == key_id]
        for key in own:
            self._client.delete_item(TableName=self._table, Key=items.caller_key(str(key["hash"])))
            self._client.delete_item(TableName=self._table, Key={"pk": {"S": items.KEYS}, "sk": {"S": key_id}})
        return bool(own)

    def _get(self, key_hash: str) -> Caller | None:
        item = self._item(items.caller_key(key_hash))
        if item is None:
            return None
        caller = items.read_caller(item)
        return self._lent(caller, item["sign_in"]["S"]) if "sign_in" in item else caller

    def _lent(self, caller: Caller, token_hash: str) -> Caller | None:
        """A lent key is worth what the sign-in that it was lent to is worth, and the key that signed in."""
        sign_in = self._item(items.sign_in_key(token_hash))
        if sign_in is None or self._item(items.caller_key(sign_in["key"]["S"])) is None:
            return None
        return replace(caller, expires=min(caller.expires or 0, int(sign_in["expires_at"]["N"])))

    def _item(self, key: "items.Key") -> "items.Item | None":
        # A key is used right after it was made.
        return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
