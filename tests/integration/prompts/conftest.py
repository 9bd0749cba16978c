from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

import pytest

from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
from ai_gateway.runtime.cli import main
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, free_port
from ai_gateway.services.prompts.editing import Editing
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "ai-gateway"

Command: TypeAlias = Callable[..., str]


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
def prompts(dynamodb: "DynamoDBClient") -> DynamoDBPrompts:
    return DynamoDBPrompts(dynamodb, TABLE)


@pytest.fixture
def organization() -> str:
    """One of its own for each test, so that they share a table and nothing else."""
    return f"org-{uuid4().hex[:8]}"


@pytest.fixture
def library(prompts: DynamoDBPrompts) -> Library:
    clock = SystemClock()
    editing = Editing(prompts, clock)
    return Library(editing, Releases(editing, PromptFinder(Shelf(prompts, clock, remember=0))))


@pytest.fixture
def command(
    emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`command("prompts", "pull", "DIR")`: what `ai-gateway prompts pull DIR` prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AI_GATEWAY_AWS_ENDPOINT_URL", emulator)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)

    def run(*arguments: str) -> str:
        capsys.readouterr()
        main(arguments)
        return capsys.readouterr().out

    return run


def client_at(url: str, *, makes_table: bool = True) -> "DynamoDBClient":
    settings = Settings(table=TABLE, aws_endpoint_url=url if makes_table else "aws")
    return Opening(settings, {}, url, emulated=True)()
