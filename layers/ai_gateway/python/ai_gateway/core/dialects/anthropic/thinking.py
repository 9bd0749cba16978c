"""What the caller wishes of the model's reasoning, as `thinking` and `output_config.effort`, and what gives way to it.

Sources: https://platform.claude.com/docs/en/build-with-claude/thinking, .../extended-thinking and .../effort.
"""

from dataclasses import dataclass

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.anthropic.families import Family
from ai_gateway.core.intents import EFFORTS, Effort, Reasoning, reasoning
from ai_gateway.core.wire import JsonObject, mapping, present, text, without

WISHES = ("reasoning_effort", "reasoning", "reasoning_options", "thinking", "include_reasoning", "disable_reasoning")
LEAST_BUDGET = 1_024
MOST_BUDGET = 32_000


@dataclass(frozen=True, slots=True)
class Plan:
    """`thinking` and `effort` go onto the wire; `max_tokens` has room for the budget. `dropped` names the wishes that
    the model cannot fulfil.
    """

    thinking: JsonObject | None
    effort: str | None
    max_tokens: int
    dropped: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        return self.thinking is not None and text(self.thinking, "type") in ("enabled", "adaptive")

    @property
    def budgeted(self) -> bool:
        return self.thinking is not None and text(self.thinking, "type") == "enabled"


def plan(request: ChatRequest, family: Family, limit: int, *, unbudgeted: bool) -> Plan:
    """`limit` is what the answer may have in tokens.

    `unbudgeted` says that the API would refuse a budget of thinking here: a tool call is demanded, or the last
    assistant turn calls tools without the thinking that led to them.
    """
    wish = reasoning(request)
    effort, lost = _effort(request, wish, family)
    given = text(mapping(request, "thinking"), "type")
    if wish.refused or given == "between_tools":
        return _off(request, family, limit, effort, lost)
    if not wish.asked:
        return Plan(None, effort, limit, lost)
    if family.thinking == "none" or (family.thinking == "budget" and unbudgeted):
        return Plan(None, None, limit, _named(request) + lost)
    chosen = family.thinking == "either" and wish.budget is not None and given != "adaptive" and not unbudgeted
    if family.thinking == "budget" or chosen:
        return _budgeted(request, wish, family, limit, lost)
    if wish.budget is not None:
        lost += (_budget_name(request),)
    return Plan(_adaptive(request, wish, family), effort, limit, lost)


def nearest(wished: Effort, efforts: tuple[Effort, ...]) -> Effort:
    """The level of that name, or the next one down; the lowest where there is none below."""
    below = [level for level in efforts if EFFORTS.index(level) <= EFFORTS.index(wished)]
    return below[-1] if below else efforts[0]


def _effort(request: ChatRequest, wish: Reasoning, family: Family) -> tuple[str | None, tuple[str, ...]]:
    """The caller's `output_config.effort` as it is, else the wished effort, else `verbosity`, as at OpenRouter."""
    if native := text(mapping(request, "output_config"), "effort"):
        return native, ()
    verbosity = text(request, "verbosity")
    if not family.efforts:
        return None, ("verbosity",) if verbosity not in ("", "medium") else ()
    spoken = verbosity if wish.effort in (None, "none") or family.thinking == "budget" else wish.effort
    wished = next((level for level in EFFORTS if level == spoken), None)
    return (None if wished is None else nearest(wished, family.efforts)), ()


def _off(request: ChatRequest, family: Family, limit: int, effort: str | None, lost: tuple[str, ...]) -> Plan:
    """A model that cannot stop thinking is asked for its least effort."""
    match family.off:
        case "never":
            return Plan(None, effort or "low", limit, _named(request) + lost)
        case "omit":
            native = text(mapping(request, "thinking"), "type") == "disabled" and family.thinking != "none"
            return Plan({"type": "disabled"} if native else None, effort, limit, lost)
        case "disabled" | "between_tools":
            return Plan({"type": family.off}, effort, limit, lost)


def _adaptive(request: ChatRequest, wish: Reasoning, family: Family) -> JsonObject:
    """Models that think adaptively only leave the text of their thinking out unless it is asked for."""
    given = mapping(request, "thinking")
    if given:
        return {"type": "adaptive", **without(given, ("type", "budget_tokens"))}
    display = None
    if family.thinking == "adaptive":
        display = "summarized" if wish.visible else "omitted"
    return {"type": "adaptive", **present(display=display)}


def _budgeted(request: ChatRequest, wish: Reasoning, family: Family, limit: int, lost: tuple[str, ...]) -> Plan:
    """The budget is part of `max_tokens` and must be smaller."""
    if wish.budget is None:
        budget = max(LEAST_BUDGET, min(int(limit * _SHARES[wish.effort or "medium"]), MOST_BUDGET))
    else:
        budget = max(LEAST_BUDGET, wish.budget)
    if budget >= limit:
        limit += budget
        if family.max_output is not None and limit > family.max_output:
            limit = family.max_output
            budget = min(budget, limit - LEAST_BUDGET)
    given = without(mapping(request, "thinking"), ("type", "budget_tokens"))
    effort, _ = _effort(request, Reasoning(), family)
    return Plan({"type": "enabled", "budget_tokens": budget, **given}, effort, limit, lost)


def _named(request: ChatRequest) -> tuple[str, ...]:
    return tuple(wish for wish in WISHES if wish in request)


def _budget_name(request: ChatRequest) -> str:
    if "budget_tokens" in mapping(request, "reasoning_options"):
        return "reasoning_options.budget_tokens"
    return "thinking.budget_tokens" if "budget_tokens" in mapping(request, "thinking") else "reasoning.max_tokens"


_SHARES: dict[Effort, float] = {
    "none": 0.0,
    "minimal": 0.1,
    "low": 0.2,
    "medium": 0.5,
    "high": 0.8,
    "xhigh": 0.95,
    "max": 0.95,
}
"""How much of `max_tokens` an effort may think away."""
