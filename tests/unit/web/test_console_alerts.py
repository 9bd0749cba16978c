"""The console's API of alerts, mounted as the console mounts it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from ai_gateway.core.errors import AuthenticationFailed, GatewayError
from ai_gateway.core.records import RequestRecord
from ai_gateway.services.prompts.editing import Editor
from ai_gateway.web.console.alerts import alerts_router
from tests.unit.alerts.fakes import AlertWorld, refused

RULE = {"name": "Errors", "metric": "error_rate", "threshold": 5, "group_by": "user", "clear_for": 0}
MAIL = {"name": "Mail", "kind": "email", "to": "ops@example.com"}
HOOK = {"name": "Hook", "kind": "webhook", "url": "https://example.com/in"}
DAILY = {"name": "Daily", "every": "day"}


def editor_of(request: Request) -> Editor:
    if request.headers.get("authorization") != "Bearer admin":
        raise AuthenticationFailed("Not an admin.")
    return Editor(request.headers.get("x-organization", "acme"), "ann", "console")


async def told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return JSONResponse(error.body(), error.status)


@pytest.fixture
def world() -> AlertWorld:
    return AlertWorld()


@pytest.fixture
def http(world: AlertWorld) -> Iterator[TestClient]:
    app = FastAPI(exception_handlers={GatewayError: told})
    app.include_router(alerts_router(world.desk(), world.places(), editor_of), prefix="/api/v1")
    with TestClient(app, headers={"authorization": "Bearer admin"}, base_url="http://gw/api/v1/alerts/") as client:
        yield client


def happens(world: AlertWorld, outcome: Any, **fields: Any) -> None:
    number, started = len(world.measuring.records), world.clock.time() - 30
    status = 500 if outcome == "error" else 200
    record = RequestRecord(f"r{number}", started, outcome, status, organization="acme", **fields)
    world.measuring.records.append(record)


def test_a_rule_is_set_read_and_removed(http: TestClient) -> None:
    assert http.get("rules").json() == []
    row = http.put("rules/errors", json=RULE).json()
    assert row["rule"]["id"] == "errors"
    assert row["condition"] == "error rate at or above 5 % over 5 minutes"
    assert (row["status"], row["states"], row["snoozes"]) == ("ok", [], [])
    assert http.get("rules/errors").json() == row
    assert http.get("rules").json() == [row]
    assert http.delete("rules/errors").status_code == 204
    assert http.get("rules/errors").status_code == 404
    assert http.delete("rules/errors").status_code == 404


def test_another_organization_sees_none_of_it(http: TestClient) -> None:
    http.put("rules/errors", json=RULE)
    http.put("destinations/mail", json=MAIL)
    other = {"x-organization": "other"}
    assert http.get("rules", headers=other).json() == []
    assert http.get("destinations", headers=other).json() == []
    assert http.delete("rules/errors", headers=other).status_code == 404
    assert http.post("destinations/mail/test", headers=other).status_code == 404


def test_nobody_else_may(http: TestClient) -> None:
    for method, path in (("GET", "rules"), ("PUT", "rules/x"), ("GET", "history"), ("POST", "destinations/x/test")):
        assert http.request(method, path, json=RULE, headers={"authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "status", "param"),
    [
        ("rules/errors", {**RULE, "threshold": 0}, 400, "threshold"),
        ("rules/Errors!", RULE, 400, "id"),
        ("rules/errors", {**RULE, "destinations": ["gone"]}, 400, "destinations"),
        ("rules/errors", {**RULE, "filter": [{"field": "shoe", "value": "x"}]}, 400, "field"),
        ("destinations/hook", {**HOOK, "url": "http://example.com"}, 400, "url"),
        ("destinations/slack", {"name": "S", "kind": "slack"}, 400, "secret"),
        ("destinations/mail", {**MAIL, "secret": "a-secret-of-mail"}, 400, "secret"),
        ("webhooks/all", {"url": "http://example.com"}, 400, "url"),
        ("webhooks/all", {"url": "https://example.com", "sample_percent": 200}, 400, "sample_percent"),
        ("reports/daily", {**DAILY, "destinations": ["gone"]}, 400, "destinations"),
        ("rules/errors", {**RULE, "treshold": 5}, 422, None),
        ("rules/errors", {"name": "Errors"}, 422, None),
    ],
)
def test_what_cannot_be_is_refused(
    http: TestClient, path: str, body: dict[str, object], status: int, param: str | None
) -> None:
    answer = http.put(path, json=body)
    assert answer.status_code == status, answer.text
    if param is not None:
        assert answer.json()["error"]["param"] == param


def test_a_signing_secret_is_made_shown_once_and_stays(http: TestClient, world: AlertWorld) -> None:
    made = http.put("destinations/hook", json=HOOK).json()["signing_secret"]
    assert made.startswith("whsec_")
    assert world.secrets.secrets == {"alerts/acme/hook": {"signing_secret": made}}
    assert http.put("destinations/hook", json={**HOOK, "name": "Other"}).json()["signing_secret"] is None
    assert made not in http.get("destinations").text
    assert world.secrets.secrets == {"alerts/acme/hook": {"signing_secret": made}}


@pytest.mark.parametrize("path", ["destinations/hook", "webhooks/hook"])
def test_what_moves_to_another_host_gets_another_secret(http: TestClient, path: str) -> None:
    body = HOOK if path.startswith("d") else {"url": HOOK["url"]}
    first = http.put(path, json=body).json()["signing_secret"]
    assert http.put(path, json={**body, "url": "https://example.com/other"}).json()["signing_secret"] is None
    moved = http.put(path, json={**body, "url": "https://example.org/in"}).json()["signing_secret"]
    assert moved not in (None, first)


def test_a_secret_can_be_given_and_is_never_shown(http: TestClient, world: AlertWorld) -> None:
    secret = "https://hooks.slack.com/services/T/B/secret"
    answer = http.put("destinations/slack", json={"name": "Slack", "kind": "slack", "secret": secret})
    assert answer.status_code == 200, answer.text
    assert secret not in answer.text + http.get("destinations").text
    assert world.secrets.secrets["alerts/acme/slack"] == {"url": secret}
    assert http.put("destinations/slack", json={"name": "Renamed", "kind": "slack"}).status_code == 200
    changed = http.put("destinations/slack", json={**HOOK, "name": "Another kind"})
    assert changed.json()["signing_secret"].startswith("whsec_")


def test_a_destination_in_use_stays(http: TestClient, world: AlertWorld) -> None:
    http.put("destinations/mail", json=MAIL)
    http.put("rules/errors", json={**RULE, "destinations": ["mail"]})
    refusal = http.delete("destinations/mail")
    assert (refusal.status_code, "errors" in refusal.text) == (409, True)
    http.delete("rules/errors")
    assert http.delete("destinations/mail").status_code == 204
    assert http.get("destinations").json() == []


def test_the_test_button_says_what_came_of_it(http: TestClient, world: AlertWorld) -> None:
    http.put("destinations/mail", json=MAIL)
    assert http.post("destinations/mail/test").json() == {"sent": True, "error": None}
    assert world.notifier.sent[0][1].kind == "test"
    world.notifier.failures = [refused()]
    assert http.post("destinations/mail/test").json() == {"sent": False, "error": "The mail server said no."}
    http.put("webhooks/all", json={"url": "https://example.com/in"})
    assert http.post("webhooks/all/test").json() == {"sent": True, "error": None}
    world.poster.failures = [refused()]
    assert http.post("webhooks/all/test").json()["sent"] is False


async def test_states_and_history_are_shown_and_the_end_of_a_rule_is_told(world: AlertWorld, http: TestClient) -> None:
    http.put("destinations/mail", json=MAIL)
    http.put("rules/errors", json={**RULE, "destinations": ["mail"]})
    happens(world, "error", user="ada")
    happens(world, "success", user="bob")
    await world.run()
    row = http.get("rules/errors").json()
    assert row["status"] == "firing"
    assert [(state["group"], state["status"], state["value"]) for state in row["states"]] == [
        ("ada", "firing", "100 %")
    ]
    (entry,) = http.get("history").json()
    assert (entry["happening"], entry["value"], entry["waiting"]) == ("firing", "100 %", [])
    assert entry["told"][0]["destination"] == "mail"
    http.delete("rules/errors")
    resolved, _ = http.get("history", params={"subject": "errors"}).json()
    assert (resolved["happening"], resolved["waiting"]) == ("resolved", ["mail"])
    await world.run()
    assert world.notifier.kinds("mail") == ["alert.firing", "alert.resolved"]


async def test_a_rule_is_snoozed_muted_and_woken(world: AlertWorld, http: TestClient) -> None:
    http.put("rules/errors", json=RULE)
    assert http.put("rules/gone/snooze", json={}).status_code == 404
    assert http.put("rules/errors/snooze", json={"seconds": 0}).status_code == 400
    until = http.put("rules/errors/snooze", json={"seconds": 600}).json()["until"]
    assert until == world.clock.time() + 600
    http.put("rules/errors/snooze", json={"group": "ada"})
    rows = http.get("rules/errors").json()["snoozes"]
    assert {(row["group"], row["until"], row["by"]) for row in rows} == {(None, until, "ann"), ("ada", None, "ann")}
    assert http.delete("rules/errors/snooze").status_code == 204
    assert http.delete("rules/errors/snooze", params={"group": "ada"}).status_code == 204
    assert http.get("rules/errors").json()["snoozes"] == []


def test_a_preview_shows_when_it_would_have_fired(world: AlertWorld, http: TestClient) -> None:
    happens(world, "error", user="ada")
    found = http.post("preview", json={**RULE, "threshold": "5"}, params={"days": 1}).json()
    (firing,) = found["firings"]
    assert (firing["group"], firing["ended"], firing["worst"]) == ("ada", None, 100)
    assert found["threshold"] == 5
    assert found["values"]["ada"][-1]["value"] == 100
    assert http.get("rules").json() == []
    assert http.post("preview", json=RULE, params={"days": 99}).status_code == 422


def test_a_preview_of_money_is_exact(world: AlertWorld, http: TestClient) -> None:
    happens(world, "success", cost=3, tokens={"input": 1})
    rule = {"name": "Spend", "metric": "spend", "threshold": "0.000000000003"}
    found = http.post("preview", json=rule, params={"days": 1}).json()
    assert found["threshold"] == "0.000000000003"
    assert found["firings"][0]["worst"] == "0.000000000003"


def test_a_report_is_set_previewed_and_removed(world: AlertWorld, http: TestClient) -> None:
    http.put("destinations/mail", json=MAIL)
    row = http.put("reports/daily", json={**DAILY, "destinations": ["mail"]}).json()
    assert row["report"]["at"] == "08:00"
    assert http.get("reports").json() == [row]
    assert http.post("reports/preview", json=DAILY).json()["title"].startswith("Daily: $0.00")
    http.put("destinations/pd", json={"name": "P", "kind": "pagerduty", "secret": "R0UT1NGK3Y"})
    refusal = http.put("reports/daily", json={**DAILY, "destinations": ["pd"]})
    assert refusal.json()["error"]["param"] == "destinations"
    assert http.delete("reports/daily").status_code == 204
    assert http.delete("reports/daily").status_code == 404


def test_a_webhook_is_set_and_removed_with_its_secret(world: AlertWorld, http: TestClient) -> None:
    row = http.put("webhooks/all", json={"url": "https://example.com/in", "properties": {"Team": "x"}}).json()
    assert row["webhook"]["properties"] == {"team": "x"}
    assert row["signing_secret"].startswith("whsec_")
    assert http.get("webhooks").json()[0]["signing_secret"] is None
    assert (
        http.put("webhooks/all", json={"url": "https://example.com/in", "secret": "mine-for-ever"}).status_code == 200
    )
    assert world.secrets.secrets["webhooks/acme/all"] == {"signing_secret": "mine-for-ever"}
    assert http.delete("webhooks/all").status_code == 204
    assert world.secrets.secrets == {}
    assert http.post("webhooks/all/test").status_code == 404
