"""What a rule must have measured, and the reading of each of its groups that comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from ai_gateway.core.alerts.groups import EVERYTHING
from ai_gateway.core.alerts.measures import Measures
from ai_gateway.core.alerts.metrics import PROVIDER_ERRORS, Number, share
from ai_gateway.core.alerts.periods import period_at
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.tally import Ask, Measured

NOTHING = Measures()


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` is None where there is nothing to tell from: no requests, too few of them, or nothing before to compare
    with; then the rule is not broken. `previous` is that of the window before, in the metric's own unit.
    """

    value: Number | None
    requests: int
    previous: Number | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """Of a rule at a moment. `before` is the window before, for rules that look back, `period` the budget period so far
    and `ends` its end.
    """

    window: Ask
    before: Ask | None = None
    period: Ask | None = None
    ends: float = 0.0

    def asks(self) -> Iterable[Ask]:
        return (ask for ask in (self.window, self.before, self.period) if ask is not None)


def needs_of(rule: Rule, now: float) -> Needs:
    window = asked(rule, now - rule.window, now)
    if rule.measure.basis == "window":
        return Needs(window, asked(rule, now - 2 * rule.window, window.start) if rule.looks_back else None)
    start, end = period_at(now, rule.period, rule.zone)
    period = asked(rule, start, now)
    return Needs(period if rule.measure.basis == "period" else window, None, period, end)


def asked(rule: Rule, start: float, end: float) -> Ask:
    times = rule.measure.unit == "milliseconds"
    return Ask(start, end, rule.filter, rule.group_by, rule.metric == PROVIDER_ERRORS, times)


def readings(rule: Rule, needs: Needs, measured: Measured, known: Iterable[str] = ()) -> dict[str, Reading]:
    """By group. `known` are groups that have a state: one of which nothing is heard any more has a reading, too. A rule
    that does not group always has one.
    """
    groups = {group for ask in needs.asks() for group in measured[ask]} | set(known)
    if rule.group_by is None:
        groups = {EVERYTHING}
    return {group: reading(rule, needs, measured, group) for group in groups}


def reading(rule: Rule, needs: Needs, measured: Measured, group: str) -> Reading:
    window = measured[needs.window].get(group, NOTHING)
    requests = max(window.requests, window.attempts) if rule.metric == PROVIDER_ERRORS else window.requests
    value = _value(rule, needs, measured, group)
    previous = None
    if rule.change and needs.before is not None:
        previous = rule.measure.read(measured[needs.before].get(group, NOTHING))
        value = _change(previous, value)
    return Reading(value if requests >= rule.minimum_requests else None, requests, previous)


def broken(rule: Rule, found: Reading) -> bool:
    if found.value is None:
        return False
    return found.value >= rule.threshold if rule.direction == "above" else found.value < rule.threshold


def _value(rule: Rule, needs: Needs, measured: Measured, group: str) -> Number | None:
    metric = rule.measure
    if needs.period is None:
        return metric.read(measured[needs.window].get(group, NOTHING))
    spent = measured[needs.period].get(group, NOTHING).cost
    if metric.basis == "forecast":
        lately = measured[needs.window].get(group, NOTHING).cost
        spent += round(lately * (needs.ends - needs.period.end) / rule.window)
    return share(spent, rule.budget or 0) if metric.of_budget else spent


def _change(previous: Number | None, value: Number | None) -> float | None:
    """In percent; from nothing there is none."""
    if not previous or value is None:
        return None
    return 100 * (value - previous) / previous
