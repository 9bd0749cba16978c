"""The calls that scripts of Helicone's users make, in the words that they make them."""

from collections.abc import Iterator
from json import dumps

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import AuthenticationFailed, GatewayError
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.wire import JsonObject
from ai_gateway.services import requests as service
from ai_gateway.services import selecting
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.requests import Requests
from ai_gateway.services.rollups import RollupRun
from ai_gateway.services.selecting import Selecting
from ai_gateway.web.console import helicone_requests
from ai_gateway.web.console.helicone_requests import helicone_requests_router
from ai_gateway.web.console.helicone_sums import helicone_sums_router
from ai_gateway.web.failures import as_json
from tests.fakes import FakeClock, FakeRollups, FakeTable

NOW = 1_800_001_000
DAY = 86_400


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def rollups() -> FakeRollups:
    return FakeRollups(progress={"acme": 0})


@pytest.fixture
def http(table: FakeTable, rollups: FakeRollups) -> Iterator[TestClient]:
    async def admin(request: Request) -> Caller:
        if request.headers.get("authorization") != "Bearer admin":
            raise AuthenticationFailed("Not an admin.")
        return Caller("ann", "Ann", "acme", admin=True)

    found = Selecting(Requests(table, rollups, FakeClock()))
    analytics = Analytics(table, rollups, FakeClock())
    app = FastAPI(exception_handlers={GatewayError: as_json, RequestValidationError: as_json})
    app.include_router(helicone_requests_router(found, analytics, admin))
    app.include_router(helicone_sums_router(found, analytics, admin))
    with TestClient(app, headers={"authorization": "Bearer admin"}) as client:
        yield client


def record(number: int, ago: float = 0, **fields: object) -> RequestRecord:
    known: dict[str, object] = {
        "outcome": "success", "status": 200, "organization": "acme", "model": "gpt-4o", "cost": 2_000_000,
        "tokens": {"input": 10, "output": 5}, "duration_ms": 100,
    }  # fmt: skip
    return RequestRecord(id=f"id-{number:04d}", started=NOW - ago, **{**known, **fields})  # type: ignore[arg-type]


def roll_up(table: FakeTable, rollups: FakeRollups) -> None:
    """As the schedule did over the last days."""
    for day in range(8, -1, -1):
        RollupRun(table, rollups, FakeClock(FakeClock().now - day * DAY)).catch_up()


def asked(http: TestClient, path: str, body: object) -> JsonObject:
    answer = http.post(f"/v1/{path}", json=body)
    assert answer.status_code == 200, answer.text
    told: JsonObject = answer.json()
    assert told["error"] is None
    return told


def ids(http: TestClient, **body: object) -> list[str]:
    rows = asked(http, "request/query", body)["data"]
    assert isinstance(rows, list)
    return [row["request_id"] for row in rows]


def rmt(**columns: object) -> JsonObject:
    return {"request_response_rmt": columns}


def test_the_call_of_helicones_documentation_is_answered_in_its_shape(http: TestClient, table: FakeTable) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}]}
    table.keep(
        record(
            1, user="ann", properties={"feature": "search"}, session_id="s", session_path="/a", ttft_ms=40, path="/v1/chat",
            model_asked="gpt-4o", request=dumps(body).encode(), response=b'{"choices": []}', provider="openai",
            scores={"helicone-score-feedback": True, "stars": 4}, cost=123_456_789,
        )
    )  # fmt: skip
    documented = {
        "filter": "all", "isCached": False, "limit": 10, "offset": 0, "sort": {"created_at": "desc"}, "isScored": False,
        "isPartOfExperiment": False,
    }  # fmt: skip
    for path in ("request/query", "request/query-clickhouse"):
        told = asked(http, path, documented)
        assert told["searched_to"] is None
        rows = told["data"]
        assert isinstance(rows, list)
        (row,) = rows
        expected = {
            "request_id": "id-0001", "request_created_at": "2027-01-15T08:16:40.000Z", "request_body": body,
            "response_created_at": "2027-01-15T08:16:40.100Z", "response_status": 200, "request_user_id": "ann",
            "request_properties": {"feature": "search", "Helicone-Session-Id": "s", "Helicone-Session-Path": "/a"},
            "response_body": {"choices": []}, "provider": "openai", "model": "gpt-4o", "request_model": "gpt-4o",
            "total_tokens": 15, "prompt_tokens": 10, "completion_tokens": 5, "delay_ms": 100, "time_to_first_token": 40,
            "cost": 0.000123456789, "costUSD": 0.000123456789, "request_path": "/v1/chat", "feedback_rating": True,
            "scores": {"helicone-score-feedback": 1, "stars": 4},
        }  # fmt: skip
        assert {name: row[name] for name in expected} == expected
    assert http.get("/v1/request/id-0001?includeBody=true").json() == {"data": row, "error": None}


def test_what_is_not_known_is_null(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, cost=None, tokens={}, outcome="error", status=401, model=None))
    row = http.get("/v1/request/id-0001").json()["data"]
    unknown = (
        "cost",
        "total_tokens",
        "prompt_tokens",
        "request_body",
        "response_body",
        "time_to_first_token",
        "feedback_rating",
    )
    assert {row[name] for name in unknown} == {None}


def test_filters_offsets_and_orders_are_of_all_that_match(http: TestClient, table: FakeTable) -> None:
    table.keep(
        *(record(number, ago=number * 60, user=f"u{number % 2}", duration_ms=1 + number % 7) for number in range(40))
    )
    odd = [f"id-{number:04d}" for number in range(1, 40, 2)]
    wanted = rmt(user_id={"equals": "u1"})
    assert ids(http, filter=wanted, limit=100) == odd
    assert ids(http, filter=wanted, limit=5, offset=3) == odd[3:8]
    assert ids(http, filter=wanted, limit=5, offset=3, sort={"created_at": "asc"}) == odd[::-1][3:8]
    assert ids(http, filter=wanted, limit=100, offset=100) == []
    slowest = ids(http, filter="all", limit=3, sort={"latency": "desc"})
    assert slowest == ["id-0006", "id-0013", "id-0020"]
    since = rmt(request_created_at={"gte": "2027-01-15T08:14:40Z"})
    assert ids(http, filter=since, sort={"created_at": "asc"}) == ["id-0002", "id-0001", "id-0000"]
    assert asked(http, "request/count/query", {"filter": wanted})["data"] == 20
    assert asked(http, "request/count/query", {"filter": "all"})["data"] == 40


def test_cached_and_scored_ones_alone_can_be_asked_for(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1), record(2, cached=True), record(3, scores={"stars": 1}))
    assert ids(http, filter="all", isCached=True) == ["id-0002"]
    assert ids(http, filter="all", isScored=True) == ["id-0003"]
    assert len(ids(http, filter="all", isCached=False, isScored=False)) == 3


def test_bodies_decide_and_are_left_out_where_there_is_no_room(
    http: TestClient, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.keep(*(record(number, ago=number, request=b'{"content": "needle %d"}' % number) for number in range(100)))
    assert ids(http, filter=rmt(request_body={"contains": "NEEDLE 77"})) == ["id-0077"]
    monkeypatch.setattr(helicone_requests, "LARGEST_BODIES", 50)
    rows = asked(http, "request/query", {"filter": "all", "limit": 100})["data"]
    assert isinstance(rows, list)
    assert [row["request_body"] for row in rows[:2]] == [{"content": "needle 0"}, {"content": "needle 1"}]
    assert {row["request_body"]["helicone_message"] for row in rows[2:]} == {
        "This answer has no room for the body. GET /v1/request/{id} has it."
    }
    assert len(rows) == 100


def test_a_list_says_how_far_it_came_and_a_count_of_a_part_is_refused(
    http: TestClient, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_EXAMINED", 5)
    monkeypatch.setattr(selecting, "MOST_EXAMINED", 12)
    table.keep(*(record(number, ago=number, user="ann" if number == 2 else None) for number in range(30)))
    wanted = rmt(user_id={"equals": "ann"})
    told = asked(http, "request/query", {"filter": wanted})
    assert [row["request_id"] for row in told["data"]] == ["id-0002"]  # type: ignore[attr-defined]
    assert told["searched_to"] == "2027-01-15T08:16:26.100Z"
    for path, body in (
        ("request/count/query", {"filter": wanted}),
        ("request/query", {"filter": wanted, "sort": {"cost": "desc"}}),
        ("user/metrics/query", {"filter": rmt(status={"equals": 200})}),
    ):
        answer = http.post(f"/v1/{path}", json=body)
        assert answer.status_code == 400, answer.text
        assert "request_created_at" in answer.json()["error"]
    assert asked(http, "request/count/query", {"filter": "all"})["data"] == 30


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("request/query", {"filter": rmt(colour={"equals": "red"})}, "There are request_id"),
        ("request/query", {"filter": "all", "limit": 1001}, "limit"), ("request/query", {"filter": "all", "offset": -1}, "offset"),
        ("request/query", {"filter": "all", "offset": 10_001}, "10000"), ("request/query", {"filter": "all", "colour": 1}, "colour"),
        ("request/query", {"filter": "all", "sort": {"random": "asc"}}, "created_at, latency"),
        ("request/query", {"filter": "all", "sort": {"latency": "up"}}, "sort"), ("request/query", [], "body"),
        ("request/query", {"filter": "all", "isPartOfExperiment": True}, "isPartOfExperiment"),
        ("request/id-0001/score", {"scores": {"a": "good"}}, "scores"), ("request/id-0001/feedback", {"rating": 1}, "rating"),
        ("session/query", {"filter": rmt(request_body={"contains": "x"})}, "request_body"),
        ("session/query", {"timeFilter": {"startTimeUnixMs": 5, "endTimeUnixMs": 5}}, "time filter"),
        ("session/query", {"timeFilter": {"startTimeUnixMs": -5, "endTimeUnixMs": 10**20}}, "timeFilter"),
        ("user/metrics/query", {"sort": {"colour": "asc"}}, "last_active"), ("user/metrics/query", {"limit": 5000}, "limit"),
        ("user/query", {"timeFilter": {"startTimeUnixSeconds": 1e300, "endTimeUnixSeconds": 0}}, "timeFilter"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(
    http: TestClient, table: FakeTable, path: str, body: object, told: str
) -> None:
    table.keep(record(1))
    answer = http.post(f"/v1/{path}", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["data"] is None
    assert told.lower() in answer.json()["error"].lower()


def test_a_request_is_rated_and_scored(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1))
    assert http.post("/v1/request/id-0001/feedback", json={"rating": False}).json() == {"data": None, "error": None}
    assert http.post("/v1/request/id-0001/score", json={"scores": {"stars": 4, "exact": True}}).status_code == 201
    row = http.get("/v1/request/id-0001").json()["data"]
    assert (row["feedback_rating"], row["scores"]) == (False, {"helicone-score-feedback": 0, "stars": 4, "exact": 1})
    assert ids(http, filter=rmt(**{"helicone-score-feedback": {"equals": False}})) == ["id-0001"]
    for answer in (http.get("/v1/request/none"), http.post("/v1/request/none/score", json={"scores": {"a": 1}})):
        assert answer.status_code == 404
        assert "There is no request" in answer.json()["error"]


def test_only_admins_ask(http: TestClient) -> None:
    for path in (
        "request/query",
        "request/count/query",
        "session/query",
        "user/metrics/query",
        "user/query",
        "property/query",
    ):
        answer = http.post(f"/v1/{path}", json={}, headers={"authorization": "Bearer other"})
        assert (answer.status_code, answer.json()) == (401, {"data": None, "error": "Not an admin."})
        assert answer.headers["www-authenticate"] == "Bearer"


def test_sessions_are_summed_over_the_requests_that_match(http: TestClient, table: FakeTable) -> None:
    table.keep(
        record(1, ago=300, session_id="s-1", session_name="Trip", user="ann", duration_ms=300),
        record(2, ago=200, session_id="s-1", session_name="Trip", user="bob", cost=None, tokens={"input": 1}),
        record(3, ago=100, session_id="s-2", session_name="Hotel"),
        record(4),
    )
    whole = {
        "search": "",
        "timeFilter": {"startTimeUnixMs": 0, "endTimeUnixMs": NOW * 1000},
        "timezoneDifference": 0,
        "filter": "all",
    }
    rows = asked(http, "session/query", whole)["data"]
    assert isinstance(rows, list)
    assert [row["session_id"] for row in rows] == ["s-2", "s-1"]
    assert rows[1] == {
        "session_id": "s-1", "session_name": "Trip", "created_at": "2027-01-15T08:11:40.000Z",
        "latest_request_created_at": "2027-01-15T08:13:20.000Z", "total_cost": 0.000002, "total_requests": 2,
        "prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16, "avg_latency": 200.0, "user_ids": ["ann", "bob"],
        "unpriced": 1, "complete": True,
    }  # fmt: skip

    def found(**body: object) -> list[tuple[str, int]]:
        listed = asked(http, "session/query", {**whole, **body})["data"]
        assert isinstance(listed, list)
        return [(row["session_id"], row["total_requests"]) for row in listed]

    assert found(filter=rmt(user_id={"equals": "ann"})) == [("s-1", 1)]
    assert found(filter=rmt(properties={"Helicone-Session-Id": {"equals": "s-1"}})) == [("s-1", 2)]
    assert found(nameEquals="Hotel") == [("s-2", 1)]
    assert found(search="HOT") == [("s-2", 1)]
    assert found(search="s-") == [("s-2", 1), ("s-1", 2)]
    assert found(offset=1, limit=1) == [("s-1", 2)]
    assert found(timeFilter={"startTimeUnixMs": 0, "endTimeUnixMs": (NOW - 250) * 1000}) == [("s-1", 1)]


def test_users_are_the_same_out_of_rollups_and_of_requests(
    http: TestClient, table: FakeTable, rollups: FakeRollups
) -> None:
    table.keep(*(record(number, ago=number * DAY / 16, user=f"u{number % 3}") for number in range(30)))
    table.keep(
        record(98, ago=DAY / 4, user="u1", status=429, outcome="error", tokens={}, cost=None), record(99, user=None)
    )
    live = asked(http, "user/metrics/query", {"filter": "all", "offset": 0, "limit": 50, "sort": {"cost": "desc"}})
    matching = asked(http, "user/metrics/query", {"filter": rmt(user_id={"not-equals": ""}), "sort": {"cost": "desc"}})
    assert live == matching
    roll_up(table, rollups)
    assert rollups.buckets
    assert asked(http, "user/metrics/query", {"filter": "all", "sort": {"cost": "desc"}}) == live
    data = live["data"]
    assert isinstance(data, dict)
    assert (data["count"], data["hasUsers"], live["other"]) == (3, True, None)
    first = next(row for row in data["users"] if row["user_id"] == "u1")
    assert first["total_requests"] == 11
    assert first["rate_limited_count"] == 1
    assert first["cost"] == 0.00002
    assert (first["total_prompt_tokens"], first["total_completion_tokens"]) == (100, 50)
    days = {(NOW * 1000 + 100 - number * DAY * 1000 // 16) // (DAY * 1000) for number in (*range(1, 30, 3), 4)}
    assert first["active_for"] == len(days)
    assert first["average_requests_per_day_active"] == 11 / len(days)


def test_users_are_of_a_time_and_ordered_and_paged(http: TestClient, table: FakeTable, rollups: FakeRollups) -> None:
    table.keep(*(record(number, ago=number * DAY, user=f"u{number}", cost=number) for number in range(5)))
    roll_up(table, rollups)
    recent = {"startTimeUnixSeconds": NOW - 2.5 * DAY, "endTimeUnixSeconds": NOW + 60}
    body = {"filter": "all", "timeFilter": recent, "sort": {"cost": "asc"}, "limit": 2}
    data = asked(http, "user/metrics/query", body)["data"]
    assert isinstance(data, dict)
    assert ([row["user_id"] for row in data["users"]], data["count"]) == (["u0", "u1"], 3)
    sums = asked(http, "user/query", {"userIds": ["u3", "u4", "u9"]})["data"]
    assert sums == [
        {"user_id": "u4", "count": 1, "prompt_tokens": 10, "completion_tokens": 5, "cost": 4e-12},
        {"user_id": "u3", "count": 1, "prompt_tokens": 10, "completion_tokens": 5, "cost": 3e-12},
    ]


def test_names_of_properties_are_listed(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, properties={"team": "a", "feature": "b"}))
    assert asked(http, "property/query", {})["data"] == [{"property": "feature"}, {"property": "team"}]


@pytest.mark.parametrize("body", [b"\xff{", b"{", b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_refused_in_helicones_shape(http: TestClient, body: bytes) -> None:
    answer = http.post("/v1/request/query", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["data"] is None
    assert answer.json()["error"]
