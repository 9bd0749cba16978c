"""The console's API of sums, held against the records that it adds up."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import AuthenticationFailed, GatewayError
from ai_gateway.core.pricing import PICO
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.services.analytics import Analytics
from ai_gateway.web.console.analytics import analytics_router
from ai_gateway.web.failures import as_json
from tests.fakes import FakeClock, FakeRollups, FakeTable

NOW = 1_800_001_000
HOUR = 3600


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
    app.include_router(analytics_router(Analytics(table, FakeRollups(), FakeClock()), admin), prefix="/api/v1")
    with TestClient(app, "http://console.test/api/v1/", headers={"authorization": "Bearer admin"}) as client:
        yield client


def record(number: int, ago: float = 60, **fields: Any) -> RequestRecord:
    known = {
        "outcome": "success",
        "status": 200,
        "organization": "acme",
        "model": "gpt-4o",
        "cost": PICO // 3,
        **fields,
    }
    return RequestRecord(id=f"id-{number:04d}", started=NOW - ago, **known)


def asked(http: TestClient, path: str) -> dict[str, Any]:
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(("last", "requests"), [("30m", 2), ("24h", 3)])
def test_the_last_hours_hold_all_of_their_requests(
    http: TestClient, table: FakeTable, last: str, requests: int
) -> None:
    table.keep(record(1, 60), record(2, 29 * 60), record(3, 24 * 3600 - 60), record(4, 26 * 3600))
    assert asked(http, f"costs?last={last}")["total"]["requests"] == requests


def test_costs_are_the_sum_of_the_records_to_the_last_digit(http: TestClient, table: FakeTable) -> None:
    records = [record(n, n * HOUR / 2, cost=PICO // (n + 3), model=f"m{n % 3}") for n in range(20)]
    table.keep(*records, record(99, organization="other"), record(98, 30 * HOUR))
    found = asked(http, "costs?by=model")
    sums = sum((Decimal(one.cost or 0) for one in records), Decimal(0)) / PICO
    assert Decimal(found["total"]["cost"]) == sums
    assert sum(Decimal(one["cost"]) for one in found["by"]) == sums
    assert sum(Decimal(one["cost"]) for one in found["series"]) == sums
    assert len(found["series"]) == 25
    assert found["by"][0]["value"] == "m0"


def test_the_series_of_one_value_is_of_its_requests_alone(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, user="ada"), record(2, user="bob"), record(3, user="ada"))
    assert asked(http, "costs?by=user&value=ada")["total"]["requests"] == 2
    assert asked(http, "costs?by=user&value=nobody")["total"]["requests"] == 0


def test_what_has_no_price_is_counted_aloud_and_left_out_of_the_mean(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, cost=PICO), record(2, cost=None, tokens={"input": 5}), record(3, cost=3 * PICO))
    found = asked(http, "costs")["total"]
    assert (found["unpriced"], found["cost"], found["cost_per_request"]) == (1, "4", "2")


def test_users_come_in_the_order_asked_for_a_page_at_a_time(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(n, user=f"u{n % 5}", cost=n * PICO) for n in range(25)))
    first = asked(http, "users?limit=2")
    assert [row["value"] for row in first["data"]] == ["u4", "u3"]
    assert first["data"][0]["cost"] == "70"
    last = asked(http, f"users?limit=4&cursor={first['next']}")
    assert [row["value"] for row in last["data"]] == ["u2", "u1", "u0"]
    assert last["next"] is None
    assert [row["value"] for row in asked(http, "users?order=name")["data"]] == [f"u{n}" for n in range(5)]


def test_values_beyond_the_bound_are_told_as_others(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(number, user=f"u{number:03d}") for number in range(503)))
    for told in (asked(http, "users?limit=500"), asked(http, "costs?by=user")):
        known = told["data"] if "data" in told else told["by"]
        assert len(known) == 500
        assert (told["other"]["requests"], told["other"]["cost"]) == (3, "0.999999999999")


def test_properties_have_names_and_each_name_values(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, properties={"team": "a", "env": "x"}), record(2, properties={"team": "b/c"}))
    assert {row["value"]: row["requests"] for row in asked(http, "properties")["data"]} == {"team": 2, "env": 1}
    assert {row["value"] for row in asked(http, "properties/team")["data"]} == {"a", "b/c"}


def test_providers_tell_their_calls_and_why_those_failed(http: TestClient, table: FakeTable) -> None:
    failed = AttemptRecord("gpt-4o/openai", "openai", "gpt-4o", status=429, error_type="rate_limit_exceeded")
    served = AttemptRecord("gpt-4o/azure", "azure", "gpt-4o", status=200)
    table.keep(record(1, provider="azure", attempts=(failed, served)))
    rows = {row["value"]: row for row in asked(http, "providers")["data"]}
    assert (rows["openai"]["calls"], rows["openai"]["failed_calls"], rows["openai"]["requests"]) == (1, 1, 0)
    assert rows["openai"]["call_statuses"] == {"429": 1}
    assert sum(rows["openai"]["fallback_causes"].values()) == 1
    assert (rows["azure"]["call_error_rate"], rows["azure"]["requests"], rows["azure"]["fallbacks"]) == (0.0, 1, 1)


def test_versions_of_a_prompt_are_compared(http: TestClient, table: FakeTable) -> None:
    bot: dict[str, Any] = {"prompt_id": "bot", "cost": PICO}
    table.keep(
        record(1, prompt_version="0.2", duration_ms=100, scores={"helpful": True}, **bot),
        record(2, prompt_version="0.2", duration_ms=300, scores={"helpful": False}, **bot),
        record(3, prompt_version="0.10", outcome="error", status=500, **bot),
        record(4, prompt_id="other@0.2", prompt_version="0.2"),
        record(5, 30 * HOUR, prompt_version="0.2", **bot),
    )
    rows = asked(http, "prompts/bot/metrics")["data"]
    assert [(row["version"], row["requests"], row["cost"], row["errors"]) for row in rows] == [
        ("0.10", 1, "1", 1),
        ("0.2", 2, "2", 0),
    ]
    assert rows[1]["scores"] == {"helpful": {"requests": 2, "mean": 0.5}}
    assert abs(rows[1]["latency_ms"]["p50"] - 100) < 2
    assert asked(http, "prompts/bot/metrics?last=3d")["data"][1]["requests"] == 3
    assert asked(http, "prompts/nothing/metrics")["data"] == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("costs?by=mood", "by"),
        ("costs?by=attempt", "by"),
        ("costs?value=x", "by"),
        ("costs?last=24h&since=2026-01-01", "last"),
        ("costs?since=2999-01-01", "since"),
        ("costs?last=400d&grain=hour", "grain"),
        ("costs?last=soon", "last"),
        ("costs?colour=red", "colour"),
        ("users?limit=0", "limit"),
        ("users?cursor=x", "cursor"),
        ("users?order=luck", "order"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_by_name(query: str, param: str, http: TestClient) -> None:
    answer = http.get(query)
    assert answer.status_code in (400, 422)
    assert param in answer.json()["error"]["param"]


def test_only_admins_are_told(http: TestClient) -> None:
    assert http.get("costs", headers={"authorization": "Bearer other"}).status_code == 401
