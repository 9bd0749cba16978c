"""What suites on the emulator share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, free_port

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "ai-gateway"


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    emulator = Emulator(free_port())
    try:
        emulator.wait()
        yield emulator.url
    finally:
        emulator.stop()


@pytest.fixture(scope="session")
def dynamodb(emulator: str) -> "DynamoDBClient":
    return client_at(emulator)


@pytest.fixture
def organization() -> str:
    """One of its own for each test, so that they share a table and nothing else."""
    return f"org-{uuid4().hex[:8]}"


def client_at(url: str, *, makes_table: bool = True) -> "DynamoDBClient":
    settings = Settings(table=TABLE, aws_endpoint_url=url if makes_table else "aws")
    return Opening(settings, {}, url, emulated=True)()
