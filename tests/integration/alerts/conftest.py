from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from ai_gateway.adapters.dynamodb.alert_definitions import DynamoDBAlertDefinitions
from ai_gateway.adapters.dynamodb.alert_memory import DynamoDBAlertMemory
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, free_port

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    emulator = Emulator(free_port())
    try:
        emulator.wait()
        yield emulator.url
    finally:
        emulator.stop()


@pytest.fixture
def table() -> str:
    """One of its own for each test: the queue and the definitions are of all organizations."""
    return f"alerts-{uuid4().hex[:8]}"


@pytest.fixture
def dynamodb(emulator: str, table: str) -> "DynamoDBClient":
    return Opening(Settings(table=table, aws_endpoint_url=emulator), {}, emulator, emulated=True)()


@pytest.fixture
def memory(dynamodb: "DynamoDBClient", table: str) -> DynamoDBAlertMemory:
    return DynamoDBAlertMemory(dynamodb, table)


@pytest.fixture
def definitions(dynamodb: "DynamoDBClient", table: str) -> DynamoDBAlertDefinitions:
    return DynamoDBAlertDefinitions(dynamodb, table)
