"""The shape of the answer: natively where the model takes a schema, by a forced tool where not, else in words.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html.
"""

import re

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.dialects.bedrock.tools import Toolbox, tool_spec
from ai_gateway.core.intents import OutputShape, functions, output_shape
from ai_gateway.core.structured import fitted
from ai_gateway.core.wire import JsonObject, dumps_text, present


def answer_tool(request: ChatRequest) -> str | None:
    """The name of the tool whose input is the answer, where there is one; it is never one of the caller's tools."""
    shape = output_shape(request)
    if shape is None or shape.schema is None:
        return None
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", shape.name)[:50] or "response"
    taken = {function.name for function in functions(request)}
    while name in taken:
        name += "_answer"
    return name


def shape_output(
    request: ChatRequest, family: Family, box: Toolbox, *, forcible: bool
) -> tuple[JsonObject | None, str | None]:
    """What goes into `outputConfig` and what is added to the system text; may add a tool to the box.

    `forcible` says that nothing forbids to force a tool.
    """
    shape = output_shape(request)
    if shape is None:
        return None, None
    if shape.schema is None:
        return None, _ANY_JSON
    if family.structured and (fit := fitted(shape.schema)) is not None:
        return _text_format(shape, fit), None
    if box.forced:
        return None, None
    name = answer_tool(request)
    of_objects = shape.schema.get("type", "object") == "object"
    if forcible and of_objects and name and _add_answer_tool(box, shape, name, family):
        return None, None
    return None, _SCHEMA + dumps_text(shape.schema)


def _text_format(shape: OutputShape, schema: JsonObject) -> JsonObject:
    definition = present(name=shape.name, description=shape.description, schema=dumps_text(schema))
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}


def _add_answer_tool(box: Toolbox, shape: OutputShape, name: str, family: Family) -> bool:
    """Beside tools that the model may call it is one among them, and one must be called; False where none can be."""
    choice: JsonObject
    if box.tools and "any" in family.choices:
        choice = {"any": {}}
    elif not box.tools and "tool" in family.choices:
        choice = {"tool": {"name": name}}
    elif not box.tools and "any" in family.choices:
        choice = {"any": {}}
    else:
        return False
    description = shape.description or "Gives the answer to the user. Call it once the answer is known."
    box.tools.append(tool_spec(name, {"type": "object", **(shape.schema or {})}, description))
    box.choice = choice
    return True


_ANY_JSON = "Answer with one JSON object and nothing else: no words around it, no code fence."
_SCHEMA = "Answer with JSON that conforms to this JSON Schema and nothing else: no words around it, no code fence.\n"
