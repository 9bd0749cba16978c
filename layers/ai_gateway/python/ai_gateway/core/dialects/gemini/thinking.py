"""What the caller wishes of the model's reasoning, as Google's `thinkingConfig`."""

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.gemini.families import LEVELS, Budget, Family, Level
from ai_gateway.core.intents import Effort, Reasoning, reasoning
from ai_gateway.core.wire import JsonObject, present

WISHES = ("reasoning_effort", "reasoning", "reasoning_options", "thinking")


def thinking_config(request: ChatRequest, family: Family) -> JsonObject:
    """Empty when the caller wished nothing, or when the model does not think."""
    wish = reasoning(request)
    if family.thinking is None:
        return {}
    if wish.refused:
        return _least(family.thinking)
    if not wish.asked:
        return {"includeThoughts": True} if request.get("include_reasoning") is True else {}
    return _amount(wish, family.thinking) | present(includeThoughts=True if wish.visible else None)


def unheard(request: ChatRequest, family: Family) -> tuple[str, ...]:
    """The wishes that a model which does not think cannot fulfil; to be told not to think is no loss to it."""
    if family.thinking is not None or not reasoning(request).asked:
        return ()
    return tuple(wish for wish in WISHES if wish in request)


def _least(thinking: Budget | tuple[Level, ...]) -> JsonObject:
    if isinstance(thinking, Budget):
        return {"thinkingBudget": 0 if thinking.refusable else thinking.least}
    return {"thinkingLevel": thinking[0]}


def _amount(wish: Reasoning, thinking: Budget | tuple[Level, ...]) -> JsonObject:
    """Budgets in tokens for 2.5, levels from 3 on, where a budget is still taken, but not beside a level."""
    if isinstance(thinking, Budget):
        return _budget(wish, thinking)
    if wish.effort is not None:
        return {"thinkingLevel": _level(wish.effort, thinking)}
    return present(thinkingBudget=wish.budget)


def _budget(wish: Reasoning, thinking: Budget) -> JsonObject:
    if wish.budget is not None:
        return {"thinkingBudget": min(max(wish.budget, thinking.least), thinking.most)}
    if wish.effort is not None:
        return {"thinkingBudget": min(max(_TOKENS[wish.effort], thinking.least), thinking.most)}
    return {"thinkingBudget": -1} if thinking.sleeps else {}


def _level(effort: Effort, levels: tuple[Level, ...]) -> Level:
    """The level of that name; where the model lacks it, the next one up."""
    wished = LEVELS.index(_LEVEL[effort])
    return next((level for level in levels if LEVELS.index(level) >= wished), levels[-1])


_LEVEL: dict[Effort, Level] = {
    "none": "MINIMAL",
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "HIGH",
    "max": "HIGH",
}

# Source: https://ai.google.dev/gemini-api/docs/openai#thinking; the highest two are the model's own limit.
_TOKENS: dict[Effort, int] = {
    "none": 0,
    "minimal": 1_024,
    "low": 1_024,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 1_000_000,
    "max": 1_000_000,
}
