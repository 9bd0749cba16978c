import hashlib
import hmac
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from ai_gateway.core.records import RequestRecord
from ai_gateway.core.signatures import helicone_signature, new_secret, signed
from ai_gateway.core.webhooks import LARGEST_BODY, RequestWebhook, wants, webhook_payload
from ai_gateway.core.wire import dumps

HOOK = RequestWebhook("hook", "https://example.com/in", "acme")


def record(number: int = 1, **fields: object) -> RequestRecord:
    known: dict[str, object] = {"organization": "acme", "status": 200, "outcome": "success", **fields}
    return RequestRecord(id=f"request-{number}", started=0.0, **known)  # type: ignore[arg-type]


@given(
    st.binary(min_size=24, max_size=64),
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1),
    st.binary(),
)
def test_a_signature_is_taken_by_the_reference_implementation(random: bytes, message_id: str, body: bytes) -> None:
    """`standardwebhooks` is by the authors of the specification."""
    text = dumps({"body": body.hex()})
    secret = new_secret(random)
    headers = signed(secret, message_id, time.time(), text)
    assert Webhook(secret).verify(text, dict(headers)) == {"body": body.hex()}


def test_a_signature_covers_id_time_and_body() -> None:
    secret = new_secret(b"s" * 24)
    one = signed(secret, "id", 100, b"{}")["webhook-signature"]
    others = [signed(secret, "di", 100, b"{}"), signed(secret, "id", 101, b"{}"), signed(secret, "id", 100, b"[]")]
    others.append(signed(new_secret(b"t" * 24), "id", 100, b"{}"))
    assert all(other["webhook-signature"] != one for other in others)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64"])
def test_nothing_is_signed_with_a_secret_that_anybody_has(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        signed(secret, "id", 100, b"{}")


def test_helicones_signature_is_the_hex_hmac_of_the_body() -> None:
    assert helicone_signature("key", b"{}") == hmac.new(b"key", b"{}", hashlib.sha256).hexdigest()
    with pytest.raises(ValueError, match="secret"):
        helicone_signature("", b"{}")
    with pytest.raises(ValueError, match="24"):
        new_secret(b"short")


@pytest.mark.parametrize(
    ("webhook", "fields", "expected"),
    [
        (HOOK, {}, True),
        (HOOK, {"organization": "other"}, False),
        (RequestWebhook("hook", "https://e.com", "acme", enabled=False), {}, False),
        (RequestWebhook("hook", "https://e.com", "acme", sample_percent=0), {}, False),
        (
            RequestWebhook("hook", "https://e.com", "acme", properties={"a": "1", "b": "2"}),
            {"properties": {"a": "1"}},
            False,
        ),
        (
            RequestWebhook("hook", "https://e.com", "acme", properties={"a": "1", "b": "2"}),
            {"properties": {"a": "1", "b": "2", "c": "3"}},
            True,
        ),
    ],
)
def test_a_webhook_wants_what_it_asks_for(webhook: RequestWebhook, fields: dict[str, Any], expected: bool) -> None:
    assert wants(webhook, record(**fields)) is expected


def test_a_sample_is_the_same_requests_each_time_and_about_as_many_as_asked_for() -> None:
    half = RequestWebhook("hook", "https://e.com", "acme", sample_percent=50)
    other = RequestWebhook("other", "https://e.com", "acme", sample_percent=50)
    drawn = [number for number in range(1000) if wants(half, record(number))]
    assert 440 < len(drawn) < 560
    assert drawn == [number for number in range(1000) if wants(half, record(number))]
    assert drawn != [number for number in range(1000) if wants(other, record(number))]


def test_the_payload_is_helicones() -> None:
    served = record(
        request=b'{"model":"gpt-4o"}', response=b"{}", user="ada", model="gpt-4o", provider="openai", duration_ms=1200,
        cost=1_500_000_000, tokens={"input": 10, "cache_read": 5, "output": 3, "reasoning": 2, "web_searches": 1},
        properties={"team": "search"},
    )  # fmt: skip
    assert webhook_payload(HOOK, served, "https://gw.example/") == {
        "request_id": "request-1",
        "request_body": '{"model":"gpt-4o"}',
        "response_body": "{}",
        "user_id": "ada",
        "model": "gpt-4o",
        "provider": "openai",
        "request_response_url": "https://gw.example/requests/request-1",
        "status": 200,
        "properties": {"team": "search"},
        "metadata": {
            "cost": 0.0015,
            "promptTokens": 15,
            "completionTokens": 5,
            "totalTokens": 20,
            "latencyMs": 1200,
        },
    }


def test_without_data_only_the_bodies_are_told() -> None:
    bare = RequestWebhook("hook", "https://e.com", "acme", include_data=False)
    assert webhook_payload(bare, record()) == {"request_id": "request-1", "request_body": None, "response_body": None}


def test_a_large_body_is_replaced_by_a_word_of_it_and_an_unknown_cost_is_not_zero() -> None:
    told = webhook_payload(HOOK, record(request=b"x" * (LARGEST_BODY + 1), response=b"x" * LARGEST_BODY))
    assert told["request_body"] == "The body has 10,241 bytes, more than the 10,240 that a webhook carries."
    assert told["response_body"] == "x" * LARGEST_BODY
    assert told["metadata"]["cost"] is None  # type: ignore[index]
