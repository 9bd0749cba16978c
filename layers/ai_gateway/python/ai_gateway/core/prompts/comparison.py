"""Two bodies side by side, as lines: what a reader sees of a change before it is published."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from ai_gateway.core.wire import Json, dumps_sorted, items, text, without

CONTEXT = 3
"""Unchanged lines shown around each change."""


@dataclass(frozen=True, slots=True)
class Line:
    """`before` and `after` are line numbers from 1, None where the line is not; `gap` stands for lines left out."""

    kind: Literal["same", "removed", "added", "gap"]
    text: str
    before: int | None = None
    after: int | None = None


def compare(before: Json, after: Json) -> tuple[Line, ...]:
    """The lines that differ and those around them; nothing when the bodies are the same."""
    old, new = list(readable(before)), list(readable(after))
    lines: list[Line] = []
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT):
        if lines:
            lines.append(Line("gap", ""))
        for _, start, stop, new_start, new_stop in group:
            lines += _lines(old, new, range(start, stop), range(new_start, new_stop))
    return tuple(lines)


def is_same(before: Json, after: Json) -> bool:
    """Whether two bodies mean the same: the order of their fields does not matter."""
    return dumps_sorted(before) == dumps_sorted(after)


def readable(body: Json) -> Iterator[str]:
    """A body as lines: its parameters, a heading and the text of each message, then what else it holds, as JSON."""
    for name, value in sorted(without(body, _LONG).items()):
        yield f"{name}: {_json(value)}"
    for index, message in enumerate(items(body, "messages")):
        yield from _message(index, message)
    for name in _LONG[1:]:
        if name in body:
            yield f"{name}:"
            yield from _json(body[name]).splitlines()


def _lines(old: list[str], new: list[str], gone: range, come: range) -> Iterator[Line]:
    if len(gone) == len(come) and old[gone.start : gone.stop] == new[come.start : come.stop]:
        for before, after in zip(gone, come, strict=True):
            yield Line("same", old[before], before + 1, after + 1)
        return
    for before in gone:
        yield Line("removed", old[before], before=before + 1)
    for after in come:
        yield Line("added", new[after], after=after + 1)


def _message(index: int, message: object) -> Iterator[str]:
    if not isinstance(message, dict):
        yield f"message {index}: {_json(message)}"
        return
    yield f"message {index}, {text(message, 'role')}:"
    content = message.get("content")
    if isinstance(content, str):
        yield from content.split("\n")
    elif content is not None:
        yield from _json(content).splitlines()
    for name, value in sorted(without(message, ("role", "content")).items()):
        yield f"{name}: {_json(value)}"


def _json(value: object) -> str:
    return dumps_sorted(value, indent=isinstance(value, dict | list)).decode()


_LONG = ("messages", "response_format", "tools", "functions", "tool_choice")
