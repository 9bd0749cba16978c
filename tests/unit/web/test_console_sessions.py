"""Sessions: the API and the pages, mounted as the console mounts them."""

import re
from collections.abc import Iterator
from json import dumps
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.records import RequestRecord
from ai_gateway.services import sessions as service
from ai_gateway.services.requests import Requests
from ai_gateway.services.sessions import Sessions
from ai_gateway.web.console.pages.sessions import sessions_page
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.console.sessions import sessions_router
from ai_gateway.web.failures import as_json
from tests.fakes import FakeClock, FakeRollups, FakeTable

NOW = 1_800_001_000
SCRIPT = "</script><script>alert(1)</script>"


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def http(table: FakeTable) -> Iterator[TestClient]:
    async def admin(request: Request) -> Caller:
        return Caller("ann", "Ann", "acme", admin=True)

    sessions = Sessions(Requests(table, FakeRollups(), FakeClock()))
    app = FastAPI(exception_handlers={GatewayError: as_json, RequestValidationError: as_json})
    app.include_router(sessions_router(sessions, admin), prefix="/api/v1")
    app.include_router(sessions_page(sessions, admin, Pages.of("")))
    with TestClient(app, "http://console.test") as client:
        yield client


def record(number: int, session: str | None, ago: float = 0, **fields: object) -> RequestRecord:
    known: dict[str, object] = {
        "outcome": "success", "status": 200, "organization": "acme", "model": "gpt-4o", "session_id": session,
        "duration_ms": 100, "cost": 1_000_000,
    }  # fmt: skip
    return RequestRecord(id=f"id-{number:04d}", started=NOW - ago, **{**known, **fields})  # type: ignore[arg-type]


def test_a_session_is_listed_once_where_it_was_last_seen(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(number, f"s-{number % 7}", ago=number * 10) for number in range(70)), record(99, None))
    listed, cursor, pages = [], None, 0
    while True:
        page = http.get("/api/v1/sessions", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        listed += [(row["id"], row["requests"]) for row in page["data"]]
        pages += 1
        cursor = page["next"]
        if cursor is None:
            break
    assert listed == [(f"s-{number}", 10) for number in range(7)]
    assert pages >= 3


def test_a_session_tells_cost_times_and_tree(http: TestClient, table: FakeTable) -> None:
    table.keep(
        record(1, "a/b c", ago=20, session_path="/plan", session_name="Trip"),
        record(2, "a/b c", ago=10, session_path="/plan/hotels", session_name="Trip", outcome="error", user="ann"),
        record(3, "other"),
    )
    (row,) = http.get("/api/v1/sessions?name=Trip").json()["data"]
    assert (row["name"], row["cost"], row["errors"], row["duration_ms"], row["users"]) == (
        "Trip",
        "0.000002",
        1,
        10_100,
        ["ann"],
    )
    whole = http.get("/api/v1/sessions/a/b%20c").json()
    assert [one["id"] for one in whole["timeline"]] == ["id-0001", "id-0002"]
    plan = whole["tree"]["branches"][0]
    assert (plan["path"], plan["requests"], plan["requests_here"]) == ("/plan", 2, ["id-0001"])
    assert plan["branches"][0]["cost"] == "0.000001"
    assert http.get("/api/v1/sessions/nothing").status_code == 404
    for wrong in ("colour=red", "cursor=x", "limit=1000"):
        assert http.get(f"/api/v1/sessions?{wrong}").status_code == 400


def test_a_session_too_long_says_so(http: TestClient, table: FakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_SHOWN", 5)
    table.keep(*(record(number, "long", ago=number) for number in range(9)))
    assert http.get("/api/v1/sessions/long").json()["complete"] is False
    assert "more requests than are read" in http.get("/sessions/long").text


def test_the_pages_show_tree_timeline_and_chat(http: TestClient, table: FakeTable) -> None:
    def said(*texts: str) -> bytes:
        return dumps({"messages": [{"role": "user", "content": text} for text in texts]}).encode()

    answer = dumps({"choices": [{"message": {"content": "Fine."}}]}).encode()
    table.keep(
        record(1, "s", ago=20, session_path="/chat", request=said("How are you?"), response=answer),
        record(2, "s", ago=10, session_path="/chat/more", request=said("How are you?", "And now?"), response=answer),
    )
    assert 'href="/sessions/s"' in http.get("/sessions").text
    tree = http.get("/sessions/s").text
    assert tree.index('<strong dir="auto">chat') < tree.index('<strong dir="auto">more')
    assert "+10 s" in http.get("/sessions/s?view=timeline").text
    chat = http.get("/sessions/s?view=chat").text
    assert (chat.count("How are you?"), chat.count("And now?"), chat.count("Fine.")) == (1, 1, 2)
    assert http.get("/sessions/s?view=cube").status_code == 400


def test_nothing_says_what_to_do(http: TestClient) -> None:
    assert "Helicone-Session-Id" in http.get("/sessions").text
    assert "Take a filter away" in http.get("/sessions?name=x").text


def test_hostile_names_do_nothing(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, SCRIPT, session_name=SCRIPT + "\x00", session_path=f"/{SCRIPT}", user=SCRIPT))
    for path in ("/sessions", "/sessions/" + "%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E"):
        answer = http.get(path)
        assert answer.status_code == 200
        assert not re.search(r"<script(?! src=)", answer.text)
        assert "\x00" not in answer.text


@pytest.mark.parametrize("session", ["a/../b", "/", "?x#y", "über"])
def test_a_session_is_linked_so_that_no_browser_shortens_its_id(
    http: TestClient, table: FakeTable, session: str
) -> None:
    table.keep(record(1, session))
    (link,) = re.findall(r'href="/sessions/([^"]+)"', http.get("/sessions").text)
    assert not {"/", "?", "#"} & set(link)
    assert unquote(link) == session
    assert http.get(f"/sessions/{link}").status_code == 200
