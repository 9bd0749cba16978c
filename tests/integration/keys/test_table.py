"""Gateway keys in DynamoDB: those that stay, and those that are lent to a sign-in."""

import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from ai_gateway.adapters.dynamodb import items
from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.sign_ins import DynamoDBSignIns
from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.runtime.storage import free_port
from tests.integration.conftest import TABLE, client_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SOON = float(int(time.time()) + 3600)
LENT = Caller("playground-ann", "Playground of Ann", "acme", expires=SOON)


@pytest.fixture
def callers(dynamodb: "DynamoDBClient") -> DynamoDBCallers:
    return DynamoDBCallers(dynamodb, TABLE)


@pytest.fixture
def sign_ins(dynamodb: "DynamoDBClient") -> DynamoDBSignIns:
    return DynamoDBSignIns(dynamodb, TABLE)


@pytest.fixture
async def token(callers: DynamoDBCallers, sign_ins: DynamoDBSignIns, organization: str) -> str:
    """The hash of one of an admin whose key has the id `organization`."""
    token, admin = uuid4().hex, uuid4().hex
    callers.put(admin, Caller(organization, "Ann", "acme", admin=True), created=1.0)
    await sign_ins.put(token, admin, SOON + 7200)
    return token


@pytest.fixture
async def key(callers: DynamoDBCallers, token: str) -> str:
    """The hash of one that is lent to the sign-in."""
    key = uuid4().hex
    await callers.lend(key, LENT, token)
    return key


async def test_a_lent_key_comes_back_with_its_end_and_is_not_listed(
    callers: DynamoDBCallers, dynamodb: "DynamoDBClient", key: str
) -> None:
    assert await callers.find(key) == LENT
    assert LENT.key_id not in [row["key_id"] for row in callers.list()]
    item = dynamodb.get_item(TableName=TABLE, Key=items.caller_key(key))["Item"]
    assert item["expires_at"] == {"N": str(int(SOON))}, "the table forgets it by itself"


async def test_a_key_that_stays_has_no_end(callers: DynamoDBCallers, organization: str) -> None:
    caller, key = Caller(organization, "Checkout"), uuid4().hex
    callers.put(key, caller, created=1.0)
    assert await callers.find(key) == caller


async def test_signing_out_ends_a_lent_key(
    callers: DynamoDBCallers, sign_ins: DynamoDBSignIns, token: str, key: str
) -> None:
    await sign_ins.delete(token)
    assert await callers.find(key) is None


async def test_revoking_the_key_that_signed_in_ends_a_lent_key(
    callers: DynamoDBCallers, organization: str, key: str
) -> None:
    assert callers.revoke(organization)
    assert await callers.find(key) is None


async def test_a_lent_key_is_good_no_longer_than_its_sign_in(
    callers: DynamoDBCallers, sign_ins: DynamoDBSignIns, organization: str
) -> None:
    token, admin, key = uuid4().hex, uuid4().hex, uuid4().hex
    callers.put(admin, Caller(organization, "Ann", admin=True), created=1.0)
    await sign_ins.put(token, admin, SOON - 1800)
    await callers.lend(key, LENT, token)
    found = await callers.find(key)
    assert found is not None
    assert found.expires == SOON - 1800


async def test_a_table_that_is_away_is_told() -> None:
    callers = DynamoDBCallers(client_at(f"http://127.0.0.1:{free_port()}", makes_table=False), TABLE)
    with pytest.raises(StoreUnavailable):
        await callers.lend("key", LENT, "token")
