"""What a request asks for beside its messages: tools, tool choice, reasoning, output shape, limits.

OpenAI has older and newer spellings for the same wish, and callers use those of other providers too.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.wire import JsonObject, flag, integer, mapping, objects, text

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """`parameters` is a JSON Schema, or None when the caller gave none. `tool` is the original."""

    name: str
    description: str | None
    parameters: JsonObject | None
    strict: bool
    tool: JsonObject


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`mode` is "auto", "none", "required" (some tool) or "function" (the one in `name`)."""

    mode: Literal["auto", "none", "required", "function"]
    name: str | None = None
    allowed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What the caller wishes of the model's reasoning. `effort` and `budget` (tokens) may both be unset."""

    effort: Effort | None = None
    budget: int | None = None
    enabled: bool | None = None
    visible: bool = True

    @property
    def asked(self) -> bool:
        return (
            self.enabled is not False
            and self.effort != "none"
            and (self.enabled is True or self.effort is not None or self.budget is not None)
        )

    @property
    def refused(self) -> bool:
        return self.enabled is False or self.effort == "none" or self.budget == 0


@dataclass(frozen=True, slots=True)
class OutputShape:
    """`schema` is None for JSON of any shape."""

    name: str
    schema: JsonObject | None
    strict: bool
    description: str | None = None


def functions(request: ChatRequest) -> list[FunctionTool]:
    """The function tools of `tools`, or of the older `functions`; other kinds of tools are not among them."""
    found = [
        (mapping(tool, "function"), tool) for tool in objects(request, "tools") if text(tool, "type") == "function"
    ]
    found += [(function, function) for function in objects(request, "functions")]
    return [
        FunctionTool(
            name=text(function, "name"),
            description=text(function, "description") or None,
            parameters=mapping(function, "parameters") or None,
            strict=flag(function, "strict"),
            tool=tool,
        )
        for function, tool in found
    ]


def other_tools(request: ChatRequest) -> list[JsonObject]:
    """Tools that are not functions: the provider's own (web search, code execution), in whatever shape they came."""
    return [tool for tool in objects(request, "tools") if text(tool, "type") != "function"]


def tool_choice(request: ChatRequest) -> ToolChoice | None:
    """None when the caller left it to the provider. Anthropic's spelling, `{"type": "any"}`, is read too."""
    choice = request.get("tool_choice", request.get("function_call"))
    if isinstance(choice, str):
        return _mode(choice)
    if not isinstance(choice, dict):
        return None
    if text(choice, "type") == "allowed_tools":
        allowed = mapping(choice, "allowed_tools") or choice
        names = tuple(
            text(mapping(tool, "function"), "name") or text(tool, "name") for tool in objects(allowed, "tools")
        )
        return ToolChoice("required" if text(allowed, "mode") == "required" else "auto", allowed=names)
    name = text(mapping(choice, "function"), "name") or text(choice, "name")
    return ToolChoice("function", name) if name else _mode(text(choice, "type"))


def _mode(word: str) -> ToolChoice | None:
    match word:
        case "auto" | "none" | "required":
            return ToolChoice(word)
        case "any":
            return ToolChoice("required")
    return None


def reasoning(request: ChatRequest) -> Reasoning:
    """Reads `reasoning_effort`, `reasoning` {effort, max_tokens, enabled, exclude}, `reasoning_options` {budget_tokens,
    thinking_level}, `thinking` {type, budget_tokens}, `disable_reasoning` and `include_reasoning`.
    """
    wish = mapping(request, "reasoning")
    options = mapping(request, "reasoning_options")
    thinking = mapping(request, "thinking")
    kind = text(thinking, "type")
    effort = text(request, "reasoning_effort") or text(wish, "effort") or text(options, "thinking_level")
    budget = integer(options, "budget_tokens", -1)
    if budget < 0:
        budget = integer(thinking, "budget_tokens", integer(wish, "max_tokens", -1))
    enabled: bool | None = None
    if kind == "disabled" or flag(request, "disable_reasoning") or wish.get("enabled") is False:
        enabled = False
    elif kind in ("enabled", "adaptive") or flag(wish, "enabled"):
        enabled = True
    return Reasoning(
        effort=next((known for known in EFFORTS if known == effort.lower()), None),
        budget=budget if budget >= 0 else None,
        enabled=enabled,
        visible=not flag(wish, "exclude") and request.get("include_reasoning") is not False,
    )


def output_shape(request: ChatRequest) -> OutputShape | None:
    """None for text."""
    wish = mapping(request, "response_format")
    match text(wish, "type"):
        case "json_object":
            return OutputShape("json_object", None, strict=False)
        case "json_schema":
            schema = mapping(wish, "json_schema")
            return OutputShape(
                text(schema, "name", "response"),
                mapping(schema, "schema") or None,
                flag(schema, "strict"),
                text(schema, "description") or None,
            )
    return None


def max_output(request: ChatRequest) -> int | None:
    """Tokens the caller allows for the answer."""
    limit = request.get("max_completion_tokens", request.get("max_tokens"))
    return limit if isinstance(limit, int) else None


def stops(request: ChatRequest) -> list[str]:
    stop = request.get("stop")
    if isinstance(stop, str):
        return [stop]
    return [item for item in stop if isinstance(item, str)] if isinstance(stop, list) else []


def online(request: ChatRequest) -> ChatRequest:
    """The request with the web search plugin, as `model:online` asks for; a plugin of the caller's own stays."""
    plugins = request.get("plugins") or []
    if any(text(plugin, "id") == "web" for plugin in plugins):
        return request
    return {**request, "plugins": [*plugins, {"id": "web"}]}
