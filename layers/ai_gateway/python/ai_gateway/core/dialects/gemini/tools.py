"""Tools, tool choice and the service's own tools, as Google's `tools` and `toolConfig`."""

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.gemini.extras import camel, natives
from ai_gateway.core.dialects.gemini.families import Family
from ai_gateway.core.dialects.gemini.schema import adapt
from ai_gateway.core.intents import FunctionTool, ToolChoice, functions, other_tools, tool_choice
from ai_gateway.core.wire import JsonObject, mapping, objects, present, text, without


def tools(request: ChatRequest) -> tuple[list[JsonObject], tuple[str, ...]]:
    """Google's `tools`, and the names of the tools and plugins that it has no counterpart for."""
    hosted, unknown = _hosted(request)
    declared = [_declaration(function) for function in functions(request)]
    return hosted + ([{"functionDeclarations": declared}] if declared else []), unknown


def tool_config(request: ChatRequest, endpoint: Endpoint, family: Family, given: list[JsonObject]) -> JsonObject:
    """AI Studio wants to be told when functions and its own tools come together; Vertex does not know the flag."""
    own = {key for tool in given for key in tool}
    mixed = "functionDeclarations" in own and len(own) > 1
    config = present(
        functionCallingConfig=_calling(request, family) if "functionDeclarations" in own else None,
        includeServerSideToolInvocations=True if mixed and endpoint.provider.name != "vertex" else None,
    )
    return config | mapping(natives(request), "toolConfig")


def _declaration(function: FunctionTool) -> JsonObject:
    return present(
        name=function.name,
        description=function.description,
        parametersJsonSchema=None if function.parameters is None else adapt(function.parameters),
    )


def _calling(request: ChatRequest, family: Family) -> JsonObject | None:
    """`VALIDATED` leaves the choice to the model and holds it to the schemas, which is what `strict` asks for; it also
    takes the names of the only functions allowed, which `AUTO` refuses.
    """
    choice = tool_choice(request)
    strict = family.validated and any(function.strict for function in functions(request))
    if choice is None:
        return {"mode": "VALIDATED"} if strict else None
    if choice.mode == "auto" and choice.allowed is not None and not family.validated:
        return {"mode": "AUTO"}
    return present(mode=_mode(choice, strict=strict), allowedFunctionNames=_allowed(choice))


def _mode(choice: ToolChoice, *, strict: bool) -> str:
    match choice.mode:
        case "none":
            return "NONE"
        case "required" | "function":
            return "ANY"
        case "auto":
            return "VALIDATED" if strict or choice.allowed is not None else "AUTO"


def _allowed(choice: ToolChoice) -> list[str] | None:
    if choice.mode == "function":
        return [choice.name or ""]
    return list(choice.allowed) if choice.allowed is not None else None


def _hosted(request: ChatRequest) -> tuple[list[JsonObject], tuple[str, ...]]:
    wanted: list[JsonObject] = []
    unknown: list[str] = []
    for tool in other_tools(request):
        native = _native(tool)
        if native is None:
            unknown.append(f"tools[{text(tool, 'type')}]")
        elif native not in wanted:
            wanted.append(native)
    if _searches(request) and not any(tool.keys() & _SEARCH for tool in wanted):
        wanted.append({"googleSearch": {}})
    unknown += [f"plugins[{name}]" for plugin in objects(request, "plugins") if (name := text(plugin, "id")) != "web"]
    return wanted, tuple(unknown)


def _native(tool: JsonObject) -> JsonObject | None:
    """A tool of Google's as it came, or its counterpart to another provider's; None when there is none."""
    kind = text(tool, "type")
    rest = without(tool, ("type", "cache_control"))
    if any(camel(key) in _GOOGLES for key in rest):
        return rest
    if camel(kind) in _GOOGLES:
        return {camel(kind): rest}
    own = next((own for prefix, own in _COUNTERPARTS if kind.startswith(prefix)), None)
    return None if own is None else {own: {}}


def _searches(request: ChatRequest) -> bool:
    return "web_search_options" in request or any(text(plugin, "id") == "web" for plugin in objects(request, "plugins"))


_SEARCH = frozenset(("googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval"))
_GOOGLES = frozenset(
    (
        "googleSearch",
        "googleSearchRetrieval",
        "enterpriseWebSearch",
        "codeExecution",
        "urlContext",
        "fileSearch",
        "googleMaps",
        "computerUse",
        "mcpServers",
        "retrieval",
        "vertexAiSearch",
        "functionDeclarations",
    )
)
_COUNTERPARTS = (
    ("web_search", "googleSearch"),
    ("code_interpreter", "codeExecution"),
    ("code_execution", "codeExecution"),
    ("web_fetch", "urlContext"),
)
