"""Numbers, rules and trends as people read them."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from ai_gateway.core.alerts.filters import Condition
from ai_gateway.core.alerts.metrics import Number, Unit
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.pricing import dollars

BARS = "▁▂▃▄▅▆▇█"
NO_VALUE = "no requests"
TOO_FEW = "too few requests"
_SIGNS = {"equals": "=", "not-equals": "≠", "gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}


def quantity(value: Number | None, unit: Unit) -> str:
    """`$1.50`, `12.5 %`, `1.23 s`, `1,234 tokens`."""
    if value is None:
        return NO_VALUE
    match unit:
        case "dollars":
            return money(round(value))
        case "percent":
            return f"{_plain(value)} %"
        case "milliseconds":
            return f"{value / 1000:,.2f} s" if value >= 1000 else f"{value:,.0f} ms"
        case "tokens" | "requests":
            return f"{value:,.0f} {unit if value != 1 else unit.removesuffix('s')}"


def amount(value: Number | None, unit: Unit) -> Number | str | None:
    """For programs: dollars are an exact decimal number as text."""
    return dollars(round(value)) if unit == "dollars" and value is not None else value


def money(pico: int) -> str:
    """To the cent from a dollar on; below it two digits that say something."""
    amount = Decimal(dollars(abs(pico)))
    places = 2 if amount >= 1 or not amount else max(2, 1 - amount.adjusted())
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{'-' if pico < 0 else ''}${rounded:,f}"


def difference(percent: Number) -> str:
    return f"{'+' if percent > 0 else ''}{_plain(percent)} %"


def duration(seconds: float) -> str:
    """In the two largest units that it has: `2 hours 30 minutes`."""
    left, parts = int(seconds), list[str]()
    for length, name in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "no time"


def rule_value(rule: Rule, value: Number | None) -> str:
    """Of nothing, or of fewer requests than the rule wants, there is no value."""
    if value is None:
        return TOO_FEW
    return difference(value) if rule.change else quantity(value, rule.measure.unit)


def condition(rule: Rule) -> str:
    """`error rate at or above 5 % over 5 minutes, provider = openai`."""
    direction = "at or above" if rule.direction == "above" else "below"
    title = f"change of {rule.measure.title}" if rule.change else rule.measure.title
    text = f"{title} {direction} {rule_value(rule, rule.threshold)} {_span(rule)}"
    return ", ".join((text, *(_condition(part) for part in rule.filter)))


def group_name(rule: Rule, group: str) -> str:
    """`user = ada`; empty for a rule that does not group."""
    return f"{(rule.group_by or '').removeprefix('property:')} = {group}" if rule.group_by else ""


def sparkline(values: Sequence[Number | None]) -> str:
    """A bar a value, from nothing to the highest; a space where there is none."""
    highest = max((value for value in values if value is not None), default=0)
    return "".join(" " if value is None else _bar(value, highest) for value in values)


def _bar(value: Number, highest: Number) -> str:
    return BARS[min(len(BARS) - 1, int(max(0, value) / highest * len(BARS)))] if highest > 0 else BARS[0]


def _span(rule: Rule) -> str:
    if rule.measure.basis == "window":
        return f"over {duration(rule.window)}"
    of = f" of {money(rule.budget)}" if rule.budget else ""
    return f"{of} this {rule.period}".strip()


def _condition(part: Condition) -> str:
    value = str(part.value).lower() if isinstance(part.value, bool) else part.value
    return f"{part.field.removeprefix('property:')} {_SIGNS.get(part.operator, part.operator)} {value}"


def _plain(value: Number) -> str:
    """At most three digits after the point, and none that say nothing."""
    text = f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
    return text.rstrip("0").rstrip(".")
