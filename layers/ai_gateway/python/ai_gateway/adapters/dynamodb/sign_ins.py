"""Sign-ins to the console in the table, by the hashes of their tokens."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Result = TypeVar("Result")


class DynamoDBSignIns:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    async def put(self, token_hash: str, key_hash: str, expires: float) -> None:
        item: items.Item = {
            **items.sign_in_key(token_hash),
            "key": {"S": key_hash},
            "expires_at": {"N": str(int(expires))},
        }
        await _asked(lambda: self._client.put_item(TableName=self._table, Item=item))

    async def find(self, token_hash: str, now: float) -> str | None:
        answer = await _asked(
            lambda: self._client.get_item(TableName=self._table, Key=items.sign_in_key(token_hash), ConsistentRead=True)
        )
        item = answer.get("Item")
        # The table takes its time with what has expired.
        return item["key"]["S"] if item and int(item["expires_at"]["N"]) > now else None

    async def delete(self, token_hash: str) -> None:
        await _asked(lambda: self._client.delete_item(TableName=self._table, Key=items.sign_in_key(token_hash)))


async def _asked(call: Callable[[], Result]) -> Result:
    try:
        return await asyncio.to_thread(call)
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable("The gateway's table is not within reach. Try again.") from error
