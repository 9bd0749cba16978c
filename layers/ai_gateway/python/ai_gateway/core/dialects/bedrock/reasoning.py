"""What the caller wishes of the model's reasoning, as each family is told it, and what gives way to it.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html and
https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html; models with open weights take OpenAI's
`reasoning_effort`.
"""

from dataclasses import dataclass, field

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.claude import thinking
from ai_gateway.core.claude.families import Family as Generation
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.intents import Effort, Reasoning, max_output, reasoning
from ai_gateway.core.wire import JsonObject, integer, mapping, text

WISHES = thinking.WISHES

LEAST_DEFAULT_LIMIT = 4_096
"""What every model of Claude may answer with when the caller states no limit; a larger budget needs one stated."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`fields` go into `additionalModelRequestFields`. `limit` is `maxTokens`. `exclusive` says that the model refuses
    a limit and sampling settings beside it. `budgeted` reasoning refuses a forced tool.
    """

    limit: int | None
    fields: JsonObject = field(default_factory=dict)
    active: bool = False
    budgeted: bool = False
    exclusive: bool = False
    dropped: tuple[str, ...] = ()


def plan(request: ChatRequest, family: Family, endpoint: Endpoint, *, unbudgeted: bool) -> Plan:
    """`unbudgeted` says that Claude would refuse a budget here: a tool call is demanded, or the last assistant turn
    calls tools without the reasoning that led to them.
    """
    wish = reasoning(request)
    limit = max_output(request)
    if family.claude is not None:
        return _claude(request, family.claude, endpoint, unbudgeted=unbudgeted)
    if wish.refused:
        return _refused(request, family, limit)
    if not wish.asked:
        return Plan(limit)
    match family.reasoning:
        case "nova":
            effort = thinking.nearest(_effort(wish, "medium"), family.efforts)
            config = {"type": "enabled", "maxReasoningEffort": effort}
            return Plan(limit, {"reasoningConfig": config}, active=True, exclusive=effort == "high")
        case "effort":
            effort = thinking.nearest(_effort(wish, "high"), family.efforts)
            return Plan(limit, {"reasoning_effort": effort}, active=True)
    return Plan(limit, dropped=_named(request))


def _claude(request: ChatRequest, generation: Generation, endpoint: Endpoint, *, unbudgeted: bool) -> Plan:
    limit = max_output(request)
    most = generation.default_output
    wish = thinking.plan(
        request,
        generation,
        min(most, endpoint.max_output or most) if limit is None else limit,
        unbudgeted=unbudgeted,
    )
    fields: JsonObject = {} if wish.thinking is None else {"thinking": wish.thinking}
    own = mapping(request, "output_config")
    if wish.effort is not None or own:
        fields["output_config"] = ({} if wish.effort is None else {"effort": wish.effort}) | own
    if limit is not None or integer(wish.thinking or {}, "budget_tokens") >= LEAST_DEFAULT_LIMIT:
        limit = wish.max_tokens
    return Plan(limit, fields, active=wish.active, budgeted=wish.budgeted, dropped=wish.dropped)


def _refused(request: ChatRequest, family: Family, limit: int | None) -> Plan:
    """Models that reason only when told to need no word; one that cannot stop is asked for its least effort."""
    if "none" in family.efforts:
        return Plan(limit, {"reasoning_effort": "none"})
    if family.refusable:
        return Plan(limit)
    fields: JsonObject = {"reasoning_effort": family.efforts[0]} if family.efforts else {}
    return Plan(limit, fields, dropped=_named(request))


def _effort(wish: Reasoning, usual: Effort) -> Effort:
    """The wished level, or the one that a budget of tokens comes to."""
    if wish.effort is not None or wish.budget is None:
        return wish.effort or usual
    return "low" if wish.budget <= 2_048 else "medium" if wish.budget <= 8_192 else "high"


def _named(request: ChatRequest) -> tuple[str, ...]:
    return tuple(wish for wish in WISHES if wish in request)


def verbosity_lost(request: ChatRequest, family: Family) -> bool:
    """Only Claude has a setting for how much to say."""
    return family.claude is None and text(request, "verbosity") not in ("", "medium")
