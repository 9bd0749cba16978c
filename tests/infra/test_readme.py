"""The README names what there is: every setting, header, route and provider."""

import re

import pytest

from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.runtime.settings import Settings
from ai_gateway.web.chat import CHAT_PATHS
from tests.checkout import ROOT

README = (ROOT / "README.md").read_text()
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


@pytest.mark.parametrize("path", [*CHAT_PATHS, "/v1/models", "/healthz"])
def test_every_route_is_in_the_readme(path: str) -> None:
    assert path in README


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_is_in_the_readme(provider: str) -> None:
    assert f"`{provider}`" in README
