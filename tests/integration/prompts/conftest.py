from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
from ai_gateway.adapters.dynamodb.table import ensure_table
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.storage import dynamodb_client, free_port

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "ai-gateway"


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    emulator = Emulator(free_port())
    emulator.wait()
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def dynamodb(emulator: Emulator) -> "DynamoDBClient":
    client = dynamodb_client(emulator.url, {}, emulated=True)
    ensure_table(client, TABLE)
    return client


@pytest.fixture
def prompts(dynamodb: "DynamoDBClient") -> DynamoDBPrompts:
    return DynamoDBPrompts(dynamodb, TABLE)


@pytest.fixture
def organization() -> str:
    """One of its own for each test, so that they share a table and nothing else."""
    return f"org-{uuid4().hex[:8]}"
