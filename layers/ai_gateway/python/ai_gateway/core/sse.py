"""Server-sent events: bytes to events and back, without I/O.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream.
"""

from typing import NamedTuple

from ai_gateway.core.errors import UpstreamMalformed

DONE = b"data: [DONE]\n\n"
LARGEST_EVENT = 32 * 2**20
"""Bytes without the end of an event; an image at full size, in base64, is smaller."""


class Event(NamedTuple):
    name: str
    data: bytes


class EventDecoder:
    """Feed bytes cut anywhere; get whole events. Comments, ids and retry times are passed over."""

    __slots__ = ("_data", "_name", "_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of the line that goes on
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0  # bytes since the last event

    def feed(self, data: bytes) -> list[Event]:
        """Raises UpstreamMalformed for an event that does not end."""
        if self._fresh and _is_one_unnamed_event(data):
            return [Event("", data[6:-2])]
        self._size += len(data)
        if self._size > LARGEST_EVENT:
            raise UpstreamMalformed(f"The provider's stream holds an event of more than {LARGEST_EVENT:,} bytes.")
        if b"\n" not in data and b"\r" not in data and not (self._pieces and self._pieces[-1].endswith(b"\r")):
            self._pieces.append(data)
            return []
        buffer = b"".join((*self._pieces, data))
        end = buffer.rfind(b"\n") + 1
        if not end:
            # A lone carriage return also ends a line, but only the next byte tells whether it does so alone.
            end = buffer.rfind(b"\r", 0, len(buffer) - 1) + 1
        self._pieces = [buffer[end:]] if end < len(buffer) else []
        return self._lines(buffer[:end])

    def close(self) -> list[Event]:
        """The event that the stream ended in, if it has data: providers leave out the last blank line."""
        rest, self._pieces = b"".join(self._pieces), []
        return self._lines(rest) + self._dispatch()

    @property
    def _fresh(self) -> bool:
        return not (self._pieces or self._data or self._name)

    def _lines(self, block: bytes) -> list[Event]:
        events: list[Event] = []
        for line in block.splitlines():
            if not line:
                events += self._dispatch()
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line.startswith(b"event:"):
                self._name = line[6:].decode("utf-8", "replace").strip()
        return events

    def _dispatch(self) -> list[Event]:
        self._size = 0
        if not self._data:
            self._name = ""
            return []
        event = Event(self._name, b"\n".join(self._data))
        self._name, self._data = "", []
        return [event]


def _is_one_unnamed_event(data: bytes) -> bool:
    """What nearly every read of a stream brings."""
    return data.startswith(b"data: ") and data.endswith(b"\n\n") and data.find(b"\n") == len(data) - 2


def encode(data: bytes) -> bytes:
    """One unnamed event of one line of data (JSON has no raw line breaks)."""
    return b"data: " + data + b"\n\n"
