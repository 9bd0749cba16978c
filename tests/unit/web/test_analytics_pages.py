"""The pages of users, properties, models and providers among fakes: empty, full, and of words nobody should trust."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.pricing import PICO
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.ports import Configuration
from ai_gateway.services.analytics import Analytics
from ai_gateway.web.console.pages.models import models_page
from ai_gateway.web.console.pages.providers import providers_page
from ai_gateway.web.console.pages.values import properties_page, users_page
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.failures import as_json
from tests.fakes import FakeClock, FakeRollups, FakeTable, FixedConfigurations, access

NOW = 1_800_001_000
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def http(table: FakeTable) -> Iterator[TestClient]:
    async def admin(request: Request) -> Caller:
        return Caller("ann", "Ann", "acme", admin=True)

    analytics, pages = Analytics(table, FakeRollups(), FakeClock()), Pages.of("")
    configurations = FixedConfigurations(
        Configuration(Catalog.standard(), access("openai", "anthropic", simulated=("azure",)))
    )
    app = FastAPI(exception_handlers={GatewayError: as_json, RequestValidationError: as_json})
    app.include_router(users_page(analytics, admin, pages))
    app.include_router(properties_page(analytics, admin, pages))
    app.include_router(models_page(analytics, configurations, admin, pages))
    app.include_router(providers_page(analytics, configurations, admin, pages))
    with TestClient(app, "http://console.test") as client:
        yield client


def record(number: int, ago: float = 60, **fields: Any) -> RequestRecord:
    known = {"outcome": "success", "status": 200, "organization": "acme", "model": "gpt-4o", "cost": PICO, **fields}
    return RequestRecord(id=f"id-{number:04d}", started=NOW - ago, **known)


def called(provider: str, status: int = 200) -> AttemptRecord:
    kind = "rate_limit_exceeded" if status == 429 else None
    return AttemptRecord(f"gpt-4o/{provider}", provider, "gpt-4o", status, kind, latency_ms=300)


def page(http: TestClient, path: str, *, part: bool = False) -> str:
    answer = http.get(path, headers={"hx-request": "true"} if part else {})
    assert answer.status_code == 200, answer.text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", answer.text), path
    return answer.text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/users", "No request named its user in the last 24 hours"),
        ("/properties", "No request had properties in the last 24 hours"),
        ("/providers", "No provider was called in the last 24 hours"),
        ("/catalog?used=true", "No model matches"),
    ],
)
def test_an_empty_page_says_what_to_do(path: str, says: str, http: TestClient) -> None:
    assert says in page(http, path)


def test_users_lead_to_their_requests(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, user="ada&co"), record(2, user=SCRIPT, cost=3 * PICO), record(3, user="ada&co", cost=None))
    text = page(http, "/users?range=7d")
    assert SCRIPT not in text
    assert 'href="/requests?user=ada%26co&amp;since=2027-01-09T00%3A00%3A00Z"' in text
    assert text.index("&lt;script&gt;") < text.index("ada&amp;co")
    assert "$4.00" in text


def test_a_search_keeps_its_order_and_range(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(n, user=f"user-{n}") for n in range(20)))
    text = page(http, "/users?search=USER-1&order=name&range=30d")
    assert "11 match" in text
    assert 'name="order" value="name"' in text
    assert "user-2<" not in text


def test_a_property_is_chosen_among_their_names(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, properties={"team": "search", "env": "x"}), record(2, properties={"team": SCRIPT}))
    text = page(http, "/properties")
    assert "search" in text
    assert SCRIPT not in text
    assert 'href="/requests?property=team%3Dsearch&amp;since=2027-01-14T09%3A00%3A00Z"' in text
    assert "property=env%3Dx" in page(http, "/properties?name=env")


def test_names_of_properties_beyond_the_bound_are_told(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(n, properties={f"name-{n}": "x"}) for n in range(53)))
    assert re.search(r"beyond the 50 .* were given 3 times, and cost <span[^>]*>\$3.00<", page(http, "/properties"))


def test_the_catalog_is_searched_by_words_provider_and_capability(http: TestClient, table: FakeTable) -> None:
    assert "gpt-4o-mini" in page(http, "/catalog?search=4o+mini")
    only = page(http, "/catalog?provider=anthropic&capability=images&all=true")
    assert "claude-sonnet-4" in only
    assert "<b>gpt-4o</b>" not in only
    table.keep(record(1))
    used = page(http, "/catalog?used=true")
    assert "1 of" in used
    assert "<b>gpt-4o</b>" in used
    assert "$1.00" in used


def test_every_order_of_the_catalog_shows_all_of_it(http: TestClient) -> None:
    counts = {
        page(http, f"/catalog?order={order}&all=true").count("<tr tabindex")
        for order in ("used", "name", "price", "context", "newest")
    }
    assert counts == {len(Catalog.standard().models())}


def test_a_model_is_shown_with_its_prices_and_where_it_can_be_called(http: TestClient) -> None:
    text = page(http, "/catalog/gpt-4o", part=True)
    assert "<html" not in text
    assert re.search(r"gpt-4o/openai</code></td>\s*<td class=\"number\"><span title=\"\$2.5\">\$2.50", text)
    assert text.index("key set") < text.index("simulated") < text.index("no key")
    assert "<html" in page(http, "/catalog/gpt-4o")
    assert http.get("/catalog/gpt-99").status_code == 404


def test_a_provider_that_fails_is_told_at_the_top_with_why(http: TestClient, table: FakeTable) -> None:
    table.keep(
        record(1, provider="azure", attempts=(called("openai", 429), called("azure"))),
        record(2, provider="azure", attempts=(called("openai", 429), called("azure"))),
        record(3, provider="openai", attempts=(called("openai"),)),
    )
    text = page(http, "/providers")
    assert "OpenAI fails: 2 of 3 calls" in text
    assert ">failing 66.7 %</span>" in text
    assert "healthy" in text
    assert ">simulated</span>" in text


def test_a_provider_leads_to_all_that_called_it(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, provider="openai", attempts=(called("anthropic", 429), called("openai"))))
    assert 'href="/requests?called=anthropic&amp;since=2027-01-14T09%3A00%3A00Z"' in page(http, "/providers")


def test_what_any_provider_would_refuse_does_not_make_one_shaky(http: TestClient, table: FakeTable) -> None:
    refused = AttemptRecord("gpt-4o/openai", "openai", "gpt-4o", 400, "invalid_request_error")
    table.keep(record(1, outcome="error", status=400, attempts=(refused,)))
    text = page(http, "/providers")
    assert ">healthy</span>" in text
    assert "invalid_request_error 1" in text


def test_a_provider_that_failed_long_ago_is_quiet_now(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, 5 * 3600, outcome="error", status=429, attempts=(called("openai", 429),)))
    text = page(http, "/providers")
    assert ">quiet</span>" in text
    assert "fails:" not in text


@pytest.mark.parametrize("path", ["/users?order=luck", "/users?range=9d", "/catalog?order=luck", "/providers?range=x"])
def test_what_cannot_be_shown_is_refused(path: str, http: TestClient) -> None:
    assert http.get(path).status_code in (400, 422)
