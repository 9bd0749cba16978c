"""Scheduled reports: what a day or a week was like, compared with the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from ai_gateway.core.alerts.evaluation import NOTHING
from ai_gateway.core.alerts.fields import Fields, written
from ai_gateway.core.alerts.filters import Filter, condition_fields, read_condition
from ai_gateway.core.alerts.groups import EVERYTHING
from ai_gateway.core.alerts.measures import Measures
from ai_gateway.core.alerts.messages import Message, Row, Table
from ai_gateway.core.alerts.metrics import METRICS, Number, Unit, share
from ai_gateway.core.alerts.periods import DAYS, read_clock, read_zone, shown
from ai_gateway.core.alerts.tally import Ask, Groups, Measured
from ai_gateway.core.alerts.wording import amount, difference, money, quantity
from ai_gateway.core.pricing import dollars
from ai_gateway.core.wire import Json, JsonObject

Every: TypeAlias = Literal["day", "week"]
TOP = 5
_FIGURES = ("spend", "requests", "errors", "error_rate", "tokens", "latency_p50", "latency_p95", "cache_hit_rate")


@dataclass(frozen=True, slots=True)
class Report:
    """Sent every day, or every week on `weekday`, at the wall-clock time `at` in the zone; it tells of the day or the
    week that ended then.
    """

    id: str
    name: str
    every: Every
    organization: str = "default"
    at: time = time(8)
    weekday: str = DAYS[0]
    zone: str = "UTC"
    filter: Filter = ()
    destinations: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ReportNeeds:
    whole: Ask
    before: Ask
    models: Ask
    users: Ask
    providers: Ask

    def asks(self) -> tuple[Ask, ...]:
        return self.whole, self.before, self.models, self.users, self.providers


def read_report(source: Json, organization: str) -> Report:
    """Raises InvalidRequest, which names the field."""
    fields = Fields(source, "The report")
    report = Report(
        id=fields.id(),
        name=fields.needed_text("name"),
        every=fields.choice("every", get_args(Every)),
        organization=organization,
        at=read_clock(fields, "at", "08:00"),
        weekday=fields.choice("weekday", DAYS, DAYS[0]),
        zone=read_zone(fields),
        filter=fields.parts("filter", read_condition),
        destinations=fields.texts("destinations", most=10),
        enabled=fields.flag("enabled", default=True),
    )
    fields.end()
    return report


def report_fields(report: Report) -> JsonObject:
    fields = written(
        id=report.id,
        name=report.name,
        every=report.every,
        at=f"{report.at:%H:%M}",
        weekday=report.weekday if report.every == "week" else None,
        zone=report.zone,
        filter=[condition_fields(condition) for condition in report.filter],
        destinations=list(report.destinations),
    )
    return {**fields, "enabled": report.enabled}


def last_due(report: Report, now: float) -> float:
    """The last moment, at `now` or before it, at which the report was to be sent."""
    here = datetime.fromtimestamp(now, ZoneInfo(report.zone))
    due = here.replace(hour=report.at.hour, minute=report.at.minute, second=0, microsecond=0)
    if report.every == "week":
        due -= timedelta(days=(here.weekday() - DAYS.index(report.weekday)) % 7)
    if due.timestamp() > now:
        due -= _length(report)
    return due.timestamp()


def report_needs(report: Report, due: float) -> ReportNeeds:
    moment = datetime.fromtimestamp(due, ZoneInfo(report.zone))
    start, before = (moment - _length(report)).timestamp(), (moment - 2 * _length(report)).timestamp()
    return ReportNeeds(
        Ask(start, due, report.filter),
        Ask(before, start, report.filter),
        *(
            Ask(start, due, report.filter, group_by, group_by == "provider")
            for group_by in ("model", "user", "provider")
        ),
    )


def report_message(report: Report, due: float, measured: Measured, console: str | None = None) -> Message:
    needs = report_needs(report, due)
    whole = measured[needs.whole].get(EVERYTHING, NOTHING)
    before = measured[needs.before].get(EVERYTHING, NOTHING)
    tables = (
        Table("Top models by spend", _top("Model", measured[needs.models])),
        Table("Top users by spend", _top("User", measured[needs.users])),
        Table("Providers by failing calls", _failing(measured[needs.providers])),
    )
    period = f"{shown(needs.whole.start, report.zone)} to {shown(due, report.zone)}"
    return Message(
        id=f"report-{report.organization}-{report.id}-{int(due)}",
        kind="report",
        title=f"{report.name}: {money(whole.cost)} for {quantity(whole.requests, 'requests')}",
        text=f"The {report.every} from {period}.",
        severity="info",
        at=due,
        facts=_facts(whole, before),
        tables=tuple(table for table in tables if len(table.rows) > 1),
        link=console,
        data=_data(report, needs, measured),
    )


def _length(report: Report) -> timedelta:
    return timedelta(days=1 if report.every == "day" else 7)


def _facts(whole: Measures, before: Measures) -> tuple[tuple[str, str], ...]:
    facts = [
        (metric.title.capitalize(), _compared(metric.read(whole), metric.read(before), metric.unit))
        for metric in (METRICS[name] for name in _FIGURES)
    ]
    facts += [("Saved by caches", money(whole.saved_by_cache)), ("Saved by routing", money(whole.saved_by_routing))]
    if whole.unpriced:
        facts.append(("Without a known price", quantity(whole.unpriced, "requests")))
    return tuple(facts)


def _compared(value: Number | None, before: Number | None, unit: Unit) -> str:
    """A percentage is compared by points, all else by percent."""
    text = quantity(value, unit)
    if value is None or before is None:
        return text
    if unit == "percent":
        return f"{text} (before: {quantity(before, unit)})"
    return f"{text} ({difference(100 * (value - before) / before)})" if before else text


def _top(head: str, groups: Groups) -> tuple[Row, ...]:
    most = sorted(groups.items(), key=lambda item: (-item[1].cost, -item[1].requests, item[0]))[:TOP]
    rows = [
        (name, money(of.cost), f"{of.requests:,}", quantity(share(of.errors, of.requests), "percent"))
        for name, of in most
        if of.requests
    ]
    return ((head, "Spend", "Requests", "Errors"), *rows)


def _failing(groups: Groups) -> tuple[Row, ...]:
    failing = [(name, of) for name, of in groups.items() if of.failed_attempts]
    failing.sort(key=lambda item: (-item[1].failed_attempts, item[0]))
    rows = [
        (name, f"{of.failed_attempts:,}", quantity(share(of.failed_attempts, of.attempts), "percent"))
        for name, of in failing[:TOP]
    ]
    return (("Provider", "Failed", "Of its calls"), *rows)


def _data(report: Report, needs: ReportNeeds, measured: Measured) -> JsonObject:
    def figures(groups: Groups) -> Mapping[str, object]:
        of = groups.get(EVERYTHING, NOTHING)
        known = {name: amount(METRICS[name].read(of), METRICS[name].unit) for name in _FIGURES}
        saved = {"saved_by_cache": dollars(of.saved_by_cache), "saved_by_routing": dollars(of.saved_by_routing)}
        return {**known, **saved, "unpriced": of.unpriced}

    return {
        "report": {"id": report.id, "name": report.name},
        "organization": report.organization,
        "from": int(needs.whole.start),
        "to": int(needs.whole.end),
        "figures": figures(measured[needs.whole]),
        "before": figures(measured[needs.before]),
        "spend_by_model": {name: dollars(of.cost) for name, of in measured[needs.models].items()},
    }
