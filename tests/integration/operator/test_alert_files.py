"""Alerts in a file, pushed to a table and pulled from it."""

from pathlib import Path

import pytest
import yaml

from tests.integration.operator.conftest import Command

FILE = """
destinations:
  desk:  # the team's channel
    name: Desk
    kind: slack
rules:
  errors: {name: Errors, metric: error_rate, threshold: 5, group_by: model, destinations: [desk]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "alerts.yaml"
    path.write_text(FILE)
    return path


def test_a_file_is_pushed_with_a_secret_from_the_environment_and_pulled_without(
    command: Command, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="'desk' needs its url"):
        command("alerts", "push", str(file))
    monkeypatch.setenv("AI_GATEWAY_SECRET_DESK", "https://hooks.slack.com/services/T/B/X")
    assert command("alerts", "push", str(file), "--dry-run").splitlines() == [
        "destinations/desk: created (not done)",
        "rules/errors: created (not done)",
    ]
    assert command("alerts", "push", str(file)).splitlines() == ["destinations/desk: created", "rules/errors: created"]
    monkeypatch.delenv("AI_GATEWAY_SECRET_DESK")
    pulled = file.with_name("pulled.yaml")
    command("alerts", "pull", str(pulled))
    assert "hooks.slack.com" not in pulled.read_text()
    assert yaml.safe_load(pulled.read_text())["rules"]["errors"]["group_by"] == "model"
    assert command("alerts", "push", str(pulled)) == "Nothing to push: all is as the file says.\n"


@pytest.mark.parametrize("text", ["", "- a", "rulez: {}", "rules: {a: 1}", "rules: [}"])
def test_a_file_that_holds_no_alerts_is_refused_with_its_name(command: Command, file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(SystemExit, match=r"alerts\.yaml"):
        command("alerts", "push", str(file))
