"""JSON as it comes off the wire, and how to read it without trusting it.

A provider may leave out, null or mistype any field, so readers take a mapping and a key and answer with an empty value
of the type asked for, never with an exception: an optional field must not decide whether an answer reaches the caller.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import orjson

JsonObject: TypeAlias = dict[str, object]
Json: TypeAlias = Mapping[str, object]


def loads(data: bytes | str) -> object:
    """Parse JSON; raises ValueError (also on NaN, bad UTF-8 and nesting over 1,024)."""
    return orjson.loads(data)


def dumps(value: object) -> bytes:
    """UTF-8 JSON without white space."""
    return orjson.dumps(value)


def dumps_sorted(value: object, *, indent: bool = False) -> bytes:
    """The same for all values that are equal: keys in order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | (orjson.OPT_INDENT_2 if indent else 0))


def dumps_text(value: object) -> str:
    return orjson.dumps(value).decode()


def parse_object(data: bytes | str) -> JsonObject | None:
    """The JSON object in `data`, or None when it is anything else."""
    try:
        value = orjson.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def text(source: Json, key: str, default: str = "") -> str:
    value = source.get(key)
    return value if isinstance(value, str) else default


def integer(source: Json, key: str, default: int = 0) -> int:
    """The whole number at `key`; a float is truncated, a bool is not a number."""
    value = source.get(key)
    if type(value) is int:
        return value
    if isinstance(value, bool):
        return default
    return int(value) if isinstance(value, int | float) else default


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
