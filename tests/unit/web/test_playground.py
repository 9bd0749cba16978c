"""The playground as browsers and scripts meet it, without the scripts of its page."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.routing import Access
from ai_gateway.ports import Configuration
from ai_gateway.services.authentication import Authenticator
from ai_gateway.services.gateway_keys import LENT_FOR, KeyLender
from ai_gateway.services.requests import Requests
from ai_gateway.services.signing_in import SigningIn
from ai_gateway.web.console.access import admin_of, sign_in_router
from ai_gateway.web.console.pages.playground import playground_page, suggestions
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.failures import as_json
from tests.fakes import FakeCallers, FakeClock, FakeRollups, FakeSignIns, FakeTable, FixedConfigurations, access

ADMIN = "sk-aig-admin"
CONFIGURATION = Configuration(
    Catalog.standard(),
    Access(access("openai").providers, {"eu": Deployment("eu", "openai", "gpt-4o", model_id="gpt-4o-eu")}),
)


@pytest.fixture
def callers() -> FakeCallers:
    return FakeCallers({hash_key(ADMIN): Caller("ann", "Ann", "acme", admin=True)})


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def stranger(callers: FakeCallers, table: FakeTable) -> Iterator[TestClient]:
    clock, pages = FakeClock(), Pages.of("https://gateway.test")
    signing_in = SigningIn(FakeSignIns(), Authenticator(callers, clock, remember=0), clock)
    app = FastAPI(exception_handlers={GatewayError: as_json})
    app.include_router(sign_in_router(signing_in, pages))
    requests = Requests(table, FakeRollups(), clock)
    lender, configurations = KeyLender(callers, clock), FixedConfigurations(CONFIGURATION)
    app.include_router(playground_page(lender, configurations, requests, admin_of(signing_in), pages))
    with TestClient(app, "http://console.test", follow_redirects=False) as client:
        yield client


@pytest.fixture
def admin(stranger: TestClient) -> TestClient:
    assert stranger.post("/login", data={"key": ADMIN}).status_code == 303
    return stranger


def csrf(client: TestClient) -> dict[str, str]:
    found = re.search(r'x-csrf-token": "(\w+)"', client.get("/playground").text)
    assert found
    return {"x-csrf-token": found[1]}


def test_the_page_knows_where_the_gateway_is_and_no_key(admin: TestClient, callers: FakeCallers) -> None:
    text = admin.get("/playground").text
    assert 'data-gateway="https://gateway.test"' in text
    assert "sk-aig" not in text
    assert not callers.lent


def test_a_signed_in_page_is_lent_a_key(admin: TestClient, callers: FakeCallers) -> None:
    answer = admin.post("/playground/key", headers=csrf(admin))
    assert answer.headers["cache-control"] == "no-store"
    lent = answer.json()
    assert lent["seconds"] == LENT_FOR
    caller = callers.callers[hash_key(lent["key"])]
    assert (caller.name, caller.organization, caller.admin) == ("Playground of Ann", "acme", False)
    assert set(callers.lent) == {hash_key(lent["key"])}, "only the hash is kept"


def test_a_lent_key_does_not_open_the_dashboard(admin: TestClient) -> None:
    key = admin.post("/playground/key", headers=csrf(admin)).json()["key"]
    admin.cookies.clear()
    assert admin.post("/login", data={"key": key}).status_code == 403
    assert admin.get("/playground/models", headers={"authorization": f"Bearer {key}"}).status_code == 403


def test_no_other_site_and_no_stranger_is_lent_a_key(admin: TestClient, callers: FakeCallers) -> None:
    assert admin.post("/playground/key").status_code == 403
    assert admin.post("/playground/key", headers={"x-csrf-token": "guessed"}).status_code == 403
    admin.cookies.clear()
    assert admin.post("/playground/key").status_code == 401
    assert not callers.lent


def test_who_has_a_key_is_lent_none(admin: TestClient, callers: FakeCallers) -> None:
    answer = admin.post("/playground/key", headers={"authorization": f"Bearer {ADMIN}"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert not callers.lent


def test_suggestions_are_what_can_be_called_here_with_what_a_token_costs() -> None:
    found = {one.id: one for one in suggestions(CONFIGURATION)}
    assert "claude-sonnet-4" not in found, "nobody here serves it"
    own, deployed = found["gpt-4o"].places
    assert (own.string, own.provider, own.model_id) == ("gpt-4o/openai", "openai", "gpt-4o")
    assert own.input == pytest.approx(2.5e-6)
    assert own.output == pytest.approx(1e-5)
    assert (deployed.string, deployed.model_id, deployed.input) == ("gpt-4o/openai/eu", "gpt-4o-eu", None)


def test_the_models_are_told_to_the_page(admin: TestClient) -> None:
    rows = {row["id"]: row for row in admin.get("/playground/models").json()}
    assert rows["gpt-4o"]["places"][0]["string"] == "gpt-4o/openai"


def test_the_page_hears_when_the_record_of_its_request_is_there(admin: TestClient, table: FakeTable) -> None:
    assert admin.get("/playground/recorded/id-1").json() == {"recorded": False}
    for organization in ("others", "acme"):
        table.keep(RequestRecord("id-1", 1_800_000_000, "success", 200, organization=organization))
        assert admin.get("/playground/recorded/id-1").json() == {"recorded": organization == "acme"}
