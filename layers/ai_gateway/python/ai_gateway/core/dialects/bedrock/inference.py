"""Limits and sampling settings, in Converse's ranges and with what does not go together taken apart.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html.
"""

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.claude.sampling import sampling
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.dialects.bedrock.reasoning import Plan
from ai_gateway.core.intents import stops
from ai_gateway.core.wire import JsonObject, present


def inference(request: ChatRequest, family: Family, plan: Plan) -> tuple[JsonObject, JsonObject, list[str]]:
    """`inferenceConfig`, what goes into `additionalModelRequestFields`, and the names of what had to change or go."""
    settings, changed = _sampling(request, family, plan)
    sequences, lost = _stops(request, family)
    limit = plan.limit
    if plan.exclusive and limit is not None:
        limit = None
        changed.append("max_completion_tokens" if "max_completion_tokens" in request else "max_tokens")
    config = present(
        maxTokens=limit,
        temperature=settings.get("temperature"),
        topP=settings.get("top_p"),
        stopSequences=sequences or None,
    )
    additional: JsonObject = {}
    if "top_k" in settings:
        additional = _nested(family.top_k, settings["top_k"])
    return config, additional, changed + lost


def _sampling(request: ChatRequest, family: Family, plan: Plan) -> tuple[JsonObject, list[str]]:
    if family.claude is not None:
        return sampling(request, family.claude, thinking=plan.active)
    settings = present(**{name: request.get(name) for name in ("temperature", "top_p", "top_k")})
    if plan.exclusive:
        return {}, list(settings)
    changed = []
    if "top_k" in settings and not family.top_k:
        del settings["top_k"]
        changed.append("top_k")
    temperature = settings.get("temperature")
    if isinstance(temperature, int | float) and temperature > 1:
        settings["temperature"] = 1
        changed.append("temperature")
    return settings, changed


def _stops(request: ChatRequest, family: Family) -> tuple[list[str], list[str]]:
    """Claude refuses white space alone as a stop sequence, Converse the empty string."""
    wished = stops(request)
    if not family.stops:
        return [], ["stop"] if wished else []
    kept = [stop for stop in wished if (stop.strip() if family.claude else stop)]
    return kept, [] if kept == wished else ["stop"]


def _nested(path: tuple[str, ...], value: object) -> JsonObject:
    for name in reversed(path):
        value = {name: value}
    return value if isinstance(value, dict) else {}
