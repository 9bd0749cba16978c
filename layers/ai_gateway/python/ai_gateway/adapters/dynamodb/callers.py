"""Gateway keys in the table, by their hash."""

import asyncio
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import StoreUnavailable

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

    def _get(self, key_hash: str) -> Caller | None:
        answer = self._client.get_item(TableName=self._table, Key={"pk": {"S": f"KEY#{key_hash}"}, "sk": {"S": "KEY"}})
        return items.read_caller(answer["Item"]) if "Item" in answer else None
