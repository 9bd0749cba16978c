"""JSON off the wire, read without trusting it."""

import pytest

from ai_gateway.core.wire import dumps, integer, parse_object


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (rb'{"content": "\ud83d"}', '{"content":"\ufffd"}'),
        (rb'{"content": ["\udc4b!", "\ud83d\udc4b"]}', '{"content":["\ufffd!","\U0001f44b"]}'),
        (b'{"logprob": -Infinity, "p": NaN, "content": "Hi"}', '{"logprob":null,"p":null,"content":"Hi"}'),
    ],
)
def test_half_a_character_or_no_number_does_not_cost_the_answer(sent: bytes, written: str) -> None:
    assert dumps(parse_object(sent)) == written.encode()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"<html>", b'{"a":' * 5000, b'{"a": "\xff"}'])
def test_what_is_no_object_is_none(data: bytes) -> None:
    assert parse_object(data) is None


def test_no_number_is_no_whole_number() -> None:
    told = parse_object(b'{"a": NaN, "b": Infinity, "c": 2.9}') or {}
    assert [integer(told, key, 7) for key in ("a", "b", "c")] == [7, 7, 2]
