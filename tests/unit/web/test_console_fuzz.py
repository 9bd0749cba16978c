"""The console's API against its own document: whatever is sent, it answers as the document says, and never with a defect."""

from json import dumps
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.records import AttemptRecord, RequestRecord
from tests.fakes import FakeCallers, FakeClock, FakeTable
from tests.unit.web.consoles import console_of

KEY = "sk-aig-admin"
NOW = 1_800_001_000
HOSTILE = "\u202eevil\x00</script>"


def record(number: int, **fields: object) -> RequestRecord:
    known: dict[str, object] = {
        "outcome": "success", "status": 200, "model": "gpt-4o", "provider": "openai", "cost": 5, "tokens": {"input": 3},
        "user": "ann", "session_id": "s-1", "session_path": "/a/b", "properties": {"team": "search"},
        "attempts": (AttemptRecord("gpt-4o/openai", "openai", "gpt-4o", 200),), "request": b"{}", "response": b"{}",
    }  # fmt: skip
    return RequestRecord(id=f"id-{number}", started=NOW - number, **{**known, **fields})  # type: ignore[arg-type]


def filled_table() -> FakeTable:
    table = FakeTable()
    table.keep(*(record(number) for number in range(20)))
    table.keep(
        record(20, outcome="error", status=502, error=HOSTILE, error_type="upstream_error", cost=None),
        record(21, request=b"\xff\xfe", response=b'{"usage": NaN}', user=HOSTILE, session_id=HOSTILE, properties={HOSTILE: HOSTILE}),
        record(22, request=b'{"a": "' + b"x" * 50_000 + b'"}', response=None, session_path="/x" * 500),
    )  # fmt: skip
    return table


CONSOLE = console_of(filled_table(), FakeClock(), FakeCallers({hash_key(KEY): Caller("ann", "Ann", admin=True)}))
HTTP = TestClient(CONSOLE, headers={"authorization": f"Bearer {KEY}"}, raise_server_exceptions=False)
DOCUMENT: dict[str, Any] = HTTP.get("/api/v1/openapi.json").json()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.app = CONSOLE
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
load_all_checks()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_an_operation_answers_as_it_says(operation: Any) -> None:
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        response = case.call(headers={"authorization": f"Bearer {KEY}"})
        case.validate_response(response, checks=CHECKS)

    answers()


def test_every_operation_of_the_document_is_tried() -> None:
    assert len(OPERATIONS) == sum(len(one) for one in DOCUMENT["paths"].values())


def test_every_operation_refuses_strangers() -> None:
    for operation in OPERATIONS:
        answer = HTTP.request(
            operation.method.upper(),
            operation.path.replace("{", "").replace("}", ""),
            headers={"authorization": "Bearer sk-other"},
        )
        assert answer.status_code == 401, operation.label


BODIES = [
    (path, method) for path, one in DOCUMENT["paths"].items() for method, told in one.items() if "requestBody" in told
]
BENT = [
    b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"5", b"1e999", b"NaN", b'{"filter": NaN}', b"9" * 5000,
    b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, dumps({"filter": HOSTILE, "name": HOSTILE, "search": HOSTILE}).encode(),
    b'{"filter": "\\ud83d"}', b'{"filter": {"request_response_rmt": {"user_id": {"equals": "\\ud83d"}}}}',
    dumps({"filter": "x" * 5_000_000, "name": "x" * 5_000_000}).encode(),
]  # fmt: skip


@pytest.mark.parametrize(("path", "method"), BODIES)
def test_bodies_that_are_none_are_refused(path: str, method: str) -> None:
    for body in BENT:
        place = path.replace("{", "").replace("}", "")
        answer = HTTP.request(method, place, content=body, headers={"content-type": "application/json"})
        assert answer.status_code < 500, (answer.status_code, body[:50])


QUERIED = [
    (path, one["get"]["parameters"]) for path, one in DOCUMENT["paths"].items() if "parameters" in one.get("get", {})
]
VALUES = st.one_of(
    st.sampled_from(["", "0", "-1", "1e400", "NaN", "null", HOSTILE, "%00", "9" * 50, "x" * 5_000, "2026-01-01", "0001-01-01", "9999-12-31T23:59:59Z", "5xx", "24h"]),
    st.text(max_size=20),
)  # fmt: skip


@pytest.mark.parametrize(("path", "parameters"), QUERIED)
def test_a_bent_address_is_answered_or_refused(path: str, parameters: list[dict[str, Any]]) -> None:
    names = [one["name"] for one in parameters if one["in"] == "query"]
    if not names:
        return

    @settings(max_examples=40, deadline=None)
    @given(query=st.lists(st.tuples(st.sampled_from(names), VALUES), max_size=4))
    def answers(query: list[tuple[str, str]]) -> None:
        answer = HTTP.get(path.replace("{", "").replace("}", ""), params=query)  # type: ignore[arg-type]
        assert answer.status_code in (200, 400, 404), (answer.status_code, query, answer.text[:300])

    answers()
