import json
from typing import Any

import pytest

from ai_gateway.core.dialects.gemini import DIALECT
from ai_gateway.core.errors import UpstreamRejected

ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def rejected(status: int, error: Any, headers: dict[str, str] | None = None) -> UpstreamRejected:
    return DIALECT.decode_error(status, headers or {}, json.dumps(error).encode())


@pytest.mark.parametrize("wrap", [lambda error: error, lambda error: [error]])
def test_an_exhausted_quota_says_when_to_come_back(wrap: Any) -> None:
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "x"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"},
    ]
    error = {"code": 429, "message": "You exceeded your quota.", "status": "RESOURCE_EXHAUSTED", "details": details}
    failure = rejected(429, wrap({"error": error}), {"retry-after": "60"})
    assert failure.status == 429
    assert failure.message == "You exceeded your quota."
    assert failure.type == "rate_limit_exceeded"
    assert failure.code == "RESOURCE_EXHAUSTED"
    assert failure.retry_after == 34.07
    assert failure.advances(to_other_model=False)


def test_the_header_stands_in_for_a_missing_delay() -> None:
    assert rejected(503, {"error": {"message": "x"}}, {"retry-after": "7"}).retry_after == 7.0
    assert rejected(503, {"error": {"message": "x"}}).retry_after is None


def test_a_bad_key_is_told_as_such_and_lets_the_next_provider_try() -> None:
    details = [{"@type": ERROR_INFO, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]
    error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": details}
    failure = rejected(400, {"error": error})
    assert (failure.status, failure.type, failure.reason) == (400, "authentication_error", "credentials")
    assert failure.advances(to_other_model=False)


def test_a_bad_request_names_its_field_and_stops() -> None:
    violation = {"field": "generation_config.top_k", "description": "Too big."}
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    failure = rejected(400, {"error": {"code": 400, "message": "Too big.", "details": details}})
    assert (failure.type, failure.param, failure.reason) == ("invalid_request_error", "generation_config.top_k", None)
    assert not failure.advances(to_other_model=True)


def test_an_overlong_prompt_told_in_structure_moves_on_to_another_model() -> None:
    details = [{"@type": ERROR_INFO, "reason": "INPUT_TOKEN_LIMIT_EXCEEDED"}]
    failure = rejected(400, {"error": {"code": 400, "message": "Long.", "details": details}})
    assert failure.reason == "context_length"
    assert failure.advances(to_other_model=True)
    assert not failure.advances(to_other_model=False)


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b"3", b'{"error": null}'])
def test_a_body_that_is_not_googles_still_has_a_status_and_a_message(body: bytes) -> None:
    failure = DIALECT.decode_error(502, {}, body)
    assert failure.status == 502
    assert "502" in failure.message
    assert failure.type == "server_error"


def test_an_error_that_is_only_a_text_is_kept() -> None:
    assert rejected(400, {"error": "invalid_grant"}).message == "invalid_grant"
