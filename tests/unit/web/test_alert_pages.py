"""The pages of alerts among fakes: empty, full, and of names that nobody should trust."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.records import RequestRecord
from ai_gateway.ports.alerts import DeliveryFailed
from ai_gateway.web.console.pages.alert_forms import STARTS, Start
from ai_gateway.web.console.pages.alert_places import alert_places_pages
from ai_gateway.web.console.pages.alerts import ENTRIES, alerts_pages
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.failures import as_json
from tests.unit.alerts.fakes import AlertWorld

SCRIPT = "<script>alert(1)</script>"
RULE = {
    "id": "errors",
    "name": "Errors",
    "metric": "error_rate",
    "threshold": 5,
    "group_by": "user",
    "clear_for": 0,
    "filter": [{"field": "stream", "operator": "equals", "value": True}],
    "quiet": {"start": "22:00", "end": "06:00"},
    "destinations": ["mail"],
}


@pytest.fixture
def world() -> AlertWorld:
    return AlertWorld()


@pytest.fixture
def http(world: AlertWorld) -> Iterator[TestClient]:
    async def admin(request: Request) -> Caller:
        return Caller("ann", "Ann", "acme", admin=True)

    desk, pages = world.desk(), Pages.of("")
    app = FastAPI(exception_handlers={GatewayError: as_json, RequestValidationError: as_json})
    app.include_router(alerts_pages(desk, admin, pages))
    app.include_router(alert_places_pages(desk, admin, pages))
    with TestClient(app, "http://console.test") as client:
        yield client


@pytest.fixture
def rule(world: AlertWorld) -> AlertWorld:
    """A world with a rule and a destination, in which the requests of one user have failed."""
    places, desk = world.places(), world.desk()
    asyncio.run(places.put_destination("acme", {"id": "mail", "name": "Mail", "kind": "email", "to": "a@b.example"}))
    asyncio.run(desk.put_rule("acme", RULE))
    started = world.clock.time() - 30
    world.measuring.records.append(
        RequestRecord("r1", started, "error", 500, organization="acme", user=SCRIPT, stream=True)
    )
    return world


def page(http: TestClient, path: str, *, part: bool = False) -> str:
    answer = http.get(path, headers={"hx-request": "true"} if part else {})
    assert answer.status_code == 200, answer.text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", answer.text), path
    return answer.text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/alerts", "Nothing is watched yet"),
        ("/alerts/new", "New rule"),
        ("/alerts/history", "Nothing happened yet"),
        ("/alerts/destinations", "Nobody can be told yet"),
        ("/alerts/new-destination", "hooks.slack.com"),
        ("/alerts/reports", "No reports yet"),
        ("/alerts/new-report", "would have said"),
        ("/alerts/webhooks", "No webhooks yet"),
        ("/alerts/new-webhook", "helicone-signature"),
    ],
)
def test_an_empty_page_says_what_to_do(path: str, says: str, http: TestClient) -> None:
    assert says in page(http, path)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_what_to_begin_with_is_a_rule_that_can_be_previewed(start: Start, http: TestClient) -> None:
    (href,) = (
        one
        for one in re.findall(r'href="(/alerts/new\?[^"]+)"', page(http, "/alerts"))
        if start.name.replace(" ", "+") in one
    )
    text = page(http, href.replace("&amp;", "&"))
    assert f'value="{start.name}"' in text
    answer = http.post("/alerts/preview?days=7", json=dict(start.query))
    assert answer.status_code == 200, answer.text
    assert "<b>Never</b> in the last 7 days" in answer.text


def test_a_rule_that_fires_is_told_on_its_pages_with_who_was_told(http: TestClient, rule: AlertWorld) -> None:
    asyncio.run(rule.alerting().run())
    text = page(http, "/alerts")
    assert ">firing</span>" in text
    assert "error rate at or above 5 % over 5 minutes" in text
    assert "&lt;script&gt;" in text
    text = page(http, "/alerts/rules/errors")
    assert "100 %" in text
    assert 'title="Told after 1 try">mail</span>' in text
    assert "polyline" in page(http, "/alerts/rules/errors/trend", part=True)


def test_a_rule_that_tells_nobody_of_all_requests_together(http: TestClient, world: AlertWorld) -> None:
    plain = {"id": "busy", "name": "Busy", "metric": "requests", "threshold": 5}
    asyncio.run(world.desk().put_rule("acme", plain))
    text = page(http, "/alerts")
    assert "requests at or above 5 requests over 5 minutes" in text
    assert "nobody" in text
    assert 'value="5"' in page(http, "/alerts/rules/busy")


def test_the_form_of_a_rule_says_what_is_stored(http: TestClient, rule: AlertWorld) -> None:
    text = page(http, "/alerts/rules/errors")
    assert re.search(r'name="field" list="fields" value="stream"', text)
    assert re.search(r'name="value" value="true"', text)
    assert re.search(r'name="quiet.start" type="time" value="22:00"', text)
    assert re.search(r'name="destinations" value="mail" checked', text)
    assert re.search(r'<option value="0" selected>no time', text)


def test_a_preview_tells_when_it_would_have_fired(http: TestClient, rule: AlertWorld) -> None:
    answer = http.post("/alerts/preview?days=7", json={name: value for name, value in RULE.items() if name != "id"})
    assert "<b>1 time</b> in the last 7 days" in answer.text
    assert "until now" in answer.text
    assert SCRIPT not in answer.text


def test_a_preview_of_what_is_no_rule_says_why(http: TestClient) -> None:
    answer = http.post("/alerts/preview?days=7", json={"name": "X", "metric": "error_rate", "threshold": "many"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "threshold"


def test_the_history_goes_on(http: TestClient, rule: AlertWorld) -> None:
    for _ in range(ENTRIES + 1):
        asyncio.run(rule.alerting().run())
        rule.measuring.records.clear()
        rule.clock.now += 3600
        asyncio.run(rule.alerting().run())
        rule.clock.now += 3600
        started = rule.clock.time() - 30
        rule.measuring.records.append(
            RequestRecord("r", started, "error", 500, organization="acme", user="ada", stream=True)
        )
    text = page(http, "/alerts/history")
    assert text.count('<td class="nowrap">') == ENTRIES
    older = re.search(r'hx-get="(/alerts/history\?before=[\d.]+)"', text)
    assert older
    assert page(http, older[1], part=True).count('<td class="nowrap">') == ENTRIES


def test_what_could_not_be_delivered_is_shown_with_its_reason(http: TestClient, rule: AlertWorld) -> None:
    rule.notifier.failures = [DeliveryFailed("The mail server hung up.")]
    asyncio.run(rule.alerting().run())
    text = page(http, "/alerts/destinations")
    assert "1 waiting" in text
    assert "The mail server hung up." in text
    assert "mail: waiting" in page(http, "/alerts/history")


def test_a_muted_rule_says_so(http: TestClient, rule: AlertWorld) -> None:
    asyncio.run(rule.desk().snooze("acme", "errors", seconds=None, by="Ann"))
    assert "muted until further notice by Ann" in page(http, "/alerts/rules/errors")
    assert ">muted</span>" in page(http, "/alerts")


def test_a_report_shows_what_it_would_say(http: TestClient, rule: AlertWorld) -> None:
    asyncio.run(rule.desk().put_report("acme", {"id": "week", "name": "Week", "every": "week"}))
    listed = page(http, "/alerts/reports")
    assert "Every Monday<" in listed
    assert "at 08:00 <" in listed
    assert 'value="Week"' in page(http, "/alerts/reports/week")
    answer = http.post("/alerts/reports/preview", json={"name": "Week", "every": "week"})
    assert "$0.00 for 0 requests" in answer.text


def test_a_webhook_shows_whom_it_tells_of_what(http: TestClient, rule: AlertWorld) -> None:
    body = {"id": "all", "url": "https://example.com/in", "sample_percent": 12.5, "properties": {"team": SCRIPT}}
    asyncio.run(rule.places().put_webhook("acme", body))
    text = page(http, "/alerts/webhooks")
    assert "12.5 %" in text
    assert SCRIPT not in text
    assert 'value="https://example.com/in"' in page(http, "/alerts/webhooks/all")


@pytest.mark.parametrize("kind", ["rules", "destinations", "reports", "webhooks"])
def test_what_is_not_there_is_not_found(kind: str, http: TestClient) -> None:
    assert http.get(f"/alerts/{kind}/gone").status_code == 404
