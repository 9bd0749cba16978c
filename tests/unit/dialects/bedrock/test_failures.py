"""Error answers."""

import pytest

from ai_gateway.core.dialects.bedrock import DIALECT

LONG = "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-amzn-errortype": "ThrottlingException"}, b'{"message":"Too many tokens"}'),
        ({"X-Amzn-ErrorType": LONG}, b'{"Message":"Too many tokens"}'),
        ({}, b'{"__type":"com.amazon.coral.service#ThrottlingException","message":"Too many tokens"}'),
    ],
)
def test_status_name_and_message_are_kept(headers: dict[str, str], body: bytes) -> None:
    error = DIALECT.decode_error(429, headers, body)
    assert error.status == 429
    assert error.code == "ThrottlingException"
    assert error.message == "Too many tokens"
    assert error.body()["error"] == {
        "message": "Too many tokens",
        "type": "rate_limit_exceeded",
        "param": None,
        "code": "ThrottlingException",
    }


def test_a_name_in_the_body_has_no_path() -> None:
    assert DIALECT.decode_error(400, {}, b'{"__type":"a.b#ValidationException"}').code == "ValidationException"


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[1]"])
def test_an_error_without_words_names_the_status(body: bytes) -> None:
    error = DIALECT.decode_error(502, {}, body)
    assert error.status == 502
    assert "status 502" in error.message
    assert error.code is None


def test_the_wait_that_is_asked_for_is_kept() -> None:
    assert DIALECT.decode_error(429, {"Retry-After": "7"}, b"{}").retry_after == 7


@pytest.mark.parametrize("name", ["UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException"])
def test_bad_credentials_are_told_by_name_and_fall_back(name: str) -> None:
    error = DIALECT.decode_error(400, {"x-amzn-errortype": name}, b'{"message":"No"}')
    assert error.type == "authentication_error"
    assert error.advances(to_other_model=False)


def test_a_refused_request_does_not_fall_back() -> None:
    error = DIALECT.decode_error(400, {"x-amzn-errortype": "ValidationException"}, b'{"message":"No"}')
    assert not error.advances(to_other_model=False)
