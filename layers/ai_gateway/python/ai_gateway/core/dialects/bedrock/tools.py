"""Tools and the choice among them.

Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html and, for Claude's
own tools, .../bedrock/latest/userguide/model-parameters-anthropic-claude-messages-tool-use.html.
"""

import re
from dataclasses import dataclass, field

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.bedrock.blocks import cache_point
from ai_gateway.core.dialects.bedrock.conversation import Conversation
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.intents import FunctionTool, ToolChoice, functions, tool_choice
from ai_gateway.core.structured import fitted
from ai_gateway.core.wire import JsonObject, mapping, objects, present, text


@dataclass(slots=True)
class Toolbox:
    """`choice` is None for the model's default. `additional` goes into `additionalModelRequestFields`. `instruction`
    stands in for a choice that the model refuses.
    """

    tools: list[JsonObject] = field(default_factory=list)
    choice: JsonObject | None = None
    additional: JsonObject = field(default_factory=dict)
    instruction: str | None = None
    dropped: list[str] = field(default_factory=list)

    @property
    def forced(self) -> bool:
        return self.choice is not None and "auto" not in self.choice

    @property
    def config(self) -> JsonObject | None:
        return {"tools": self.tools, **present(toolChoice=self.choice)} if self.tools else None

    def narrow(self, names: tuple[str, ...]) -> None:
        self.tools = [tool for tool in self.tools if text(mapping(tool, "toolSpec"), "name") in names]


def toolbox(request: ChatRequest, family: Family, talk: Conversation) -> Toolbox:
    box = Toolbox()
    known = {id(function.tool): function for function in functions(request)}
    for tool in [*objects(request, "tools"), *objects(request, "functions")]:
        function = known.get(id(tool))
        if function is not None:
            _add_function(box, function, family)
        else:
            _add_hosted(box, tool, family)
    _add_search(box, request, family)
    if box.tools:
        _choose(box, request, family, talk)
    if not box.tools and talk.uses_tools:
        box.tools = [tool_spec(name, {"type": "object"}) for name in talk.calls]
    return box


def tool_spec(name: str, schema: JsonObject, description: str | None = None, *, strict: bool = False) -> JsonObject:
    spec: JsonObject = {"name": name, **present(description=description), "inputSchema": {"json": schema}}
    return {"toolSpec": spec | ({"strict": True} if strict else {})}


def _add_function(box: Toolbox, function: FunctionTool, family: Family) -> None:
    schema = function.parameters or {"type": "object", "properties": {}}
    schema = schema if "type" in schema else {"type": "object", **schema}
    strict = function.strict and family.structured and fitted(schema) == schema
    if function.strict and not strict:
        box.dropped.append("tools.strict")
    description = function.description if (function.description or "").strip() else None
    box.tools.append(tool_spec(function.name, schema, description, strict=strict))
    wish = function.tool if "cache_control" in function.tool else mapping(function.tool, "function")
    if family.caches_tools and (point := cache_point(wish, family)):
        box.tools.append(point)


def _add_hosted(box: Toolbox, tool: JsonObject, family: Family) -> None:
    """The API's own spelling goes as it comes, and so do Claude's own tools, whose types end in a date."""
    kind = text(tool, "type")
    hosted = next((what for prefix, what in _HOSTED.items() if kind.startswith(prefix)), "")
    if native := [name for name in ("toolSpec", "systemTool", "cachePoint") if name in tool]:
        box.tools.append({native[0]: tool[native[0]]})
    elif family.claude and _DATED.search(kind):
        box.additional["tools"] = [*objects(box.additional, "tools"), tool]
    elif hosted in family.system_tools:
        box.tools.append({"systemTool": {"name": family.system_tools[hosted]}})
    else:
        box.dropped.append(f"tools.{kind}" if kind else "tools")


def _add_search(box: Toolbox, request: ChatRequest, family: Family) -> None:
    """The web search plugin and OpenAI's `web_search_options`, at models that search."""
    wished = ["plugins"] if any(text(plugin, "id") == "web" for plugin in objects(request, "plugins")) else []
    if "web_search_options" in request:
        wished.append("web_search_options")
    search = family.system_tools.get("search")
    if search is None:
        box.dropped += wished
    elif wished and {"systemTool": {"name": search}} not in box.tools:
        box.tools.append({"systemTool": {"name": search}})


_DATED = re.compile(r"_20\d{6}$")
_HOSTED = {"web_search": "search", "code_interpreter": "code", "code_execution": "code"}


def _choose(box: Toolbox, request: ChatRequest, family: Family, talk: Conversation) -> None:
    wish = tool_choice(request)
    if wish is not None and wish.mode == "none":
        _forbid(box, talk)
        return
    if wish is not None and wish.allowed is not None:
        box.narrow(wish.allowed)
    if wish is not None and box.tools:
        _wish(box, wish, family)
    if request.get("parallel_tool_calls") is False and box.tools:
        _one_at_a_time(box, family)


def _forbid(box: Toolbox, talk: Conversation) -> None:
    """Converse has no choice of none: without tools none is called, but a history with calls needs them declared."""
    if talk.uses_tools:
        box.dropped.append("tool_choice")
    else:
        box.tools = []


def _wish(box: Toolbox, wish: ToolChoice, family: Family) -> None:
    """A model that takes no named tool but must call some is given that one alone."""
    refused = family.claude is not None and not family.claude.forces_tools
    match wish.mode:
        case "function" if "tool" in family.choices and not refused:
            box.choice = {"tool": {"name": wish.name}}
        case "function" if "any" in family.choices and not refused:
            box.narrow((wish.name or "",))
            box.choice = {"any": {}}
        case "required" if "any" in family.choices and not refused:
            box.choice = {"any": {}}
        case "auto":
            box.choice = {"auto": {}} if "auto" in family.choices else None
        case _:
            which = f"the tool {wish.name!r}" if wish.name else "one of the tools"
            box.instruction = f"Answer this request by calling {which}."
            box.dropped.append("tool_choice")


def _one_at_a_time(box: Toolbox, family: Family) -> None:
    """Claude takes this beside Converse's own fields, but not with a choice that they state."""
    if family.claude and family.structured and not box.forced:
        box.choice = None
        box.additional["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
    else:
        box.dropped.append("parallel_tool_calls")
