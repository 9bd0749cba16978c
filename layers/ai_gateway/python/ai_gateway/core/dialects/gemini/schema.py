"""JSON Schema as `parametersJsonSchema` and `responseJsonSchema` take it: whole, but for the words Google passes over.

Both fields take JSON Schema itself ($ref, $defs, anyOf, oneOf, additionalProperties, recursion), unlike the older
`parameters` and `responseSchema`. Source: https://ai.google.dev/gemini-api/docs/structured-output#json-schema-support.
"""

from ai_gateway.core.wire import JsonObject


def adapt(schema: JsonObject) -> JsonObject:
    """The schema with what Google would pass over said in words it knows: `const` as an `enum` of one.

    Keywords are told from properties that happen to have a keyword's name.
    """
    return {key: value for name, keyword in schema.items() for key, value in _keyword(name, keyword, schema)}


def _keyword(name: str, value: object, schema: JsonObject) -> list[tuple[str, object]]:
    match name:
        case "$schema":
            return []
        case "const":
            return [] if "enum" in schema else [("enum", [value])]
        case "properties" | "$defs" | "definitions" | "patternProperties" | "dependentSchemas":
            return [(name, _each(value))]
        case "enum" | "default" | "examples" | "required":
            return [(name, value)]
    return [(name, _schemas(value))]


def _each(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: _schemas(schema) for name, schema in value.items()}


def _schemas(value: object) -> object:
    if isinstance(value, dict):
        return adapt(value)
    if isinstance(value, list):
        return [_schemas(item) for item in value]
    return value
