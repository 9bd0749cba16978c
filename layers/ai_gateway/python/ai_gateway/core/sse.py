"""Server-sent events: bytes to events and back, without I/O.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream.
"""

from typing import NamedTuple

DONE = b"data: [DONE]\n\n"


class Event(NamedTuple):
    name: str
    data: bytes


class EventDecoder:
    """Feed bytes cut anywhere; get whole events. Comments, ids and retry times are passed over."""

    __slots__ = ("_buffer", "_data", "_name")

    def __init__(self) -> None:
        self._buffer = b""
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> list[Event]:
        if self._fresh and _is_one_unnamed_event(data):
            return [Event("", data[6:-2])]
        buffer = self._buffer + data
        end = buffer.rfind(b"\n") + 1
        if not end:
            # A lone carriage return also ends a line, but only the next byte tells whether it does so alone.
            end = buffer.rfind(b"\r", 0, len(buffer) - 1) + 1
            if not end:
                self._buffer = buffer
                return []
        self._buffer = buffer[end:]
        return self._lines(buffer[:end])

    def close(self) -> list[Event]:
        """The event that the stream ended in, if it has data: providers leave out the last blank line."""
        rest, self._buffer = self._buffer, b""
        events = self._lines(rest) if rest else []
        return events + self._dispatch()

    @property
    def _fresh(self) -> bool:
        return not (self._buffer or self._data or self._name)

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
