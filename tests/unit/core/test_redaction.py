"""What looks like a key is masked, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.redaction import Veil, masked, without_secrets


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcDEF123456_7890",
        "sk-ant-api03-abcdefghij-klmnop",
        "sk-ab***************wxyz",
        "gsk_abcdefghij1234567890",
        "xai-abcdefghij1234567890",
        "hf_abcdefghij1234567890",
        "pplx-abcdefghij1234567890",
        "AIzaSyA-abcdefghij_1234567890abcdefgh",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    ],
)
def test_a_key_is_masked_wherever_it_stands(key: str) -> None:
    assert masked(f"The key {key} is wrong, '{key}'") == "The key *** is wrong, '***'"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Incorrect API key provided: my0wn*key. You can", "Incorrect API key provided: ***. You can"),
        ("Invalid token: Bearer abcdefgh12345678", "Invalid token: Bearer ***"),
    ],
)
def test_what_a_message_calls_a_key_is_masked(message: str, told: str) -> None:
    assert masked(message) == told


@pytest.mark.parametrize(
    "message",
    [
        "The model `gpt-5.2-proo` does not exist or you do not have access to it.",
        "No tool output found for call call_50222897 (req_01jx32wsk4fwf98jtfjm1agphs, chatcmpl-BAeyRj7gU6aCNSSAskAF).",
        "Invalid 'messages[0].content': string too long. The task-list is at https://platform.openai.com/account/api-keys.",
        "risk-averse hf-like sk",
    ],
)
def test_what_is_no_key_is_left_alone(message: str) -> None:
    assert masked(message) == message


SECRET = "Zq81-mistral-key-0123456789-abcdef"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (f"Wrong key {SECRET}!", "Wrong key ***!"),
        (f"{SECRET}", "***"),
        (f"{SECRET}{SECRET}", "******"),
        (f"Wrong key {SECRET[:14]}...", "Wrong key ***..."),
        (f"ends in {SECRET[-12:]}", "ends in ***"),
        (f"{SECRET[:12]} and {SECRET[5:20]}", "*** and ***"),
        (f"Wrong key {SECRET[:11]}...", f"Wrong key {SECRET[:11]}..."),
        ("", ""),
        ("Nothing of it.", "Nothing of it."),
    ],
)
def test_a_known_secret_is_taken_out_whole_or_in_part(message: str, told: str) -> None:
    assert without_secrets(message, [SECRET]) == told


def test_a_short_secret_is_taken_out_whole() -> None:
    assert without_secrets("key short-one, short-o", ["short-one"]) == "key ***, short-o"


def test_a_secret_is_taken_out_of_a_stream_wherever_it_is_cut() -> None:
    stream = f"data: {SECRET[:5]} {SECRET}\n\ndata: {SECRET[:-1]}\n\n{SECRET}".encode()
    veiled = f"data: {SECRET[:5]} ***\n\ndata: {SECRET[:-1]}\n\n***".encode()
    for size in range(1, len(stream) + 1):
        veil = Veil([SECRET, "another-secret"])
        pieces = [veil.feed(stream[start : start + size]) for start in range(0, len(stream), size)]
        assert b"".join((*pieces, veil.close())) == veiled


@given(st.binary(), st.integers(1, 5))
def test_a_veil_changes_nothing_else(data: bytes, size: int) -> None:
    veil = Veil([SECRET])
    pieces = [veil.feed(data[start : start + size]) for start in range(0, len(data), size)]
    assert b"".join((*pieces, veil.close())) == data


def test_a_whole_event_is_never_held_back() -> None:
    event = f'data: {{"a": "{SECRET[:3]}"}}\n\n'.encode()
    assert Veil([SECRET]).feed(event) == event
