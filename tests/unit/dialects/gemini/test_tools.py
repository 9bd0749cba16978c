from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialects.gemini.schema import adapt

Sent = Callable[..., dict[str, Any]]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"$ref": "#/$defs/Unit"}},
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"Unit": {"anyOf": [{"enum": ["C", "F"]}, {"type": "null"}]}},
}


def function(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **fields}}


WEATHER = function("weather", description="Tells it.", parameters=SCHEMA)


def test_a_function_s_schema_goes_whole(sent: Sent) -> None:
    assert sent(tools=[WEATHER, function("now")])["tools"] == [
        {
            "functionDeclarations": [
                {"name": "weather", "description": "Tells it.", "parametersJsonSchema": SCHEMA},
                {"name": "now"},
            ]
        }
    ]


def test_the_older_functions_are_tools_too(sent: Sent) -> None:
    body = sent(functions=[{"name": "weather", "parameters": SCHEMA}], function_call={"name": "weather"})
    assert body["tools"] == [{"functionDeclarations": [{"name": "weather", "parametersJsonSchema": SCHEMA}]}]
    assert body["toolConfig"]["functionCallingConfig"] == {"mode": "ANY", "allowedFunctionNames": ["weather"]}


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "weather"}},
            {"mode": "ANY", "allowedFunctionNames": ["weather"]},
        ),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [function("weather")]}},
            {"mode": "VALIDATED", "allowedFunctionNames": ["weather"]},
        ),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [function("weather")]}},
            {"mode": "ANY", "allowedFunctionNames": ["weather"]},
        ),
    ],
)
def test_every_tool_choice_has_its_mode(sent: Sent, choice: Any, config: dict[str, Any]) -> None:
    assert sent(tools=[WEATHER], tool_choice=choice)["toolConfig"] == {"functionCallingConfig": config}


def test_no_choice_is_no_mode(sent: Sent) -> None:
    assert "toolConfig" not in sent(tools=[WEATHER])


@pytest.mark.parametrize("choice", [{}, {"tool_choice": "auto"}])
def test_a_strict_function_is_validated_where_the_model_can(sent: Sent, choice: dict[str, Any]) -> None:
    tools = [function("weather", parameters=SCHEMA, strict=True)]
    assert sent(tools=tools, **choice)["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}
    old = sent("gemini-2.0-flash", tools=tools, **choice).get("toolConfig")
    assert old == ({"functionCallingConfig": {"mode": "AUTO"}} if choice else None)


@pytest.mark.parametrize(
    "fields",
    [
        {"web_search_options": {}},
        {"plugins": [{"id": "web"}]},
        {"tools": [{"type": "web_search"}]},
        {"tools": [{"type": "web_search_preview"}]},
        {"tools": [{"type": "google_search"}]},
        {"tools": [{"googleSearch": {}}]},
        {"tools": [{"googleSearch": {}}], "web_search_options": {}},
    ],
)
def test_every_way_to_ask_for_a_web_search_is_google_search_once(sent: Sent, fields: dict[str, Any]) -> None:
    assert sent(**fields)["tools"] == [{"googleSearch": {}}]


@pytest.mark.parametrize(
    ("tool", "native"),
    [
        ({"codeExecution": {}}, {"codeExecution": {}}),
        ({"code_execution": {}}, {"code_execution": {}}),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, {"codeExecution": {}}),
        ({"type": "url_context"}, {"urlContext": {}}),
        ({"type": "web_fetch_20250910"}, {"urlContext": {}}),
        ({"type": "googleSearch", "timeRangeFilter": {}}, {"googleSearch": {"timeRangeFilter": {}}}),
        ({"fileSearch": {"file_search_store_names": ["a"]}}, {"fileSearch": {"file_search_store_names": ["a"]}}),
    ],
)
def test_googles_own_tools_go_through(sent: Sent, tool: dict[str, Any], native: dict[str, Any]) -> None:
    assert sent(tools=[tool])["tools"] == [native]


@pytest.mark.parametrize(("provider", "flag"), [("google-ai-studio", True), ("vertex", None)])
def test_ai_studio_is_told_of_functions_beside_its_own_tools(sent: Sent, provider: str, flag: bool | None) -> None:
    body = sent("gemini-3-flash-preview", provider, tools=[WEATHER, {"googleSearch": {}}])
    assert body.get("toolConfig", {}).get("includeServerSideToolInvocations") is flag


def test_a_native_tool_config_is_merged(sent: Sent) -> None:
    config = {"retrieval_config": {"languageCode": "fr"}}
    assert sent(tools=[WEATHER], tool_choice="required", tool_config=config)["toolConfig"] == {
        "functionCallingConfig": {"mode": "ANY"},
        "retrievalConfig": {"languageCode": "fr"},
    }


def test_a_constant_is_said_as_an_enum_wherever_it_stands() -> None:
    schema: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"kind": {"const": "cat"}, "const": {"type": "string"}, "list": {"items": {"const": 1}}},
        "anyOf": [{"const": None}, {"type": "string"}],
        "default": {"const": "kept"},
        "$defs": {"const": {"const": True, "enum": [True]}},
    }
    assert adapt(schema) == {
        "properties": {"kind": {"enum": ["cat"]}, "const": {"type": "string"}, "list": {"items": {"enum": [1]}}},
        "anyOf": [{"enum": [None]}, {"type": "string"}],
        "default": {"const": "kept"},
        "$defs": {"const": {"enum": [True]}},
    }
