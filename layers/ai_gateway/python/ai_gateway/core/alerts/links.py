"""From a notice to the console's list of the requests that it is about."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from ai_gateway.core.alerts.filters import PROPERTY, Condition
from ai_gateway.core.alerts.metrics import PROVIDER_ERRORS
from ai_gateway.core.alerts.periods import iso, period_at
from ai_gateway.core.alerts.rules import MINUTE, Rule

Pair = tuple[str, str]

_OF_METRICS: Mapping[str, Pair] = {
    "errors": ("outcome", "error"),
    "error_rate": ("outcome", "error"),
    "fallback_rate": ("fallback", "true"),
    "rate_limited": ("status", "429"),
    "unpriced": ("priced", "false"),
}
_FIELDS = frozenset(
    ("model", "provider", "user", "session", "key", "outcome", "status", "prompt", "cached", "fallback", "priced")
)
_FROM = {"cost": "cost_above", "latency": "latency_above"}


def requests_link(console: str | None, rule: Rule, group: str, now: float) -> str | None:
    """What the rule's window, or its budget's period, holds. Conditions that the list does not know are left out, and a
    minute is added, since windows end a little before they are told of: it shows more, and never less.
    """
    if console is None:
        return None
    in_window = rule.measure.basis == "window"
    began = now - rule.window - MINUTE if in_window else period_at(now, rule.period, rule.zone)[0]
    query = urlencode([("since", iso(began)), ("until", iso(now + 1)), *_pairs(rule, group)])
    return f"{console.rstrip('/')}/requests?{query}"


def _pairs(rule: Rule, group: str) -> Iterator[Pair]:
    """One of each name, but for properties."""
    conditions = list(rule.filter)
    if rule.group_by is not None:
        conditions.append(Condition(rule.group_by, "equals", group))
    pairs = [pair for condition in conditions if (pair := _pair(condition))]
    if rule.metric == PROVIDER_ERRORS and rule.group_by == "provider":
        # A provider that fails hides behind the one that serves in its place.
        pairs[-1] = ("called", group)
    if rule.metric in _OF_METRICS:
        pairs.append(_OF_METRICS[rule.metric])
    named = dict(pair for pair in pairs if pair[0] != "property")
    yield from named.items()
    yield from (pair for pair in pairs if pair[0] == "property")


def _pair(condition: Condition) -> Pair | None:
    field, value = condition.field, str(condition.value)
    if isinstance(condition.value, bool):
        value = value.lower()
    match condition.operator:
        case "equals" if field.startswith(PROPERTY):
            return "property", f"{field.removeprefix(PROPERTY)}={value}"
        case "equals" if field in _FIELDS:
            return field, f"{condition.value:.0f}" if isinstance(condition.value, float) else value
        case "gt" | "gte" if field in _FROM:
            return _FROM[field], value
        case _:
            return None
