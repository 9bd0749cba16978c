"""The shape of the answer: natively where the model takes a schema, by a forced tool where not, else in words.

Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
"""

import re

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.anthropic.families import Family
from ai_gateway.core.dialects.anthropic.schema import fitted
from ai_gateway.core.dialects.anthropic.tools import Toolbox
from ai_gateway.core.intents import OutputShape, functions, output_shape
from ai_gateway.core.wire import JsonObject, dumps_text, text


def answer_tool(request: ChatRequest) -> str | None:
    """The name of the tool whose input is the answer, where there is one; it is never one of the caller's tools."""
    shape = output_shape(request)
    if shape is None or shape.schema is None:
        return None
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", shape.name)[:64]
    taken = {function.name for function in functions(request)}
    while name in taken:
        name += "_answer"
    return name


def shape_output(
    request: ChatRequest, family: Family, box: Toolbox, *, native: bool, forcible: bool
) -> tuple[JsonObject | None, str | None]:
    """What goes into `output_config.format` and what is added to the system text; may add a tool to the box.

    `native` says that the endpoint takes schemas, and `forcible` that nothing forbids to force a tool.
    """
    shape = output_shape(request)
    if shape is None:
        return None, None
    if shape.schema is None:
        return None, _ANY_JSON
    if native and (fit := fitted(shape.schema)) is not None:
        return {"type": "json_schema", "schema": fit}, None
    if box.forced:
        return None, None
    if forcible and family.forces_tools and shape.schema.get("type", "object") == "object":
        _add_answer_tool(box, shape, answer_tool(request) or shape.name)
        return None, None
    return None, _SCHEMA + dumps_text(shape.schema)


def _add_answer_tool(box: Toolbox, shape: OutputShape, name: str) -> None:
    """Beside tools that the model may call it is one among them, and one must be called."""
    free = bool(box.tools) and (box.choice is None or text(box.choice, "type") == "auto")
    box.tools.append(
        {
            "name": name,
            "description": shape.description or "Gives the answer to the user. Call it once the answer is known.",
            "input_schema": {"type": "object", **(shape.schema or {})},
        }
    )
    choice: JsonObject = {"type": "any"} if free else {"type": "tool", "name": name}
    if box.choice is not None and box.choice.get("disable_parallel_tool_use") is True:
        choice["disable_parallel_tool_use"] = True
    box.choice = choice


_ANY_JSON = "Answer with one JSON object and nothing else: no words around it, no code fence."
_SCHEMA = "Answer with JSON that conforms to this JSON Schema and nothing else: no words around it, no code fence.\n"
