"""Tools and the choice among them.

Sources: https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview and .../web-search-tool.
"""

import re
from dataclasses import dataclass, field

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.anthropic.families import Family
from ai_gateway.core.dialects.anthropic.schema import fitted
from ai_gateway.core.intents import FunctionTool, functions, tool_choice
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, present, text

EXTRAS = ("cache_control", "defer_loading", "eager_input_streaming", "input_examples", "allowed_callers")
"""What Anthropic knows of a tool and OpenAI does not; read beside the function and inside it."""


@dataclass(slots=True)
class Toolbox:
    """`choice` is None for the provider's default. `instruction` stands in for a choice that the model refuses."""

    tools: list[JsonObject] = field(default_factory=list)
    choice: JsonObject | None = None
    instruction: str | None = None
    dropped: list[str] = field(default_factory=list)

    @property
    def forced(self) -> bool:
        return self.choice is not None and text(self.choice, "type") in ("any", "tool")


def toolbox(request: ChatRequest, family: Family, *, strict: bool) -> Toolbox:
    """`strict` says that the endpoint takes strict tools."""
    box = Toolbox()
    known = {id(function.tool): function for function in functions(request)}
    for tool in [*objects(request, "tools"), *objects(request, "functions")]:
        function = known.get(id(tool))
        if function is not None:
            _add_function(box, function, strict=strict)
        else:
            _add_hosted(box, tool)
    if (search := _search_wish(request)) is not None and not any(_searches(tool) for tool in box.tools):
        box.tools.append(search)
    if box.tools:
        _choose(box, request, family)
    return box


def _add_function(box: Toolbox, function: FunctionTool, *, strict: bool) -> None:
    inner = mapping(function.tool, "function")
    extras = {name: value for name in EXTRAS if (value := function.tool.get(name, inner.get(name))) is not None}
    schema = function.parameters or {"type": "object", "properties": {}}
    tool: JsonObject = {
        "name": function.name,
        **present(description=function.description),
        "input_schema": schema if "type" in schema else {"type": "object", **schema},
        **extras,
    }
    if function.strict:
        if strict and fitted(schema) == schema:
            tool["strict"] = True
        else:
            box.dropped.append("tools.strict")
    box.tools.append(tool)


def _add_hosted(box: Toolbox, tool: JsonObject) -> None:
    """Anthropic's own tools go as they come: their types end in a date, or they have a schema of their own."""
    kind = text(tool, "type")
    if _DATED.search(kind) or kind == "mcp_toolset" or "input_schema" in tool:
        box.tools.append(tool)
    elif kind.startswith("web_search"):
        box.tools.append(_web_search(tool))
    else:
        box.dropped.append(f"tools.{kind}" if kind else "tools")


_DATED = re.compile(r"_20\d{6}$")


def _searches(tool: Json) -> bool:
    return text(tool, "type").startswith("web_search")


def _search_wish(request: ChatRequest) -> JsonObject | None:
    for plugin in objects(request, "plugins"):
        if text(plugin, "id") == "web":
            return _web_search(plugin)
    options = request.get("web_search_options")
    return _web_search(options) if isinstance(options, dict) else None


def _web_search(wish: Json) -> JsonObject:
    """The first version of the tool: every model that searches has it, at Vertex too."""
    filters = mapping(wish, "filters")
    return {
        "type": "web_search_20250305",
        "name": "web_search",
        **present(
            max_uses=wish.get("max_uses"),
            allowed_domains=wish.get("allowed_domains") or filters.get("allowed_domains"),
            blocked_domains=wish.get("blocked_domains"),
            user_location=_location(mapping(wish, "user_location")),
        ),
    }


def _location(given: JsonObject) -> JsonObject | None:
    """OpenAI nests the place under `approximate`."""
    place = mapping(given, "approximate") or given
    known = {name: place[name] for name in ("city", "region", "country", "timezone") if place.get(name)}
    return {"type": "approximate", **known} if known else None


def _choose(box: Toolbox, request: ChatRequest, family: Family) -> None:
    wish = tool_choice(request)
    parallel = request.get("parallel_tool_calls")
    if wish is not None and wish.allowed is not None:
        box.tools = [tool for tool in box.tools if text(tool, "name") in wish.allowed]
        if not box.tools:
            return
    match wish.mode if wish else None:
        case "none":
            box.choice = {"type": "none"}
            return
        case "required":
            box.choice = {"type": "any"}
        case "function" if wish is not None:
            box.choice = {"type": "tool", "name": wish.name}
        case "auto":
            box.choice = {"type": "auto"}
        case _ if parallel is False:
            box.choice = {"type": "auto"}
    if box.forced and not family.forces_tools:
        _ask_instead(box)
    native = mapping(request, "tool_choice").get("disable_parallel_tool_use")
    if box.choice is not None and (parallel is False or native is True):
        box.choice["disable_parallel_tool_use"] = True


def _ask_instead(box: Toolbox) -> None:
    """The newest models answer a forced choice with a 400: they are told in words."""
    name = text(box.choice or {}, "name")
    which = f"the tool {name!r}" if name else "one of the tools"
    box.instruction = f"Answer this request by calling {which}."
    box.choice = {"type": "auto"}
    box.dropped.append("tool_choice")
