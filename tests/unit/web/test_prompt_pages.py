"""The pages of prompts among fakes: empty, full, and of words nobody should trust."""

import re
from collections.abc import Iterator
from json import dumps, loads
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from markupsafe import Markup
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.pricing import PICO
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.wire import JsonObject
from ai_gateway.ports import Configuration
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.prompts.editing import Editing, Editor
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.previews import Previews
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf
from ai_gateway.web.console.pages.prompt_versions import prompt_metrics_page, prompt_versions_pages
from ai_gateway.web.console.pages.prompts import prompts_pages
from ai_gateway.web.console.prompts import prompts_router
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.failures import as_json
from tests.fakes import FakeClock, FakePrompts, FakeRollups, FakeTable, FixedConfigurations, access

NOW = 1_800_001_000
SCRIPT = "<script>alert(1)</script>"
BODY: JsonObject = {"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "Help {{name}}."}]}
OTHER: JsonObject = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "system", "content": f"Serve {{{{name}}}} {SCRIPT}"}],
}


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def http(table: FakeTable) -> Iterator[TestClient]:
    async def admin(request: Request) -> Caller:
        return Caller("ann", "Ann", "acme", admin=True)

    async def editor(request: Request) -> Editor:
        return Editor("acme", "Ann", "console")

    prompts, clock, pages = FakePrompts(), FakeClock(), Pages.of("")
    editing, finder = Editing(prompts, clock), PromptFinder(Shelf(prompts, clock, remember=0))
    library, analytics = Library(editing, Releases(editing, finder)), Analytics(table, FakeRollups(), clock)
    configurations = FixedConfigurations(Configuration(Catalog.standard(), access("openai")))
    app = FastAPI(exception_handlers={GatewayError: as_json, RequestValidationError: as_json})
    app.include_router(prompts_router(library, Previews(finder), editor), prefix="/api/v1")
    app.include_router(prompts_pages(library, Previews(finder), analytics, configurations, admin, pages))
    app.include_router(prompt_versions_pages(library, admin, pages))
    app.include_router(prompt_metrics_page(library, analytics, admin, pages))
    with TestClient(app, "http://console.test") as client:
        yield client


def create(http: TestClient, prompt_id: str = "bot", **fields: Any) -> None:
    new = {"id": prompt_id, "name": "Support bot", "body": BODY, **fields}
    assert http.post("/api/v1/prompts", json=new).status_code == 201


def save(http: TestClient, **fields: Any) -> None:
    assert http.post("/api/v1/prompts/bot/versions", json={"body": OTHER, **fields}).status_code == 201


def page(http: TestClient, path: str) -> str:
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", answer.text), path
    return answer.text


def state_of(text: str) -> Any:
    """What the editor's script is given."""
    found = re.search(r'data-state="([^"]*)"', text)
    assert found is not None
    return loads(Markup(found[1]).unescape())


def used(number: int, version: str, **fields: Any) -> RequestRecord:
    known = {"outcome": "success", "status": 200, "organization": "acme", "cost": PICO, "prompt_id": "bot", **fields}
    return RequestRecord(f"id-{number}", NOW - 60, prompt_version=version, **known)


def test_an_empty_list_says_what_a_prompt_is_for(http: TestClient) -> None:
    text = page(http, "/prompts")
    assert "No prompts yet" in text
    assert "prompts push DIR" in text


def test_prompts_are_found_by_words_tag_and_environment(http: TestClient, table: FakeTable) -> None:
    create(http, tags=["sales & co"])
    create(http, "other", name=SCRIPT, environments=["development"])
    table.keep(used(1, "0.0"), used(2, "0.0", outcome="error", status=500))
    text = page(http, "/prompts")
    assert SCRIPT not in text
    assert re.search(r"production\s+0\.0", text)
    assert "$2.00" in text
    assert "50 %" in text
    for query, found in (("search=support", "bot"), ("tag=sales+%26+co", "bot"), ("environment=development", "other")):
        text = page(http, f"/prompts?{query}")
        assert re.findall(r'<a href="/prompts/(\w+)"', text) == [found]
    assert "No prompt matches" in page(http, "/prompts?search=nothing")


def test_what_a_new_prompt_begins_with_can_be_saved(http: TestClient) -> None:
    bodies = [
        loads(Markup(one).unescape()) for one in re.findall(r'name="body"[^>]* value="([^"]*)"', page(http, "/prompts"))
    ]
    assert len(bodies) == 3
    for number, body in enumerate(bodies):
        create(http, f"start-{number}", body=body, environments=[])


def test_the_editor_begins_with_the_version_named_the_draft_or_the_latest(http: TestClient) -> None:
    create(http)
    save(http)
    assert (state_of(page(http, "/prompts/bot"))["base"], state_of(page(http, "/prompts/bot"))["body"]) == (
        "0.1",
        OTHER,
    )
    first = state_of(page(http, "/prompts/bot?version=0.0"))
    assert (first["base"], first["body"], first["draft"], first["editsDraft"]) == ("0.0", BODY, None, False)
    draft: JsonObject = {"messages": [{"role": "user", "content": f"{SCRIPT} {{{{broken"}]}
    http.put("/api/v1/prompts/bot/draft", json={"body": draft, "base": "0.0"}).raise_for_status()
    text = page(http, "/prompts/bot")
    assert SCRIPT not in text
    state = state_of(text)
    assert (state["base"], state["body"], state["draft"]["author"], state["editsDraft"]) == ("0.0", draft, "Ann", True)
    assert "draft on 0.0" in text
    named = state_of(page(http, "/prompts/bot?version=0.1"))
    assert (named["body"], named["draft"]["revision"], named["editsDraft"]) == (OTHER, 1, False)


@pytest.mark.parametrize("path", ["", "/versions", "/publish", "/history", "/metrics"])
def test_pages_of_a_prompt_that_is_not_there_are_not_there(http: TestClient, path: str) -> None:
    create(http)
    assert http.get(f"/prompts/nobody{path}").status_code == 404
    assert "nobody" in http.get(f"/prompts/nobody{path}").json()["error"]["message"]
    if path in ("", "/publish"):
        assert http.get(f"/prompts/bot{path}?version=9.9").status_code == 404


def looked(http: TestClient, body: JsonObject, inputs: JsonObject) -> tuple[Any, str]:
    answer = http.post("/prompts/preview", json={"body": body, "inputs": inputs})
    assert answer.status_code == 200, answer.text
    found = re.search(r'data-looked="([^"]*)"', answer.text)
    assert found is not None
    return loads(Markup(found[1]).unescape()), answer.text


def test_a_body_is_shown_as_it_would_be_sent_with_what_it_asks_for(http: TestClient) -> None:
    told, text = looked(http, OTHER, {"name": "Ann"})
    assert told == {"variables": [{"name": "name", "type": "string", "default": None}], "problem": None}
    assert "Serve Ann &lt;script&gt;" in text
    assert "About " in text


def test_what_is_wrong_with_a_body_is_told_as_no_failure(http: TestClient) -> None:
    told, text = looked(http, OTHER, {})
    assert told["problem"]["param"] == "inputs.name"
    assert [one["name"] for one in told["variables"]] == ["name"]
    assert "The input &#39;name&#39; is missing" in text
    broken: JsonObject = {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "{{hc:x:nope}}"}]}
    told, _ = looked(http, broken, {})
    assert (told["problem"]["param"], told["variables"]) == ("messages[1].content", None)
    lost: JsonObject = {"messages": [{"role": "user", "content": "{{hcp:nobody:0}}"}]}
    assert "There is no prompt 'nobody'" in looked(http, lost, {})[0]["problem"]["message"]


def test_versions_are_told_with_where_they_serve_and_where_a_rollback_leads(http: TestClient) -> None:
    create(http)
    text = page(http, "/prompts/bot/versions")
    assert "Roll back" not in text
    assert "/versions/0.0" not in text
    save(http, message=SCRIPT, tags=["kinder"], environment="production")
    save(http, environment="development")
    text = page(http, "/prompts/bot/versions")
    assert SCRIPT not in text
    assert "Roll back to 0.0<" in text
    assert "DELETE /api/v1/prompts/bot/versions/0.0" in text
    assert "DELETE /api/v1/prompts/bot/versions/0.1" not in text
    assert "DELETE /api/v1/prompts/bot/versions/0.2" not in text


def test_any_two_versions_and_the_draft_are_compared(http: TestClient) -> None:
    create(http)
    save(http)
    http.put("/api/v1/prompts/bot/draft", json={"body": BODY}).raise_for_status()
    text = page(http, "/prompts/bot/versions?before=0.0&after=0.1")
    assert re.search(r'class="removed">.*?Help {{name}}', text, re.DOTALL)
    assert re.search(r'class="added">.*?Serve {{name}} &lt;script', text, re.DOTALL)
    assert re.search(r'class="removed">.*?Serve', page(http, "/prompts/bot/versions?before=0.1&after=draft"), re.DOTALL)
    assert "say the same" in page(http, "/prompts/bot/versions?before=0.0&after=draft")


def test_publishing_shows_what_is_live_beside_what_will_be(http: TestClient) -> None:
    create(http)
    save(http)
    text = page(http, "/prompts/bot/publish")
    assert "From 0.0, live in production, to 0.1" in text
    assert re.search(r'class="removed">.*?Help', text, re.DOTALL)
    assert "Publish 0.1 to production" in text
    assert "Roll 0.1 out to 12.5 % in production" in page(http, "/prompts/bot/publish?percent=12.5")
    assert "points at nothing yet" in page(http, "/prompts/bot/publish?environment=staging")
    assert re.search(r'class="primary" disabled', page(http, "/prompts/bot/publish?version=0.0"))
    assert "An environment&#39;s name is" in page(http, "/prompts/bot/publish?environment=my+prod")
    for percent in ("0", "101", "x"):
        assert http.get(f"/prompts/bot/publish?percent={percent}").status_code == 400


def test_a_version_whose_partial_is_gone_cannot_be_published(http: TestClient) -> None:
    create(http)
    create(http, "tone", environments=["development"])
    held: JsonObject = {"messages": [{"role": "system", "content": "{{hcp:tone:0}}"}]}
    http.post("/api/v1/prompts/bot/versions", json={"body": held}).raise_for_status()
    text = page(http, "/prompts/bot/publish?version=0.1")
    assert "has no environment &#39;production&#39;" in text
    assert re.search(r'class="primary" disabled', text)


def test_every_move_is_told_with_who_made_it(http: TestClient) -> None:
    create(http, environments=[])
    assert "Nothing was published yet" in page(http, "/prompts/bot/history")
    save(http, environment="production")
    http.post("/api/v1/prompts/bot/publish", json={"version": "0.0"}).raise_for_status()
    http.post("/api/v1/prompts/bot/rollback", json={}).raise_for_status()
    text = page(http, "/prompts/bot/history")
    assert re.findall(r">(published|rolled back|removed)<", text) == ["rolled back", "published", "published"]
    assert "before=0.0&amp;after=0.1" in text


def test_the_versions_of_a_rollout_are_compared(http: TestClient, table: FakeTable) -> None:
    create(http)
    save(http)
    http.post("/api/v1/prompts/bot/publish", json={"version": "0.1", "percent": 20}).raise_for_status()
    assert "No request used it" in page(http, "/prompts/bot/metrics")
    table.keep(
        used(1, "0.0", duration_ms=100, scores={"helicone-score-feedback": True, SCRIPT: 4}),
        used(2, "0.0", duration_ms=100, scores={"helicone-score-feedback": False}),
        used(3, "0.1", duration_ms=900, cost=None, tokens={"input": 3}),
    )
    text = page(http, "/prompts/bot/metrics?range=24h")
    assert SCRIPT not in text
    assert "production 80 %" in text
    assert "production 20 %" in text
    assert re.search(r"50 % <[^>]*>of 2<", text)
    assert "+1 unpriced" in text
    assert 'href="/requests?prompt=bot%400.1&amp;since=2027-01-14T09%3A00%3A00Z"' in text
    charts = [loads(Markup(one).unescape()) for one in re.findall(r'data-series="([^"]*)"', text)]
    assert [[line["name"] for line in chart["series"]] for chart in charts] == [["0.0", "0.1"]] * 3
    assert sum(charts[0]["series"][0]["values"]) == 2


@pytest.mark.parametrize("body", [[], {"body": []}, {"body": BODY, "more": 1}])
def test_a_body_that_is_no_object_is_refused(http: TestClient, body: object) -> None:
    assert http.post("/prompts/preview", content=dumps(body)).status_code == 400
