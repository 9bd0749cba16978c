"""JSON Schemas in the part of the language that structured outputs and strict tools take.

Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations. What is not
taken, but only narrows a value, is told in the description; what cannot be told otherwise makes the schema unfit.
"""

from collections.abc import Iterable

from ai_gateway.core.wire import Json, JsonObject, dumps_text, mapping, text, without

_KEPT = frozenset(
    ("type", "enum", "const", "$ref", "description", "title", "default", "required", "format", "minItems")
)
_DEFINITIONS = ("definitions", "$defs")
_SILENT = frozenset(("$schema", "$id", "$comment"))
_SHAPES = frozenset(("type", "enum", "const", "$ref", "anyOf", "allOf"))
_FORMATS = frozenset(("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"))


class _Unfit(Exception):
    pass


def fitted(schema: JsonObject) -> JsonObject | None:
    """The schema as the API takes it; None when it has free-form objects, recursion or foreign references."""
    try:
        _refuse_recursion(schema)
        return _fit(schema)
    except _Unfit:
        return None


def _fit(schema: Json) -> JsonObject:
    fit: JsonObject = {}
    told: JsonObject = {}
    for key, value in schema.items():
        if key in ("properties", "$defs", "definitions") and isinstance(value, dict):
            fit[key] = {name: _fit(_object(member)) for name, member in value.items()}
        elif key in ("anyOf", "oneOf", "allOf") and isinstance(value, list):
            fit["anyOf" if key == "oneOf" else key] = [_fit(_object(member)) for member in value]
        elif key == "items" and isinstance(value, dict):
            fit[key] = _fit(value)
        elif key == "additionalProperties":
            if value is not False and value is not None:
                raise _Unfit
        elif _taken(key, value):
            fit[key] = value
        elif key not in _SILENT:
            told[key] = value
    if not _SHAPES & fit.keys():
        raise _Unfit
    return _described(_closed(fit), told)


def _taken(key: str, value: object) -> bool:
    match key:
        case "$ref":
            if not str(value).startswith("#"):
                raise _Unfit
            return True
        case "format":
            return value in _FORMATS
        case "minItems":
            return value in (0, 1)
    return key in _KEPT


def _closed(fit: JsonObject) -> JsonObject:
    """Objects take the properties they name and no others; one that names none would always be empty."""
    kind = fit.get("type")
    if "properties" not in fit:
        if kind == "object" or (isinstance(kind, list) and "object" in kind):
            raise _Unfit
        return fit
    return {**fit, "additionalProperties": False}


def _described(fit: JsonObject, told: JsonObject) -> JsonObject:
    if not told:
        return fit
    said = text(fit, "description")
    return {**fit, "description": f"{said}\n\n{dumps_text(told)}" if said else dumps_text(told)}


def _object(member: object) -> JsonObject:
    if not isinstance(member, dict):
        raise _Unfit
    return member


def _refuse_recursion(schema: JsonObject) -> None:
    definitions = {**mapping(schema, "definitions"), **mapping(schema, "$defs"), "": without(schema, _DEFINITIONS)}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise _Unfit
        if name not in done:
            for target in _references(definitions.get(name)):
                visit(target, (*path, name))
            done.add(name)

    for name in definitions:
        visit(name, ())


def _references(value: object) -> Iterable[str]:
    """Names of the definitions that a schema refers to; the name of the whole schema, `#`, is empty."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference.lstrip("#").rpartition("/")[2]
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)
