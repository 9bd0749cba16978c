"""The console's API of requests, mounted as the console mounts it."""

import csv
import io
from collections.abc import Iterator
from json import loads

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import AuthenticationFailed, GatewayError
from ai_gateway.core.records import LONGEST_VALUE, AttemptRecord, RequestRecord
from ai_gateway.services import requests as service
from ai_gateway.services.requests import Requests
from ai_gateway.web.console import requests as routes
from ai_gateway.web.console.requests import requests_router
from ai_gateway.web.failures import as_json
from tests.fakes import FakeClock, FakeRollups, FakeTable

NOW = 1_800_001_000
HOSTILE = {
    "script": b'{"messages": [{"content": "</script><script>alert(1)</script>"}]}',
    "nul": b'{"messages": [{"content": "a\\u0000b"}]}',
    "half a character": b'{"messages": [{"content": "\\ud83d"}]}',
    "no UTF-8": b"\xff\xfe<b>",
    "right to left": '{"messages": [{"content": "\u202eevil"}]}'.encode(),
    "five megabytes": b'{"messages": [{"content": "' + b"x" * 5_000_000 + b'"}]}',
    "NaN": b'{"usage": NaN}',
}


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def http(table: FakeTable) -> Iterator[TestClient]:
    async def admin(request: Request) -> Caller:
        if request.headers.get("authorization") != "Bearer admin":
            raise AuthenticationFailed("Not an admin.")
        return Caller("ann", "Ann", "acme", admin=True)

    app = FastAPI(exception_handlers={GatewayError: as_json, RequestValidationError: as_json})
    app.include_router(requests_router(Requests(table, FakeRollups(), FakeClock()), admin), prefix="/api/v1")
    with TestClient(app, headers={"authorization": "Bearer admin"}) as client:
        yield client


def record(number: int, ago: float = 0, **fields: object) -> RequestRecord:
    known: dict[str, object] = {"outcome": "success", "status": 200, "organization": "acme", "model": "gpt-4o"}
    return RequestRecord(id=f"id-{number:04d}", started=NOW - ago, **{**known, **fields})  # type: ignore[arg-type]


def ids(answer: object) -> list[str]:
    return [row["id"] for row in answer.json()["data"]]  # type: ignore[attr-defined]


def test_money_is_exact_and_times_are_of_utc(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, cost=123_456_789, cost_parts={"input": 123_456_789}, duration_ms=1500))
    (row,) = http.get("/api/v1/requests").json()["data"]
    assert (row["cost"], row["cost_parts"]) == ("0.000123456789", {"input": "0.000123456789"})
    assert (row["started"], row["ended"]) == ("2027-01-15T08:16:40.000Z", "2027-01-15T08:16:41.500Z")


def test_pages_are_followed_by_their_cursor(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(number, ago=number) for number in range(5)))
    first = http.get("/api/v1/requests", params={"limit": 2})
    assert ids(first) == ["id-0000", "id-0001"]
    second = http.get("/api/v1/requests", params={"limit": 2, "cursor": first.json()["next"]})
    assert ids(second) == ["id-0002", "id-0003"]
    third = http.get("/api/v1/requests", params={"limit": 2, "cursor": second.json()["next"]})
    assert (ids(third), third.json()["next"], third.json()["stopped"]) == (["id-0004"], None, False)


@pytest.mark.parametrize(
    "query",
    [
        "status=5xx", "provider=openai", "model=gpt-5", "outcome=error", "user=ann", "session=s", "property=team=a%3Db",
        "prompt=bot", "key=k-1", "fallback=true", "cost_above=0.5", "latency_above=900", "text=NEEDLE", "cached=true",
        "priced=false", "called=azure", "last=1m", "since=2027-01-15T08:16:00Z", "user=ann&text=&model=&property=",
    ],
)  # fmt: skip
def test_every_filter_is_taken_from_the_address(http: TestClient, table: FakeTable, query: str) -> None:
    attempts = (
        AttemptRecord("gpt-5/azure", "azure", "gpt-5", 500, "upstream_error"),
        AttemptRecord("gpt-5/openai", "openai", "gpt-5"),
    )
    fields = {
        "status": 502, "provider": "openai", "model": "gpt-5", "outcome": "error", "user": "ann", "session_id": "s",
        "properties": {"team": "a=b"}, "prompt_id": "bot", "key_id": "k-1", "attempts": attempts, "cost": 5 * 10**11,
        "duration_ms": 900, "request": b'{"content": "needle"}', "cached": True,
    }  # fmt: skip
    unpriced = {**fields, "cost": None, "tokens": {"input": 1}} if "priced" in query else fields
    table.keep(record(1, **unpriced), record(2, ago=90), record(3, ago=100_000))  # type: ignore[arg-type]
    assert ids(http.get(f"/api/v1/requests?{query}")) == ["id-0001"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("user", {"user": "x" * 900}),
        ("model", {"model": None, "model_asked": "x" * 900}),
        ("property=team", {"properties": {"team": "x" * 900}}),
    ],
)
def test_a_value_that_is_very_long_is_found_whole_and_as_sums_name_it(
    http: TestClient, table: FakeTable, query: str, fields: dict[str, object]
) -> None:
    table.keep(record(1, **fields), record(2))  # type: ignore[arg-type]
    assert ids(http.get(f"/api/v1/requests?{query}={'x' * 900}")) == ["id-0001"]
    assert ids(http.get(f"/api/v1/requests?{query}={'x' * LONGEST_VALUE}")) == ["id-0001"]
    assert ids(http.get(f"/api/v1/requests?{query}={'x' * 200}")) == []


@pytest.mark.parametrize(
    "query",
    [
        "colour=red", "cursor=nonsense", "limit=0", "limit=501", "limit=x", "status=600", "status=ok", "outcome=fine",
        "last=1y", "last=99999d", "last=0h", "since=yesterday", "since=1066-10-14", "until=9999-01-01T00:00:00Z",
        "since=2026-01-02&until=2026-01-01", "last=1h&since=2026-01-01", "property=team", "cost_above=-1",
        "cost_above=NaN", "cost_above=1e300", "latency_above=-1", "cached=perhaps", f"text={'x' * 600}",
        "since=1e400", "since=99999999999999999999",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(http: TestClient, query: str) -> None:
    answer = http.get(f"/api/v1/requests?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_search_that_was_given_up_says_how_far_it_came(
    http: TestClient, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_EXAMINED", 3)
    table.keep(*(record(number, ago=number) for number in range(9)))
    page = http.get("/api/v1/requests?user=nobody").json()
    assert (page["data"], page["examined"], page["stopped"]) == ([], 3, True)
    assert page["searched_to"] == "2027-01-15T08:16:38.000Z"
    assert page["next"]


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies_come_as_json(http: TestClient, table: FakeTable, body: bytes) -> None:
    table.keep(record(1, request=body, response=body))
    for path in ("/api/v1/requests/id-0001", "/api/v1/requests/export?bodies=true"):
        answer = http.get(path)
        assert answer.status_code == 200
        row = loads(answer.content)
        assert row["request"] == row["response"]
        assert row["request"]
    assert http.get("/api/v1/requests").status_code == 200


def test_a_request_is_scored_and_taken_away(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1))
    place = "/api/v1/requests/id-0001"
    assert http.post(f"{place}/scores", json={"scores": {"stars": 4, "exact": 0.5}}).status_code == 200
    told = http.post(f"{place}/feedback", json={"rating": True}).json()
    assert told == {"scores": {"stars": 4, "exact": 0.5, "helicone-score-feedback": True}}
    assert http.get(place).json()["scores"] == told["scores"]
    for scores in ({"x": "good"}, {"x": None}, {"": 1}, {"x" * 200: 1}):
        assert http.post(f"{place}/scores", json={"scores": scores}).status_code == 400
    for sent, says in (
        (b'{"scores": {"x": NaN}}', "'scores.x': Value error, must be true, false or a finite number."),
        (b'{"scores": {"x": 1e999}}', "'scores.x': Value error, must be true, false or a finite number."),
        (b'{"scores": ', "The body is not valid JSON (Expecting value: character 11)."),
    ):
        refused = http.post(f"{place}/scores", content=sent, headers={"content-type": "application/json"})
        assert (refused.status_code, refused.json()["error"]["message"]) == (400, says)
    assert http.post(f"{place}/feedback", json={"rating": 1}).status_code == 400
    assert http.delete(place).status_code == 204
    for answer in (http.get(place), http.delete(place), http.post(f"{place}/feedback", json={"rating": True})):
        assert answer.status_code == 404


def test_an_export_of_many_pages_is_streamed(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(number, ago=number, user=f"u{number % 2}") for number in range(1300)))
    answer = http.get("/api/v1/requests/export?format=csv&user=u1")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == [f"id-{number:04d}" for number in range(1, 1300, 2)]
    assert answer.headers["content-disposition"] == 'attachment; filename="requests.csv"'
    lines = http.get("/api/v1/requests/export").text.splitlines()
    assert [loads(line)["id"] for line in lines] == [f"id-{number:04d}" for number in range(1300)]
    assert http.get("/api/v1/requests/export?format=csv&bodies=true").status_code == 400


def test_a_spreadsheet_takes_nothing_for_a_formula(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, user='=HYPERLINK("https://evil.example")', error='a,"b"\nc\0', outcome="error"))
    (row,) = csv.DictReader(io.StringIO(http.get("/api/v1/requests/export?format=csv").text, newline=""))
    assert row["user"].startswith("'=")
    assert row["error"] == 'a,"b"\nc\N{REPLACEMENT CHARACTER}'


def test_the_last_minutes_are_live(http: TestClient, table: FakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    table.keep(record(1), record(2, ago=200), record(3, ago=400), record(4, user="ann"))
    assert ids(http.get("/api/v1/requests/live")) == ["id-0004", "id-0001", "id-0002"]
    assert ids(http.get("/api/v1/requests/live?minutes=10&user=ann")) == ["id-0004"]
    assert http.get("/api/v1/requests/live?minutes=100").status_code == 400
    assert http.get("/api/v1/requests/live").json()["complete"] is True
    monkeypatch.setattr(routes, "MOST_LIVE", 2)
    few = http.get("/api/v1/requests/live")
    assert (ids(few), few.json()["complete"]) == (["id-0004", "id-0001"], False)


def test_only_admins_read(http: TestClient) -> None:
    for path in ("", "/live", "/export", "/id-0001"):
        assert http.get(f"/api/v1/requests{path}", headers={"authorization": "Bearer other"}).status_code == 401
