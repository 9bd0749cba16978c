from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
from ai_gateway.runtime.cli import main
from ai_gateway.services.prompts.editing import Editing
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf
from tests.integration.conftest import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Command: TypeAlias = Callable[..., str]


@pytest.fixture
def prompts(dynamodb: "DynamoDBClient") -> DynamoDBPrompts:
    return DynamoDBPrompts(dynamodb, TABLE)


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
