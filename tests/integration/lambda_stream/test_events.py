"""Function URL events as ASGI scopes."""

from typing import Any

import pytest

from ai_gateway.runtime.lambda_stream.events import UnsupportedEvent, http_body, http_scope
from tests.integration.lambda_stream.fake_runtime_api import http_event

CONTEXT = {"deadline": 12.5, "request_id": "r", "trace_id": None, "function_arn": "arn"}


def scope_of(event: dict[str, Any]) -> dict[str, Any]:
    return dict(http_scope(event, CONTEXT, {"pool": "warm"}))


def test_a_scope_says_all_that_the_event_says() -> None:
    event = http_event("post", "/v1/chat/completions", "a=1&a=2&b=%20", headers={"Authorization": "Bearer sk-1"})
    assert scope_of(event) == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": "/v1/chat/completions",
        "raw_path": b"/v1/chat/completions",
        "root_path": "",
        "query_string": b"a=1&a=2&b=%20",
        "headers": [
            (b"host", b"abc.lambda-url.eu-central-1.on.aws"),
            (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-port", b"443"),
            (b"authorization", b"Bearer sk-1"),
        ],
        "client": ("192.0.2.7", 0),
        "server": ("abc.lambda-url.eu-central-1.on.aws", 443),
        "state": {"pool": "warm"},
        "extensions": {"lambda": CONTEXT},
    }


def test_the_raw_path_stays_as_it_came() -> None:
    scope = scope_of(http_event(path="/v1/models/acme%2Fmodel%20x"))
    assert (scope["path"], scope["raw_path"]) == ("/v1/models/acme/model x", b"/v1/models/acme%2Fmodel%20x")


def test_http_without_tls_is_told() -> None:
    scope = scope_of(http_event(headers={"x-forwarded-proto": "http"}))
    assert (scope["scheme"], scope["server"][1]) == ("http", 80)


def test_cookies_become_one_header_wherever_they_stand() -> None:
    both = http_event(cookies=["a=1", "b=2"], headers={"cookie": "a=1; b=2"})
    assert [value for name, value in scope_of(both)["headers"] if name == b"cookie"] == [b"a=1; b=2"]
    header = http_event(headers={"Cookie": "a=1"})
    assert [value for name, value in scope_of(header)["headers"] if name == b"cookie"] == [b"a=1"]


def test_headers_beyond_ascii_are_utf_8() -> None:
    assert (b"x-user", "Zoë".encode()) in scope_of(http_event(headers={"X-User": "Zoë"}))["headers"]


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, b""),
        ({"body": None}, b""),
        ({"body": '{"a": "é"}'}, '{"a": "é"}'.encode()),
        ({"body": "//79", "isBase64Encoded": True}, b"\xff\xfe\xfd"),
    ],
)
def test_a_body_may_be_absent_text_or_base64(fields: dict[str, Any], body: bytes) -> None:
    assert http_body(http_event("POST", **fields)) == body


def test_the_state_of_one_call_is_not_that_of_the_next() -> None:
    state = {"pool": "warm"}
    http_scope(http_event(), CONTEXT, state)["state"]["more"] = 1
    assert state == {"pool": "warm"}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "aws.scheduler"},
        {"requestContext": None},
        {"version": "1.0", "httpMethod": "GET", "path": "/", "requestContext": {"stage": "prod"}},
        {"Records": [{"eventSource": "aws:sqs"}]},
    ],
)
def test_events_of_other_sources_are_refused(event: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedEvent, match=r"payload format 2\.0"):
        http_scope(event, CONTEXT, {})
