"""Filters that hold, each with the address of the page without it."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

NAMES = {
    "last": "Last", "since": "Since", "until": "Until", "model": "Model", "provider": "Provider", "called": "Called",
    "status": "Status", "outcome": "Outcome", "user": "User", "session": "Session", "prompt": "Prompt", "key": "Key",
    "cached": "Cached", "fallback": "Fallback", "priced": "Price known", "cost_above": "Cost from $",
    "latency_above": "Latency from ms", "text": "Text", "name": "Name",
}  # fmt: skip


class Chip(NamedTuple):
    name: str
    value: str
    without: str


def chips_of(path: str, pairs: Sequence[tuple[str, str]]) -> list[Chip]:
    return [_chip(path, pairs, place) for place in range(len(pairs))]


def _chip(path: str, pairs: Sequence[tuple[str, str]], place: int) -> Chip:
    name, value = pairs[place]
    rest = urlencode([*pairs[:place], *pairs[place + 1 :]])
    without = f"{path}?{rest}" if rest else path
    if name == "property":
        name, _, value = value.partition("=")
        return Chip(name, value, without)
    return Chip(NAMES.get(name, name), {"True": "yes", "False": "no"}.get(value, value), without)
