import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from ai_gateway.runtime.cli import main
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.storage import free_port

Command: TypeAlias = Callable[..., str]


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    emulator = Emulator(free_port())
    try:
        emulator.wait()
        yield emulator.url
    finally:
        emulator.stop()


@pytest.fixture
def command(
    emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`command("keys", "list", given="")`: what `ai-gateway keys list` prints, with a table of this test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AI_GATEWAY_AWS_ENDPOINT_URL", emulator)
    monkeypatch.setenv("AI_GATEWAY_TABLE", tmp_path.name)
    monkeypatch.setenv("AI_GATEWAY_SECRETS_PREFIX", f"{tmp_path.name}/")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, given: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        capsys.readouterr()
        main(arguments)
        return capsys.readouterr().out

    return run
