"""What the forms of alerts show: the fields of a definition, and what may stand in them."""

from collections.abc import Mapping
from typing import NamedTuple, get_args

from ai_gateway.core.alerts.filters import FIELDS, NUMBERS, Operator
from ai_gateway.core.alerts.metrics import METRICS, Metric, Unit
from ai_gateway.core.alerts.periods import DAYS
from ai_gateway.core.alerts.rules import DAY, MINUTE
from ai_gateway.core.alerts.tally import GROUPINGS
from ai_gateway.core.wire import JsonObject

HOUR = 60 * MINUTE
NEW_RULE: JsonObject = {
    "id": "",
    "name": "",
    "metric": "error_rate",
    "direction": "above",
    "threshold": "5",
    "change": False,
    "window": 5 * MINUTE,
    "minimum_requests": 0,
    "filter": [],
    "group_by": "",
    "severity": "warning",
    "pending_for": 0,
    "clear_for": 5 * MINUTE,
    "cooldown": 0,
    "remind_every": 0,
    "budget": "",
    "period": "month",
    "zone": "UTC",
    "quiet": None,
    "destinations": [],
    "enabled": True,
}
NEW_REPORT: JsonObject = {
    "id": "",
    "name": "",
    "every": "day",
    "at": "08:00",
    "weekday": DAYS[0],
    "zone": "UTC",
    "filter": [],
    "destinations": [],
    "enabled": True,
}
NEW_DESTINATION: JsonObject = {"id": "", "name": "", "kind": "slack", "to": "", "url": "", "topic_arn": ""}
NEW_WEBHOOK: JsonObject = {
    "id": "",
    "url": "",
    "sample_percent": 100,
    "properties": {},
    "include_data": True,
    "enabled": True,
}


class Start(NamedTuple):
    """A rule that many want, for who has none."""

    name: str
    why: str
    fields: Mapping[str, object]

    @property
    def query(self) -> Mapping[str, object]:
        return {"name": self.name, **self.fields}


STARTS = (
    Start(
        "Too many errors",
        "One request in twenty fails, of 20 or more in ten minutes",
        {"metric": "error_rate", "threshold": 5, "window": 10 * MINUTE, "minimum_requests": 20},
    ),
    Start("Spend today", "More than $50 in a day", {"metric": "spend", "threshold": 50, "window": DAY}),
    Start(
        "Budget at risk",
        "This month will cost more than its budget",
        {"metric": "forecast_share", "threshold": 100, "budget": 1000, "window": DAY},
    ),
    Start(
        "Slow first token",
        "One answer in twenty begins after 5 seconds",
        {"metric": "ttft_p95", "threshold": 5000, "window": 15 * MINUTE, "minimum_requests": 20},
    ),
    Start(
        "A provider fails",
        "Every other call of a provider goes wrong",
        {"metric": "provider_errors", "threshold": 50, "window": 5 * MINUTE, "minimum_requests": 10},
    ),
)


class Choice(NamedTuple):
    """A metric in the list: its unit, and the fields that go with it."""

    name: str
    title: str
    unit: str
    shows: str


_UNITS: Mapping[Unit, str] = {
    "dollars": "US $",
    "percent": "%",
    "milliseconds": "ms",
    "tokens": "tokens",
    "requests": "requests",
}


def _choice(metric: Metric) -> Choice:
    shows = {"window": "window change", "period": "period", "forecast": "window period"}[metric.basis]
    shown = f"{shows} budget" if metric.of_budget else shows
    return Choice(metric.name, metric.title[0].upper() + metric.title[1:], _UNITS[metric.unit], shown)


METRIC_CHOICES = tuple(map(_choice, METRICS.values()))
CHOICES: Mapping[str, object] = {
    "metrics": METRIC_CHOICES,
    "groupings": GROUPINGS,
    "fields": tuple(FIELDS),
    "types": {**dict.fromkeys(sorted(NUMBERS), "number"), "stream": "boolean", "simulated": "boolean"},
    "operators": get_args(Operator),
    "days": DAYS,
    "windows": (MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY),
    "delays": (0, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY),
}
"""What the templates choose from; durations are seconds."""


def started(query: Mapping[str, str]) -> JsonObject:
    """A new rule with what the address says of it."""
    given: JsonObject = {name: value for name, value in query.items() if name in NEW_RULE}
    for name in ("window", "minimum_requests"):
        given[name] = _whole(query.get(name), NEW_RULE[name])
    return {**NEW_RULE, **given, "destinations": [], "filter": [], "quiet": None, "change": False, "enabled": True}


def _whole(text: str | None, default: object) -> object:
    return int(text) if text is not None and text.isdecimal() and len(text) < 12 else default
