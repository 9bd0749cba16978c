"""A rule: what to watch, when it is too much, how long it must last, and who is to know."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

from ai_gateway.core.alerts.fields import Fields, written
from ai_gateway.core.alerts.filters import PROPERTY, Filter, condition_fields, read_condition
from ai_gateway.core.alerts.metrics import METRICS, PROVIDER_ERRORS, Metric, Number, Unit
from ai_gateway.core.alerts.periods import Period, QuietHours, quiet_fields, read_quiet_hours, read_zone
from ai_gateway.core.alerts.tally import GROUPINGS, Ask
from ai_gateway.core.pricing import dollars
from ai_gateway.core.wire import Json, JsonObject

Direction: TypeAlias = Literal["above", "below"]
Severity: TypeAlias = Literal["info", "warning", "critical"]
MINUTE, DAY = 60, 86_400
LONGEST_WINDOW = 30 * DAY
LONGEST_SCAN = 2 * DAY
"""What reaches farther back must be read from rollups, which do not tell everything."""
_TOO_LONG = (
    "looks back over two days with more than rollups tell; there, use one condition that model, provider, key, user, "
    "session_name, prompt or a property equals something, or none and a group"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Times are seconds. `threshold` is in the metric's unit (pico-dollars for dollars); with `change` it is in percent
    by which the value differs from that of the window before. "Above" is the threshold or more, "below" less than it.

    `pending_for` is how long it must be too much before it fires, `clear_for` how long it must be over before it counts
    as resolved, `cooldown` how long after that it cannot fire again, `remind_every` how often people are told again
    while it lasts (0: never). `budget` (pico-dollars) and `period` are for the metrics that are about a budget.
    """

    id: str
    name: str
    metric: str
    threshold: Number
    organization: str = "default"
    direction: Direction = "above"
    change: bool = False
    window: int = 5 * MINUTE
    minimum_requests: int = 0
    filter: Filter = ()
    group_by: str | None = None
    severity: Severity = "warning"
    pending_for: int = 0
    clear_for: int = 5 * MINUTE
    cooldown: int = 0
    remind_every: int = 0
    budget: int | None = None
    period: Period = "month"
    zone: str = "UTC"
    quiet: QuietHours | None = None
    destinations: tuple[str, ...] = ()
    enabled: bool = True

    @property
    def measure(self) -> Metric:
        return METRICS[self.metric]

    @property
    def unit(self) -> Unit:
        """Of its values and its threshold."""
        return "percent" if self.change else self.measure.unit

    @property
    def looks_back(self) -> bool:
        """Whether it asks what the window before held: to compare, or to notice groups of which nothing is heard any
        more, which are below whatever was expected of them.
        """
        return self.change or (self.direction == "below" and self.group_by is not None)


def read_rule(source: Json, organization: str) -> Rule:
    """Raises InvalidRequest, which names the field."""
    fields = Fields(source, "The rule")
    metric = METRICS[fields.choice("metric", tuple(METRICS))]
    change = fields.flag("change", default=False)
    if change and metric.basis != "window":
        raise fields.refused("change", f"goes with a window, and {metric.name} is about a period")
    rule = Rule(
        id=fields.id(),
        name=fields.needed_text("name"),
        metric=metric.name,
        threshold=_threshold(fields, metric, change=change),
        organization=organization,
        direction=fields.choice("direction", get_args(Direction), "above"),
        change=change,
        window=fields.whole("window", MINUTE, LONGEST_WINDOW, DAY if metric.basis == "forecast" else 5 * MINUTE),
        minimum_requests=fields.whole("minimum_requests", 0, 1_000_000_000, 0),
        filter=fields.parts("filter", read_condition),
        group_by=_group_by(fields, metric),
        severity=fields.choice("severity", get_args(Severity), "warning"),
        pending_for=fields.whole("pending_for", 0, LONGEST_WINDOW, 0),
        clear_for=fields.whole("clear_for", 0, LONGEST_WINDOW, 5 * MINUTE),
        cooldown=fields.whole("cooldown", 0, LONGEST_WINDOW, 0),
        remind_every=fields.whole("remind_every", 0, LONGEST_WINDOW, 0),
        budget=_budget(fields, metric),
        period=fields.choice("period", get_args(Period), "month"),
        zone=read_zone(fields),
        quiet=fields.part("quiet", read_quiet_hours),
        destinations=fields.texts("destinations", most=10),
        enabled=fields.flag("enabled", default=True),
    )
    if rule.direction == "above" and rule.threshold <= 0:
        raise fields.refused("threshold", "must be more than 0, or every value is above it")
    if (
        _reach(rule) > LONGEST_SCAN
        and Ask(0, 0, rule.filter, rule.group_by, metric.name == PROVIDER_ERRORS).dimension() is None
    ):
        raise fields.refused("filter", _TOO_LONG)
    fields.end()
    return rule


def rule_fields(rule: Rule) -> JsonObject:
    """As `read_rule` takes it, without the organization and with what is not the default."""
    fields = written(
        id=rule.id,
        name=rule.name,
        metric=rule.metric,
        direction=rule.direction,
        threshold=_number(rule.threshold, money=rule.unit == "dollars"),
        change=rule.change or None,
        window=rule.window,
        minimum_requests=rule.minimum_requests or None,
        filter=[condition_fields(condition) for condition in rule.filter],
        group_by=rule.group_by,
        severity=rule.severity,
        pending_for=rule.pending_for or None,
        cooldown=rule.cooldown or None,
        remind_every=rule.remind_every or None,
        budget=None if rule.budget is None else dollars(rule.budget),
        period=None if rule.measure.basis == "window" else rule.period,
        zone=None if rule.zone == "UTC" else rule.zone,
        quiet=quiet_fields(rule.quiet) if rule.quiet else None,
        destinations=list(rule.destinations),
    )
    return {**fields, "clear_for": rule.clear_for, "enabled": rule.enabled}


def _reach(rule: Rule) -> int:
    """Seconds from the first request that counts to now, at most."""
    if rule.measure.basis == "window":
        return rule.window * (2 if rule.looks_back else 1)
    return {"day": DAY, "week": 7 * DAY, "month": 31 * DAY}[rule.period]


def _threshold(fields: Fields, metric: Metric, *, change: bool) -> Number:
    number = fields.decimal("threshold")
    if number is None:
        raise fields.refused("threshold", "is missing")
    return _pico(number) if metric.unit == "dollars" and not change else float(number)


def _budget(fields: Fields, metric: Metric) -> int | None:
    number = fields.decimal("budget")
    if number is None and metric.of_budget:
        raise fields.refused("budget", f"is missing: {metric.name} is a share of it")
    if number is not None and (number <= 0 or not metric.of_budget):
        raise fields.refused("budget", "must be more than 0 dollars, and goes with the metrics that are a share of it")
    return None if number is None else _pico(number)


def _pico(amount: Decimal) -> int:
    return int(amount.scaleb(12).to_integral_value())


def _group_by(fields: Fields, metric: Metric) -> str | None:
    """Providers fail one by one, so what is watched of them is grouped by them."""
    group_by = fields.text("group_by", "provider" if metric.name == PROVIDER_ERRORS else "") or None
    if group_by is None or group_by in GROUPINGS:
        return group_by
    if group_by.startswith(PROPERTY) and group_by != PROPERTY:
        return group_by.lower()
    raise fields.refused("group_by", f"is {group_by!r}; it must be one of {', '.join(GROUPINGS)} or property:<name>")


def _number(value: Number, *, money: bool) -> object:
    """Dollars as text: every digit is kept."""
    if money:
        return dollars(int(value))
    return int(value) if value == int(value) else value
