"""What Converse has beyond OpenAI: fields that go as they come, metadata, service tiers and Claude's betas.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
"""

import re

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, text, texts

NATIVE = {
    "guardrail_config": "guardrailConfig",
    "performance_config": "performanceConfig",
    "prompt_variables": "promptVariables",
    "request_metadata": "requestMetadata",
    "additional_model_response_field_paths": "additionalModelResponseFieldPaths",
}
"""By OpenAI's way of spelling; Converse's own is read as well."""

ADDITIONAL = ("additional_model_request_fields", "additionalModelRequestFields")
BETAS = ("betas", "anthropic_beta")
SPELLINGS = frozenset((*NATIVE, *NATIVE.values(), *ADDITIONAL, *BETAS, "serviceTier"))


def native_fields(request: Json) -> JsonObject:
    fields = {native: request[name] for name, native in NATIVE.items() if name in request}
    fields |= {native: request[native] for native in NATIVE.values() if native in request}
    tier = text(request, "service_tier")
    if "serviceTier" in request:
        fields["serviceTier"] = request["serviceTier"]
    elif tier in _TIERS:
        fields["serviceTier"] = {"type": tier}
    return fields


def tier_lost(request: ChatRequest) -> bool:
    return text(request, "service_tier") not in ("", "auto", "default", "standard", *_TIERS)


def metadata(request: ChatRequest) -> tuple[JsonObject | None, bool]:
    """`requestMetadata`, by which invocation logs can be filtered, and whether some of the metadata does not fit it."""
    given = mapping(request, "metadata")
    fit = {
        key: value
        for key, value in given.items()
        if _METADATA.fullmatch(key) and key and isinstance(value, str) and _METADATA.fullmatch(value)
    }
    kept: JsonObject = dict(list(fit.items())[:_MOST_METADATA])
    return kept or None, len(kept) < len(given)


def additional_fields(request: Json) -> JsonObject:
    """The caller's own, which win over what follows from other fields."""
    return {key: value for name in ADDITIONAL for key, value in mapping(request, name).items()}


def betas(request: Json, hosted: list[JsonObject], family: Family) -> list[str]:
    """Claude's: the caller's own, then those that its hosted tools need, each once."""
    if family.claude is None:
        return []
    given = request.get("anthropic_beta")
    named = given.split(",") if isinstance(given, str) else texts(request, "anthropic_beta")
    needed = [_TOOL_BETAS[kind] for tool in hosted if (kind := text(tool, "type")) in _TOOL_BETAS]
    return list(dict.fromkeys(name for name in [*texts(request, "betas"), *map(str.strip, named), *needed] if name))


def hosted_tools(additional: Json) -> list[JsonObject]:
    return objects(additional, "tools")


_TIERS = ("priority", "flex", "reserved")
_MOST_METADATA = 16
_METADATA = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}")
_TOOL_BETAS = {
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
}
