"""What goes to Cohere: the caller's wishes under its names."""

from typing import cast

from ai_gateway.core import intents
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.dialects.cohere.messages import sent_messages
from ai_gateway.core.intents import FunctionTool, OutputShape, Reasoning, ToolChoice
from ai_gateway.core.wire import Json, JsonObject, dumps, present

# Cohere's own parameters and those it calls as OpenAI does.
_NATIVE = (
    "temperature",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "logprobs",
    "documents",
    "citation_options",
    "safety_mode",
    "strict_tools",
    "priority",
    "k",
    "p",
)
_TRANSLATED = frozenset(
    (
        *("model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "top_p", "top_k"),
        *("stop", "stop_sequences", "tools", "tool_choice", "functions", "function_call", "response_format"),
        *("thinking", "reasoning", "reasoning_effort", "reasoning_options", "disable_reasoning", "include_reasoning"),
    )
)
# What changes nothing in the answer, so that leaving it out is nothing to report.
_HARMLESS = frozenset(
    (
        *("helicone", "prompt_id", "version_id", "environment", "inputs", "cache_control", "prompt_cache_key"),
        *("user", "metadata", "store", "safety_identifier"),
    )
)


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Raises InvalidRequest for media that Cohere cannot be shown."""
    source = cast("Json", request)
    choice = intents.tool_choice(request)
    tools = _offered(intents.functions(request), choice)
    body: JsonObject = {
        "model": endpoint.model_id,
        "messages": sent_messages(request.get("messages") or []),
        "stream": request.get("stream") is True,
        **{name: source[name] for name in _NATIVE if name in source},
        **present(
            max_tokens=intents.max_output(request),
            p=source.get("top_p"),
            k=source.get("top_k"),
            stop_sequences=intents.stops(request) or source.get("stop_sequences"),
            tools=[_tool(tool) for tool in tools] or None,
            strict_tools=True if tools and all(tool.strict for tool in tools) else None,
            tool_choice=_choice(choice) if tools else None,
            response_format=_response_format(intents.output_shape(request)),
            thinking=_thinking(source, intents.reasoning(request)),
        ),
    }
    return UpstreamRequest(path="/v2/chat", body=dumps(body), dropped=_dropped(request))


def _offered(tools: list[FunctionTool], choice: ToolChoice | None) -> list[FunctionTool]:
    """Cohere cannot be told which tool to call: offering no other comes to the same."""
    if choice is None:
        return tools
    allowed = (choice.name,) if choice.mode == "function" else choice.allowed
    return tools if allowed is None else [tool for tool in tools if tool.name in allowed]


def _tool(tool: FunctionTool) -> JsonObject:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    return {
        "type": "function",
        "function": present(name=tool.name, description=tool.description, parameters=parameters),
    }


def _choice(choice: ToolChoice | None) -> str | None:
    match choice.mode if choice else "auto":
        case "required" | "function":
            return "REQUIRED"
        case "none":
            return "NONE"
    return None


def _response_format(shape: OutputShape | None) -> JsonObject | None:
    return None if shape is None else {"type": "json_object"} | present(json_schema=shape.schema)


def _thinking(source: Json, wish: Reasoning) -> object:
    """Models that can think do so unless told not to; how hard is only a budget of tokens."""
    if wish.refused:
        return {"type": "disabled"}
    own = source.get("thinking")
    if isinstance(own, dict) and "token_budget" in own:
        return own
    return {"type": "enabled"} | present(token_budget=wish.budget) if wish.asked else None


def _dropped(request: ChatRequest) -> tuple[str, ...]:
    foreign = request.keys() - _TRANSLATED - _HARMLESS - frozenset(_NATIVE)
    if request.get("n") == 1:
        foreign -= {"n"}
    if request.get("parallel_tool_calls") is True:
        foreign -= {"parallel_tool_calls"}
    dropped = list(foreign)
    if intents.other_tools(request):
        dropped.append("tools")
    return tuple(sorted(dropped))
