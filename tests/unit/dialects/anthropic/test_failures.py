"""Error answers."""

import json

import pytest

from ai_gateway.core.dialects.anthropic import DIALECT


def anthropic(kind: str, message: str = "No.", **fields: object) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message, **fields}, "request_id": "req_1"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (413, "request_too_large"),
        (529, "overloaded_error"),
    ],
)
def test_status_type_and_message_are_kept(status: int, kind: str) -> None:
    error = DIALECT.decode_error(status, {}, json.dumps(anthropic(kind)).encode())
    assert (error.status, error.type, error.message) == (status, kind, "No.")


def test_a_wait_is_read_whatever_the_case_of_its_name() -> None:
    body = json.dumps(anthropic("rate_limit_error")).encode()
    assert DIALECT.decode_error(429, {"Retry-After": "12"}, body).retry_after == 12
    assert DIALECT.decode_error(429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, body).retry_after is None


def test_a_request_that_is_too_large_may_suit_another_model() -> None:
    error = DIALECT.decode_error(413, {}, json.dumps(anthropic("request_too_large")).encode())
    assert error.reason == "context_length"
    assert error.advances(to_other_model=True)


def test_words_alone_are_no_reason() -> None:
    body = json.dumps(anthropic("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")).encode()
    assert DIALECT.decode_error(400, {}, body).reason is None


def test_the_code_of_an_error_is_kept() -> None:
    body = json.dumps(anthropic("invalid_request_error", details={"error_code": "file_expired"})).encode()
    assert DIALECT.decode_error(400, {}, body).code == "file_expired"


def test_googles_errors_are_read_too() -> None:
    google = {"error": {"code": 429, "message": "Quota.", "status": "RESOURCE_EXHAUSTED"}}
    for body in (google, [google]):
        error = DIALECT.decode_error(429, {}, json.dumps(body).encode())
        assert (error.message, error.code, error.type) == ("Quota.", "RESOURCE_EXHAUSTED", "rate_limit_exceeded")


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b'"no"'])
def test_an_error_that_says_nothing_has_its_status(body: bytes) -> None:
    error = DIALECT.decode_error(502, {}, body)
    assert error.status == 502
    assert "502" in error.message
