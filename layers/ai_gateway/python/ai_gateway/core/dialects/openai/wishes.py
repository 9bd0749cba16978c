"""How much reasoning the caller wants, in the provider's spelling.

Only a spelling that the provider is known to refuse is translated; its own goes through as it came.
"""

from ai_gateway.core.catalog.accents import Accent
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.intents import Reasoning, reasoning
from ai_gateway.core.wire import JsonObject, present

_FOREIGN = {
    "effort": ("reasoning", "thinking", "reasoning_options", "disable_reasoning", "include_reasoning"),
    "object": ("thinking", "reasoning_options", "disable_reasoning"),
    "thinking": ("reasoning", "reasoning_options", "disable_reasoning", "include_reasoning"),
}
# Where a budget of tokens ends being one effort and is the next; the gateway's own bounds, as no provider states any.
_BUDGETS = ((0, "none"), (2_048, "low"), (16_384, "medium"))


def spell_reasoning(body: JsonObject, accent: Accent) -> list[str]:
    """Rewrites `body`; answers the names of parameters whose wish the provider has no word for."""
    if accent.wish == "as_given":
        return []
    foreign = [name for name in _FOREIGN[accent.wish] if name in body and name not in accent.own_wishes]
    if not foreign:
        return []
    request: ChatRequest = {}
    request.update(body)  # type: ignore[typeddict-item]
    wish = reasoning(request)
    for name in foreign:
        del body[name]
    match accent.wish:
        case "effort":
            spelled = present(reasoning_effort=_effort(wish))
        case "object":
            spelled = {"reasoning": _object(wish)} if _object(wish) else {}
        case "thinking":
            spelled = present(thinking=_thinking(wish), reasoning_effort=wish.effort)
    for name, value in spelled.items():
        body.setdefault(name, value)
    return [] if spelled else foreign


def _effort(wish: Reasoning) -> str | None:
    if wish.effort is not None:
        return wish.effort
    if wish.refused:
        return "none"
    if wish.budget is not None:
        return next((effort for most, effort in _BUDGETS if wish.budget <= most), "high")
    return None


def _object(wish: Reasoning) -> JsonObject:
    return present(
        effort=wish.effort, max_tokens=wish.budget, enabled=wish.enabled, exclude=None if wish.visible else True
    )


def _thinking(wish: Reasoning) -> JsonObject | None:
    if wish.refused:
        return {"type": "disabled"}
    return {"type": "enabled"} if wish.asked else None
