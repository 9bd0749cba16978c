"""The state of one group of a rule, and how it goes on: ok -> pending -> firing -> resolved.

What is so and what people believe are kept apart: `status` follows the readings, `told` says whether the last that
people heard is that it fires. A notice is owed whenever the two differ; quiet hours and snoozes only hold it back. So
every transition is told once, and what came and went while nobody wanted to hear is in the history alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.wire import JsonObject

Status: TypeAlias = Literal["ok", "pending", "firing", "resolved"]
Telling: TypeAlias = Literal["firing", "resolved", "reminder"]


@dataclass(frozen=True, slots=True)
class AlertState:
    """Times are Unix seconds. `since` is when the status began, `clear_since` when a firing rule was last found to be
    over, `incident` when the one that people know of (or the present one) began. `version` counts what was written.
    """

    status: Status = "ok"
    since: float = 0.0
    clear_since: float | None = None
    value: Number | None = None
    told: bool = False
    told_at: float = 0.0
    incident: float = 0.0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Where a state has gone. `transition` is set when it began or ceased to fire, `notice` when people are to be told.
    `held` is why they are not told of what they do not know.
    """

    state: AlertState
    transition: Literal["firing", "resolved"] | None = None
    notice: Telling | None = None
    held: str | None = None


def advance(
    rule: Rule, state: AlertState, *, broken: bool, value: Number | None, now: float, held: str | None = None
) -> Step:
    """One evaluation. `held` is why notices are held back, if they are. Nothing but a status, what people know or when
    it became clear makes a state differ: its value is that of the time when it last did.
    """
    moved = _moved(rule, state, broken=broken, now=now)
    if moved is not state:
        moved = replace(moved, value=value)
    transition = _transition(state, moved)
    notice = _owed(rule, moved, now)
    if notice is None or held is not None:
        return Step(moved, transition, None, held if notice else None)
    told = replace(moved, told=notice != "resolved", told_at=now, value=value)
    return Step(told, transition, notice)


def close(state: AlertState, *, now: float) -> Step:
    """The end of a state whose rule is no more: who was told that it fires is told that it does not."""
    if state.status != "firing" and not state.told:
        return Step(state)
    ended = replace(state, status="resolved", since=now, clear_since=None, told=False, told_at=now)
    return Step(ended, _transition(state, ended), "resolved" if state.told else None)


def state_fields(state: AlertState) -> JsonObject:
    """Whole numbers of the value are written as text: large amounts in pico-dollars exceed what JSON readers take."""
    value = str(state.value) if isinstance(state.value, int) else state.value
    return {**asdict(state), "value": value}


def read_state(fields: Mapping[str, object]) -> AlertState:
    value = fields.get("value")
    known = {**fields, "value": int(value) if isinstance(value, str) else value}
    return AlertState(**known)  # type: ignore[arg-type]


def _moved(rule: Rule, state: AlertState, *, broken: bool, now: float) -> AlertState:
    match state.status:
        case "firing":
            return _still_firing(rule, state, broken=broken, now=now)
        case "pending" if not broken:
            return replace(state, status="ok", since=now)
        case "pending" if now - state.since >= rule.pending_for:
            return _fired(state, now)
        case "resolved" if broken and now - state.since < rule.cooldown:
            return state
        case "ok" | "resolved" if broken:
            return _fired(state, now) if rule.pending_for == 0 else replace(state, status="pending", since=now)
        case _:
            return state


def _still_firing(rule: Rule, state: AlertState, *, broken: bool, now: float) -> AlertState:
    if broken:
        return state if state.clear_since is None else replace(state, clear_since=None)
    since = now if state.clear_since is None else state.clear_since
    if now - since >= rule.clear_for:
        return replace(state, status="resolved", since=now, clear_since=None)
    return state if state.clear_since is not None else replace(state, clear_since=since)


def _fired(state: AlertState, now: float) -> AlertState:
    """While people believe that it fires, it is the same incident for them."""
    return replace(state, status="firing", since=now, clear_since=None, incident=state.incident if state.told else now)


def _transition(before: AlertState, after: AlertState) -> Literal["firing", "resolved"] | None:
    if before.status == after.status or "firing" not in (before.status, after.status):
        return None
    return "firing" if after.status == "firing" else "resolved"


def _owed(rule: Rule, state: AlertState, now: float) -> Telling | None:
    firing = state.status == "firing"
    if firing != state.told:
        return "firing" if firing else "resolved"
    if firing and rule.remind_every and now - state.told_at >= rule.remind_every:
        return "reminder"
    return None
