"""AWS event streams (`application/vnd.amazon.eventstream`): bytes to messages and back, without I/O.

A message is a prelude (total length, headers length, CRC-32 of both), the headers, the payload and a CRC-32 of all
before it; numbers are big-endian. Source: https://smithy.io/2.0/aws/amazon-eventstream.html.
"""

import struct
from base64 import b64encode
from collections.abc import Iterator, Mapping
from struct import Struct
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

from ai_gateway.core.errors import UpstreamMalformed

CONTENT_TYPE = "application/vnd.amazon.eventstream"

MAX_MESSAGE = 24 * 2**20
"""Bytes of a whole message; a longer one is a corrupt length, which must not make us wait for data that never comes."""


class EventMessage(NamedTuple):
    """Header values of every type as text: `true`, decimal numbers, milliseconds since 1970 for a timestamp, base64 for
    bytes, the usual form of a UUID.
    """

    headers: Mapping[str, str]
    payload: bytes


class EventStreamDecoder:
    """Feed bytes cut anywhere; get whole messages whose checksums are right."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[EventMessage]:
        """Yields the messages that `data` completes; must be exhausted before the next call.

        Raises UpstreamMalformed, after the messages before it, for a wrong checksum or an impossible length.
        """
        self._buffer += data
        while (length := self._length()) is not None and len(self._buffer) >= length:
            message = bytes(self._buffer[:length])
            del self._buffer[:length]
            yield _parse(message)

    def close(self) -> None:
        """Raises UpstreamMalformed when the stream was cut inside a message."""
        if self._buffer:
            raise UpstreamMalformed(f"The provider's event stream ended {len(self._buffer)} bytes into a message.")

    def _length(self) -> int | None:
        """The length of the message at the head of the buffer; None while its prelude is incomplete."""
        if len(self._buffer) < _PRELUDE.size:
            return None
        total, headers, checksum = _PRELUDE.unpack_from(self._buffer)
        if crc32(self._buffer[: _PRELUDE.size - _CRC.size]) != checksum:
            raise UpstreamMalformed("The provider's event stream has a message prelude with a wrong checksum.")
        if not _OVERHEAD + headers <= total <= MAX_MESSAGE:
            raise UpstreamMalformed(
                f"The provider's event stream has a message of {total} bytes with {headers} bytes of headers."
            )
        return int(total)


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message whose headers are all strings, as services write them."""
    block = b"".join(_write_header(name, value) for name, value in headers.items())
    lengths = _LENGTHS.pack(_OVERHEAD + len(block) + len(payload), len(block))
    message = lengths + _CRC.pack(crc32(lengths)) + block + payload
    return message + _CRC.pack(crc32(message))


_LENGTHS = Struct(">II")
_PRELUDE = Struct(">III")
_CRC = Struct(">I")
_OVERHEAD = _PRELUDE.size + _CRC.size
_SHORT_LENGTH = Struct(">H")
_STRING = 7
_NUMBERS = {2: Struct(">b"), 3: Struct(">h"), 4: Struct(">i"), 5: Struct(">q"), 8: Struct(">q")}


def _parse(message: bytes) -> EventMessage:
    end = len(message) - _CRC.size
    if crc32(message[:end]) != _CRC.unpack_from(message, end)[0]:
        raise UpstreamMalformed("The provider's event stream has a message with a wrong checksum.")
    payload_start = _PRELUDE.size + _LENGTHS.unpack_from(message)[1]
    try:
        headers = dict(_headers(message[_PRELUDE.size : payload_start]))
    except (IndexError, struct.error, ValueError):
        raise UpstreamMalformed("The provider's event stream has a message with broken headers.") from None
    return EventMessage(headers, message[payload_start:end])


def _headers(block: bytes) -> Iterator[tuple[str, str]]:
    """Raises IndexError, struct.error or ValueError where the block ends too soon or is no text."""
    position = 0
    while position < len(block):
        name, position = _take(block, position + 1, block[position])
        value, position = _value(block, position + 1, block[position])
        yield name.decode(), value


def _value(block: bytes, position: int, kind: int) -> tuple[str, int]:
    if number := _NUMBERS.get(kind):
        return str(number.unpack_from(block, position)[0]), position + number.size
    match kind:
        case 0 | 1:
            return ("true", "false")[kind], position
        case 6 | 7:
            length = _SHORT_LENGTH.unpack_from(block, position)[0]
            value, position = _take(block, position + _SHORT_LENGTH.size, length)
            return (value.decode() if kind == _STRING else b64encode(value).decode()), position
        case 9:
            value, position = _take(block, position, 16)
            return str(UUID(bytes=value)), position
    raise ValueError(f"unknown header type {kind}")


def _take(block: bytes, position: int, length: int) -> tuple[bytes, int]:
    end = position + length
    if end > len(block):
        raise IndexError(end)
    return block[position:end], end


def _write_header(name: str, value: str) -> bytes:
    """Raises ValueError when the name is over 255 or the value over 32,767 bytes long."""
    name_bytes, value_bytes = name.encode(), value.encode()
    if not 0 < len(name_bytes) <= 255 or len(value_bytes) > 32_767:
        raise ValueError(f"The header {name!r} does not fit into an event stream message.")
    return (
        bytes((len(name_bytes),)) + name_bytes + bytes((_STRING,)) + _SHORT_LENGTH.pack(len(value_bytes)) + value_bytes
    )
