"""The README names what there is: every setting, header, route and provider."""

import re
import shlex
from decimal import Decimal

import pytest

from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.runtime.cli import _parser
from ai_gateway.runtime.settings import Settings
from ai_gateway.web.chat import CHAT_PATHS
from tests.checkout import ROOT

README = (ROOT / "README.md").read_text()
ON_AWS = README[README.index("## On AWS") : README.index("## Speed")]
TEMPLATE = (ROOT / "template.yaml").read_text()
COMMANDS = [found.strip() for found in re.findall(r"uv run (ai-gateway [^`\n#|]+)", README)]
WEB = "\n".join(path.read_text() for path in (ROOT / "layers/ai_gateway/python/ai_gateway").rglob("web/*.py"))
SERVICES = (ROOT / "layers/ai_gateway/python/ai_gateway/services/gateway.py").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"AI_GATEWAY_{name.upper()}" in README


@pytest.mark.parametrize(
    "header", sorted(set(re.findall(r'"((?:helicone|gateway|simulator)-[a-z-]+)"', WEB + SERVICES)))
)
def test_every_header_is_in_the_readme(header: str) -> None:
    assert header.rstrip("-") in README.lower()


HELICONE = sorted(
    f"/v1/{found.removeprefix('/')}"
    for path in (ROOT / "layers/ai_gateway/python/ai_gateway/web/console").glob("helicone_*.py")
    for found in re.findall(r'router\.post\("(/(?:session|user|property)/[a-z/]+)"', path.read_text())
)


@pytest.mark.parametrize("path", [*CHAT_PATHS, "/v1/models", "/healthz", "/v1/request/query", *HELICONE])
def test_every_route_is_in_the_readme(path: str) -> None:
    assert path in README


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_is_in_the_readme(provider: str) -> None:
    assert f"`{provider}`" in README


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_every_command_in_the_readme_is_one(command: str) -> None:
    name, *arguments = shlex.split(command)
    assert name == "ai-gateway"
    _parser().parse_args(arguments)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z][a-z]\w+)=?\w*`", ON_AWS))))
def test_every_parameter_and_output_of_the_stack_in_the_readme_is_one(name: str) -> None:
    assert re.search(rf"^  {name}:$", TEMPLATE, re.MULTILINE)


@pytest.mark.parametrize("row", re.findall(r"^\| (\d+) s \| (.+) \|$", ON_AWS, re.MULTILINE))
def test_the_table_of_costs_follows_its_formula(row: tuple[str, str]) -> None:
    seconds = Decimal(row[0])
    compute, dynamodb, logs, together = map(Decimal, row[1].split(" | "))
    assert compute == round(Decimal("0.20") + 1_000_000 * seconds * Decimal("0.5") * Decimal("0.0000133334"), 2)
    assert dynamodb == 4 * Decimal("0.625")
    assert logs == Decimal("1.3") * Decimal("0.50")
    assert together == compute + dynamodb + logs
