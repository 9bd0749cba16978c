"""The event stream codec, with botocore's parser as the oracle."""

from base64 import b64encode
from struct import pack
from typing import cast
from uuid import UUID
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.eventstream import EventMessage, EventStreamDecoder, encode

NAMES = st.text(min_size=1, max_size=60).filter(lambda name: len(name.encode()) <= 255)
MESSAGES = st.tuples(st.dictionaries(NAMES, st.text(max_size=40), max_size=5), st.binary(max_size=200))


def decode(*pieces: bytes) -> list[EventMessage]:
    decoder = EventStreamDecoder()
    messages = [message for piece in pieces for message in decoder.feed(piece)]
    decoder.close()
    return messages


def botocore_reads(stream: bytes) -> tuple[dict[str, object], bytes]:
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    message = next(buffer)
    return cast("dict[str, object]", message.headers), message.payload


def raw(headers: bytes, payload: bytes = b"") -> bytes:
    lengths = pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + pack(">I", crc32(lengths)) + headers + payload
    return message + pack(">I", crc32(message))


@given(MESSAGES)
def test_botocore_reads_what_we_write(message: tuple[dict[str, str], bytes]) -> None:
    headers, payload = message
    assert botocore_reads(encode(headers, payload)) == (headers, payload)


@given(st.lists(MESSAGES, max_size=4), st.data())
def test_messages_survive_any_cut(messages: list[tuple[dict[str, str], bytes]], data: st.DataObject) -> None:
    stream = b"".join(encode(headers, payload) for headers, payload in messages)
    cut = data.draw(st.integers(0, len(stream)))
    assert decode(stream[:cut], stream[cut:]) == messages


@given(st.binary(max_size=300))
def test_noise_is_malformed_and_nothing_else(noise: bytes) -> None:
    if noise:
        with pytest.raises(UpstreamMalformed):
            decode(noise)
    else:
        assert decode(noise) == []


HEADER_BYTES = {
    "yes": (b"\x00", "true"),
    "no": (b"\x01", "false"),
    "byte": (b"\x02\xff", "-1"),
    "short": (b"\x03\xff\xfe", "-2"),
    "int": (b"\x04" + pack(">i", 70_000), "70000"),
    "long": (b"\x05" + pack(">q", -(2**40)), str(-(2**40))),
    "bytes": (b"\x06\x00\x03\x00\xff\x01", b64encode(b"\x00\xff\x01").decode()),
    "string": (b"\x07\x00\x03\xe2\x82\xac", "€"),
    "time": (b"\x08" + pack(">q", 1_700_000_000_123), "1700000000123"),
    "uuid": (b"\x09" + bytes(range(16)), str(UUID(bytes=bytes(range(16))))),
}


def header_block() -> bytes:
    return b"".join(bytes((len(name),)) + name.encode() + value for name, (value, _) in HEADER_BYTES.items())


def test_every_header_type_is_read_as_text() -> None:
    [message] = decode(raw(header_block(), b"x"))
    assert message == ({name: value for name, (_, value) in HEADER_BYTES.items()}, b"x")


def test_botocore_reads_the_same_header_types() -> None:
    read, _ = botocore_reads(raw(header_block()))
    assert (read["yes"], read["no"], read["byte"], read["short"], read["int"]) == (True, False, -1, -2, 70_000)
    assert (read["long"], read["bytes"], read["string"]) == (-(2**40), b"\x00\xff\x01", "€")
    assert (read["time"], read["uuid"]) == (1_700_000_000_123, bytes(range(16)))


@pytest.mark.parametrize("position", range(len(encode({"a": "b"}, b"payload"))))
def test_a_flipped_bit_anywhere_is_found(position: int) -> None:
    message = bytearray(encode({"a": "b"}, b"payload"))
    message[position] ^= 1
    with pytest.raises(UpstreamMalformed):
        decode(bytes(message))


def test_a_stream_cut_inside_a_message_is_malformed() -> None:
    stream = encode({"a": "b"}, b"payload")
    for end in range(1, len(stream)):
        with pytest.raises(UpstreamMalformed, match=f"{end} bytes into a message"):
            decode(stream[:end])


def test_messages_before_a_broken_one_are_delivered() -> None:
    decoder = EventStreamDecoder()
    good = encode({"a": "b"}, b"1")
    broken = bytearray(good)
    broken[-1] ^= 1
    messages = decoder.feed(good + bytes(broken))
    assert next(messages) == ({"a": "b"}, b"1")
    with pytest.raises(UpstreamMalformed, match="wrong checksum"):
        next(messages)


@pytest.mark.parametrize(
    "headers",
    [b"\x05ab", b"\x01a\x07\x00\x09short", b"\x01a\x63", b"\x01a\x04\x00", b"\x01a", b"\x01\xff\x00"],
    ids=["name too short", "value too short", "unknown type", "number too short", "no type", "name is no text"],
)
def test_broken_headers_are_malformed(headers: bytes) -> None:
    with pytest.raises(UpstreamMalformed, match="broken headers"):
        decode(raw(headers))


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (16, 1), (25 * 2**20, 0)])
def test_impossible_lengths_are_malformed(total: int, headers: int) -> None:
    lengths = pack(">II", total, headers)
    with pytest.raises(UpstreamMalformed, match=f"a message of {total} bytes"):
        decode(lengths + pack(">I", crc32(lengths)))


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("n" * 256, "x"), ("n", "v" * 32_768)])
def test_a_header_that_does_not_fit_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode({name: value}, b"")
