"""Error answers in every shape that compatible providers have for them."""

import json
from typing import Any

import pytest

from ai_gateway.core.dialects.openai import DIALECT
from ai_gateway.core.errors import UpstreamRejected


def failure(body: Any, status: int = 400, **headers: str) -> UpstreamRejected:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return DIALECT.decode_error(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "No such model", "type": "invalid_request_error"}}, "No such model"),
        ({"error": "No such model"}, "No such model"),
        ({"code": "not-found", "error": "No such model"}, "No such model"),
        ({"detail": "No such model"}, "No such model"),
        ({"detail": {"message": "No such model"}}, "No such model"),
        ({"detail": {"error": {"message": "No such model"}}}, "No such model"),
        ({"object": "error", "message": "No such model", "type": "invalid", "code": 3001}, "No such model"),
        ({"message": "No such model", "type": "invalid_request_error", "code": "wrong_api_format"}, "No such model"),
        ({"msg": "No such model", "code": 500}, "No such model"),
        ({"error": {"error": {"message": "No such model"}}}, "No such model"),
        ({"error": {"message": {"detail": "No such model"}}}, "No such model"),
        ([{"error": {"code": 400, "message": "No such model"}}], "No such model"),
        ({"error": ["No such model"]}, "No such model"),
        ({"success": False, "errors": [{"message": "No such model", "code": 7000}]}, "No such model"),
        ("No such model", "No such model"),
        (b"No such model\n", "No such model"),
        (
            {"detail": [{"type": "extra_forbidden", "loc": ["body", "x"], "msg": "Not permitted"}]},
            "body.x: Not permitted",
        ),
        (
            {"object": "error", "message": {"detail": [{"loc": ["a"], "msg": "Bad"}, {"loc": ["b"], "msg": "Worse"}]}},
            "a: Bad; b: Worse",
        ),
    ],
)
def test_the_provider_s_message_is_found(body: Any, message: str) -> None:
    told = failure(body, 422)
    assert (told.status, told.message) == (422, message)


@pytest.mark.parametrize("body", [b"", b"<html><h1>502</h1></html>", b"{}", b"[]", b"null", b"x" * 501, b"\xff\xfe<"])
def test_what_says_nothing_is_told_by_its_status(body: bytes) -> None:
    told = failure(body, 502)
    assert told.status == 502
    assert "502" in told.message


@pytest.mark.parametrize(
    ("body", "code", "kind"),
    [
        (
            {"error": {"message": "m", "code": "model_not_found", "type": "invalid_request_error"}},
            "model_not_found",
            None,
        ),
        ({"error": {"message": "m", "code": 404}}, "404", "not_found_error"),
        ({"error": {"message": "m", "code": "401"}}, "401", None),
        ({"error": "m", "code": "imagine:forbidden"}, "imagine:forbidden", None),
        ({"error": {"message": "m", "code": None}}, None, None),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, None, "overloaded_error"),
        ({"error": "m", "error_type": "validation"}, None, "validation"),
    ],
)
def test_codes_and_types_are_kept(body: Any, code: str | None, kind: str | None) -> None:
    told = failure(body, 404)
    assert told.code == code
    if kind is not None:
        assert told.type == kind


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"message": "m", "code": "context_length_exceeded"}}, "context_length"),
        ({"error": {"message": "m", "code": "content_filter"}}, "content_policy"),
        (
            {"error": {"message": "m", "code": None, "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
            "content_policy",
        ),
        ({"error": {"message": "m", "code": 403, "metadata": {"flagged_input": "..."}}}, "content_policy"),
        ({"error": {"message": "m", "code": "1301"}}, "content_policy"),
        ({"error": {"message": "m", "code": "invalid_api_key"}}, "credentials"),
        ({"error": {"message": "context_length_exceeded", "code": "other"}}, None),
        ({"error": {"message": "m"}}, None),
    ],
)
def test_only_structured_fields_say_why(body: Any, reason: str | None) -> None:
    assert failure(body).reason == reason


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after_ms": "1500", "retry_after": "2"}, 1.5),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "inf"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_provider_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert failure({"error": {"message": "m"}}, 429, **headers).retry_after == seconds


def test_a_param_is_kept() -> None:
    assert failure({"error": {"message": "m", "param": "messages[0].role"}}).param == "messages[0].role"
    assert failure({"error": {"message": "m", "param": None}}).param is None


def test_a_message_never_repeats_a_key() -> None:
    told = failure({"error": {"message": "Incorrect API key provided: sk-proj-ab*****wxyz. See the docs."}}, 401)
    assert told.message == "Incorrect API key provided: ***. See the docs."
