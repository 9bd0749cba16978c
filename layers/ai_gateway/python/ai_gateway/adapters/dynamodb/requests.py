"""Single requests by their id, for those who may wait for them."""

import asyncio
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.records import RequestRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBRequests:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._records = DynamoDBRecords(client, table)

    async def find(self, organization: str, request_id: str) -> RequestRecord | None:
        try:
            return await asyncio.to_thread(self._records.one, organization, request_id)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The gateway's table could not be asked for a request. Try again.") from error
