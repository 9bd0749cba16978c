"""Makes up JSON that fits a JSON schema, with names and numbers taken from what the user said where they fit."""

import re
from collections.abc import Mapping, Sequence

from ai_gateway.core.wire import Json, JsonObject, integer, items, mapping, objects, text, without

_DEEP = 6
_BOTTOMLESS = 32
_QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
_NAME = re.compile(r"(?<![.!?\n] )(?<!^)\b[A-Z]\w+(?: [A-Z]\w+)*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FORMATS: Mapping[str, str] = {
    "date": "2026-01-02",
    "time": "12:00:00Z",
    "date-time": "2026-01-02T12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def value_for(schema: Json, said: str = "", name: str = "value") -> object:
    """A value of the schema's types. Honoured: $ref, anyOf, oneOf, allOf, type, enum, const, default, required, items,
    and bounds of numbers, lengths and lists. Not honoured: pattern, not, dependent and conditional schemas.
    """
    return _Maker(schema, said).value(schema, name)


def object_for(schema: Json, said: str = "") -> JsonObject:
    """As `value_for`, for schemas that stand for a function's arguments."""
    value = value_for({"type": "object"} | dict(schema), said)
    return value if isinstance(value, dict) else {}


class _Maker:
    def __init__(self, root: Json, said: str) -> None:
        self._root = root
        self._names = _QUOTED.findall(said) + _NAME.findall(_QUOTED.sub(" ", said))
        self._numbers = [float(number) for number in _NUMBER.findall(said)]

    def value(self, schema: object, name: str, depth: int = 0) -> object:
        if not isinstance(schema, dict) or depth > _BOTTOMLESS:
            return name
        schema = self._resolve(schema, depth)
        for key in ("const", "default"):
            if schema.get(key) is not None:
                return schema[key]
        for key in ("enum", "examples"):
            if options := items(schema, key):
                return options[0]
        return self._typed(schema, _type_of(schema), name, depth)

    def _resolve(self, schema: JsonObject, depth: int, hops: int = 0) -> JsonObject:
        if hops > _BOTTOMLESS:
            return {}
        if reference := text(schema, "$ref"):
            return self._resolve(self._referenced(reference) | without(schema, ("$ref",)), depth, hops + 1)
        for key in ("anyOf", "oneOf"):
            if options := objects(schema, key):
                return self._resolve(_pick(options, shallow=depth >= _DEEP), depth, hops + 1)
        merged = without(schema, ("allOf",))
        for part in objects(schema, "allOf"):
            merged = _merge(merged, self._resolve(part, depth, hops + 1))
        return merged

    def _referenced(self, reference: str) -> JsonObject:
        found: JsonObject = dict(self._root)
        for step in reference.removeprefix("#").strip("/").split("/"):
            found = mapping(found, step) if step else found
        return found

    def _typed(self, schema: JsonObject, kind: str, name: str, depth: int) -> object:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer" | "number":
                number = self._number(schema)
                return int(number) if kind == "integer" or number == int(number) else number
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return self._string(schema, name)

    def _object(self, schema: JsonObject, depth: int) -> JsonObject:
        properties = mapping(schema, "properties")
        wanted: Sequence[object] = items(schema, "required")
        if "required" not in schema and depth < _DEEP:
            wanted = list(properties)
        return {
            name: self.value(properties.get(name, {"type": "string"}), name, depth + 1)
            for name in wanted
            if isinstance(name, str)
        }

    def _array(self, schema: JsonObject, name: str, depth: int) -> list[object]:
        least = integer(schema, "minItems")
        count = max(least, 0 if depth >= _DEEP else 1)
        return [self.value(schema.get("items", {"type": "string"}), name, depth + 1) for _ in range(count)]

    def _number(self, schema: JsonObject) -> float:
        number = self._numbers.pop(0) if self._numbers else 1.0
        return _clamp(number, schema)

    def _string(self, schema: JsonObject, name: str) -> str:
        if example := _FORMATS.get(text(schema, "format")):
            return example
        value = self._names.pop(0) if self._names else name
        value = value.ljust(integer(schema, "minLength"), ".")
        return value[: integer(schema, "maxLength", len(value))]


def _type_of(schema: JsonObject) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((member for member in kind if member != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _pick(options: Sequence[JsonObject], *, shallow: bool) -> JsonObject:
    """The first alternative that is not null; null where the value is nested too deep already."""
    nulls = [option for option in options if option.get("type") == "null"]
    others = [option for option in options if option.get("type") != "null"]
    ordered = nulls + others if shallow else others + nulls
    return ordered[0]


def _merge(left: JsonObject, right: JsonObject) -> JsonObject:
    merged = left | right
    if "properties" in left and "properties" in right:
        merged["properties"] = mapping(left, "properties") | mapping(right, "properties")
    if "required" in left and "required" in right:
        merged["required"] = items(left, "required") + items(right, "required")
    return merged


def _clamp(number: float, schema: Json) -> float:
    low, high = _bound(schema, "minimum", "exclusiveMinimum", 1), _bound(schema, "maximum", "exclusiveMaximum", -1)
    if low is not None and number < low:
        number = low
    return high if high is not None and number > high else number


def _bound(schema: Json, inclusive: str, exclusive: str, step: int) -> float | None:
    for key, offset in ((inclusive, 0), (exclusive, step)):
        value = schema.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value + offset
    return None
