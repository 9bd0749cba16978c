"""How Gemini reads a request, in camel case or snake case as its JSON parser takes both, and what it refuses.

Source: https://ai.google.dev/api/generate-content and https://ai.google.dev/gemini-api/docs/thought-signatures.
"""

import re
from collections.abc import Sequence

from ai_gateway.core.wire import Json, JsonObject, dumps_text, flag, integer, mapping, objects, text, texts
from ai_gateway.runtime.simulator.failures import invalid
from ai_gateway.runtime.simulator.formats import conversation
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt, Tool, ToolChoice, ToolResult, tokens_of_weight, weight_of

_MODEL = re.compile(r"/models/([^/]+):(stream)?[gG]enerateContent$")
_THINKS = re.compile(r"gemini-(2\.5-(flash|pro)(?!-lite)|[3-9])")
_SIGNS = re.compile(r"gemini-[3-9]")
_SNAKE = re.compile(r"_([a-z])")
_VERBATIM = frozenset(
    ("args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema", "labels")
)
_ROLES = frozenset(("user", "model", "function", ""))


def read(request: Received) -> Prompt:
    match = _MODEL.search(request.route)
    model, streamed = (match[1], bool(match[2])) if match else ("", False)
    body = body_of(request)
    contents = objects(body, "contents")
    _check(contents, model)
    config = mapping(body, "generationConfig")
    choice, forced = _tool_choice(mapping(mapping(body, "toolConfig"), "functionCallingConfig"))
    thinking = mapping(config, "thinkingConfig")
    return Prompt(
        model=model,
        said=_said(contents),
        tokens=_tokens(body),
        stream=streamed,
        tools=_tools(body),
        choice=choice,
        forced=forced,
        results=_results(contents[-1]),
        schema=_schema(config),
        max_tokens=integer(config, "maxOutputTokens") or None,
        stops=tuple(texts(config, "stopSequences")),
        choices=max(1, integer(config, "candidateCount", 1)),
        reasons=thinking.get("thinkingBudget") != 0 and bool(thinking or _THINKS.search(model)),
    )


def body_of(request: Received) -> JsonObject:
    """The body with its keys in camel case; what belongs to the caller's own functions stays as it is."""
    body = _camel(request.json)
    return body if isinstance(body, dict) else {}


def as_events(request: Received) -> bool:
    """Whether a stream is asked for as server-sent events; otherwise it is one JSON array, written bit by bit."""
    return request.parameter("alt") == "sse"


def shows_thoughts(request: Received) -> bool:
    return flag(mapping(mapping(body_of(request), "generationConfig"), "thinkingConfig"), "includeThoughts")


def _camel(value: object) -> object:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    named = {_SNAKE.sub(lambda match: match[1].upper(), key): item for key, item in value.items()}
    return {key: item if key in _VERBATIM else _camel(item) for key, item in named.items()}


def _check(contents: Sequence[Json], model: str) -> None:
    if not contents:
        raise invalid("* GenerateContentRequest.contents: contents is not specified")
    for content in contents:
        if text(content, "role") not in _ROLES:
            raise invalid("Please use a valid role: user, model.")
    for content in contents[_last_turn(contents) :] if _SIGNS.match(model) else ():
        calls = [part for part in objects(content, "parts") if "functionCall" in part]
        if calls and not text(calls[0], "thoughtSignature"):
            name = text(mapping(calls[0], "functionCall"), "name")
            raise invalid(f"Function call is missing a thought_signature in functionCall parts: `{name}`.")


def _last_turn(contents: Sequence[Json]) -> int:
    """Where the turn begins that is being answered: signatures before it are not asked for."""
    said = [
        index
        for index, content in enumerate(contents)
        if content.get("role") != "model" and any("text" in part for part in objects(content, "parts"))
    ]
    return said[-1] if said else 0


def _said(contents: Sequence[Json]) -> str:
    users = [conversation.text_of(c.get("parts")) for c in contents if c.get("role") != "model"]
    return next((said for said in reversed(users) if said), "")


def _tools(body: Json) -> tuple[Tool, ...]:
    functions = [function for tool in objects(body, "tools") for function in objects(tool, "functionDeclarations")]
    return tuple(
        Tool(text(function, "name"), mapping(function, "parametersJsonSchema") or mapping(function, "parameters"))
        for function in functions
    )


def _tool_choice(config: Json) -> tuple[ToolChoice, str | None]:
    allowed = texts(config, "allowedFunctionNames")
    match text(config, "mode").upper():
        case "NONE":
            return "none", None
        case "ANY":
            return "required", allowed[0] if len(allowed) == 1 else None
        case _:
            return "auto", None


def _results(content: Json) -> tuple[ToolResult, ...]:
    responses = [mapping(part, "functionResponse") for part in objects(content, "parts") if "functionResponse" in part]
    return tuple(ToolResult(text(r, "name", "The tool"), _result(mapping(r, "response"))) for r in responses)


def _result(response: JsonObject) -> str:
    values = [value for value in response.values() if isinstance(value, str)]
    return values[0] if len(values) == len(response) == 1 else dumps_text(response)


def _schema(config: Json) -> JsonObject | None:
    if text(config, "responseMimeType") != "application/json":
        return None
    schema = mapping(config, "responseJsonSchema") or mapping(config, "responseSchema")
    return schema or {"type": "object", "properties": {"answer": {"type": "string"}}}


def _tokens(body: Json) -> int:
    tools = objects(body, "tools")
    weight = weight_of([body.get("contents"), body.get("systemInstruction")])
    return tokens_of_weight(weight + (len(dumps_text(tools)) if tools else 0)) + 1
