"""What looks like a key is masked, and nothing else."""

import pytest

from ai_gateway.core.redaction import masked


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
