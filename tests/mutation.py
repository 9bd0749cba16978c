"""Strategies that bend a valid JSON value out of shape, one place at a time."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, TypeAlias

from hypothesis import strategies as st

Path: TypeAlias = tuple[str | int, ...]

JUNK: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**63 - 1, 2**64, -(2**63), 1e308, "", " ", "x", "\0", "\u2028", "\ud7ff" * 3),
    *(
        "{",
        "[]",
        "null",
        '{"a": 1}',
        '{"a":' * 300,
        "true",
        "auto",
        "5",
        "data:",
        "data:image/png;base64,@",
        "http://[",
    ),
    *("data:;base64,", "http://", "file:///etc/passwd", "../..", "a" * 5000),
    *([], [None], [[]], [{}], ["x"], [1, "x", None], {}, {"type": None}, {"type": "text"}, {"": ""}, {"a": {"b": []}}),
    *(
        {"type": "object"},
        {"type": ["string", 5]},
        {"$ref": "#"},
        {"$ref": "#/$defs/x", "$defs": {"x": {"$ref": "#/$defs/x"}}},
    ),
)


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    """Of every value inside of `value`."""
    inner: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


@st.composite
def mutated(draw: st.DrawFn, values: st.SearchStrategy[Any], most: int = 3) -> Any:
    """One of the values with one to `most` of its places replaced, removed, doubled or added to."""
    value = deepcopy(draw(values))
    for _ in range(draw(st.integers(1, most))):
        places = list(paths(value))
        if places:
            _bend(draw, value, draw(st.sampled_from(places)))
    return value


def _bend(draw: st.DrawFn, value: Any, path: Path) -> None:
    *way, last = path
    parent: Any = value
    for key in way:
        parent = parent[key]
    match draw(st.sampled_from(("replace", "replace", "replace", "remove", "double", "add"))):
        case "replace":
            parent[last] = deepcopy(draw(st.sampled_from(JUNK)))
        case "remove":
            del parent[last]
        case "double" if isinstance(last, int):
            parent.append(deepcopy(parent[last]))
        case "add" if isinstance(parent, dict):
            parent[draw(st.sampled_from(("unknown", "type", "", "index", "id", "name", "content")))] = deepcopy(
                draw(st.sampled_from(JUNK))
            )
