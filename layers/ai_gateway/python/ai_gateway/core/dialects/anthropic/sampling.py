"""Sampling settings, in Anthropic's ranges and with what does not go together taken apart."""

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.anthropic.families import Family
from ai_gateway.core.wire import JsonObject

LEAST_TOP_P = 0.95
"""What thinking leaves of top_p. Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking."""


def sampling(request: ChatRequest, family: Family, *, thinking: bool) -> tuple[JsonObject, list[str]]:
    """The fields, and the names of those that had to change or go; a temperature or top_p of 1 is no loss."""
    fields: JsonObject = {name: request[name] for name in ("temperature", "top_p", "top_k") if name in request}
    if family.sampling == "none":
        return {}, [name for name, value in fields.items() if name == "top_k" or value != 1]
    changed = _while_thinking(fields) if thinking else []
    if family.sampling == "one" and "temperature" in fields and "top_p" in fields:
        changed += _without(fields, "top_p")
    if _number(fields.get("temperature")) > 1:
        fields["temperature"] = 1
        changed.append("temperature")
    return fields, changed


def _while_thinking(fields: JsonObject) -> list[str]:
    changed = _without(fields, "temperature") + _without(fields, "top_k")
    return changed if _number(fields.get("top_p")) >= LEAST_TOP_P else changed + _without(fields, "top_p")


def _without(fields: JsonObject, name: str) -> list[str]:
    if name not in fields:
        return []
    value = fields.pop(name)
    return [] if value == 1 and name != "top_k" else [name]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
