"""JSON as it comes off the wire, and how to read it without trusting it.

A provider may leave out, null or mistype any field, so readers take a mapping and a key and answer with an empty value
of the type asked for, never with an exception: an optional field must not decide whether an answer reaches the caller.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import orjson

DEEPEST = 100
"""Levels of nesting that a request may have. orjson reads 1,024 and writes 254, Python's own stack bears less than
either, and dialects put a request inside of levels of their own.
"""

JsonObject: TypeAlias = dict[str, object]
Json: TypeAlias = Mapping[str, object]


def loads(data: bytes | str) -> object:
    """Parse JSON; raises ValueError (also on NaN, bad UTF-8 and nesting over 1,024)."""
    return orjson.loads(data)


class TooDeep(TypeError):
    """A value nested too deeply to be written."""


def dumps(value: object) -> bytes:
    """UTF-8 JSON without white space. Raises TooDeep when the value is nested over 254 levels."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        if str(error) == "Recursion limit reached":
            raise TooDeep("The value is nested over 254 levels.") from None
        raise


def dumps_sorted(value: object, *, indent: bool = False) -> bytes:
    """The same for all values that are equal: keys in order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | (orjson.OPT_INDENT_2 if indent else 0))


def dumps_text(value: object) -> str:
    return dumps(value).decode()


def nests_too_deep(value: object) -> bool:
    """Whether a value has more than `DEEPEST` levels: with the rest of the writer's levels around it, it cannot be
    written, which C finds out sooner than a walk in Python.
    """
    wrapped = value
    for _ in range(_WRITABLE - DEEPEST):
        wrapped = [wrapped]
    try:
        dumps(wrapped)
    except TooDeep:
        return True
    return False


def parse_object(data: bytes | str) -> JsonObject | None:
    """The JSON object in `data`, or None when it is anything else."""
    try:
        value = orjson.loads(data)
    except ValueError:
        value = _forgiven(data)
    return value if isinstance(value, dict) else None


def _forgiven(data: bytes | str) -> object:
    """What is no JSON to the letter, and sent by servers all the same: half of a pair of surrogates, where a stream
    cuts a character in two, and NaN. They become U+FFFD and null once they are written.
    """
    try:
        return _without_halves(json.loads(data))
    except (ValueError, RecursionError):
        return None


def _without_halves(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_halves(member) for member in value]
    if isinstance(value, dict):
        return {_without_halves(key): _without_halves(member) for key, member in value.items()}
    return value


_WRITABLE = 254
_SAFE = 2**53


def text(source: Json, key: str, default: str = "") -> str:
    value = source.get(key)
    return value if isinstance(value, str) else default


def integer(source: Json, key: str, default: int = 0) -> int:
    """The whole number at `key`; a float is truncated. A bool is not a number, nor is what every language reads
    differently (RFC 8259, 6).
    """
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_SAFE < value < _SAFE:
        return default
    return int(value)


def flag(source: Json, key: str) -> bool:
    return source.get(key) is True


def mapping(source: Json, key: str) -> JsonObject:
    value = source.get(key)
    return value if isinstance(value, dict) else {}


def items(source: Json, key: str) -> list[object]:
    value = source.get(key)
    return value if isinstance(value, list) else []


def objects(source: Json, key: str) -> list[JsonObject]:
    """The JSON objects in the list at `key`; members of other types are passed over."""
    return [item for item in items(source, key) if isinstance(item, dict)]


def texts(source: Json, key: str) -> list[str]:
    return [item for item in items(source, key) if isinstance(item, str)]


def present(**fields: object) -> JsonObject:
    """Keep the fields that are not None: how a wire object with optional members is written."""
    return {key: value for key, value in fields.items() if value is not None}


def without(source: Json, keys: Iterable[str]) -> JsonObject:
    gone = frozenset(keys)
    return {key: value for key, value in source.items() if key not in gone}
