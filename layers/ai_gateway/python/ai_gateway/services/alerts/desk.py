"""Where operators set up what is watched: rules, snoozes and reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ai_gateway.core.alerts.destinations import Destination
from ai_gateway.core.alerts.history import Delivery, Entry
from ai_gateway.core.alerts.measures import together
from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.preview import Preview, preview, timeline
from ai_gateway.core.alerts.reports import Report, last_due, read_report
from ai_gateway.core.alerts.rules import DAY, Rule, read_rule
from ai_gateway.core.alerts.snoozes import FOR_EVER, Snooze
from ai_gateway.core.alerts.states import AlertState
from ai_gateway.core.errors import InvalidRequest, NotFound
from ai_gateway.core.webhooks import RequestWebhook
from ai_gateway.core.wire import Json
from ai_gateway.ports.alerts import Definitions
from ai_gateway.services.alerts.alerting import SETTLE, Alerting

Found = TypeVar("Found")
Named = TypeVar("Named", Rule, Report)

LONGEST_PREVIEW = 30
"""Days."""
MOST_DEFINITIONS = 1000
"""Of one kind, in all organizations."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All that is set up in one organization. `states` by rule and group: those that are not simply ok."""

    rules: Sequence[Rule]
    destinations: Sequence[Destination]
    reports: Sequence[Report]
    webhooks: Sequence[RequestWebhook]
    snoozes: Sequence[Snooze]
    states: Mapping[str, Mapping[str, AlertState]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Every call is about one organization."""

    alerting: Alerting

    async def overview(self, organization: str) -> Overview:
        known = await self.alerting.definitions.all()
        kept = await self.alerting.memory.kept(organization)
        return Overview(
            [rule for rule in known.rules if rule.organization == organization],
            [one for one in known.destinations.values() if one.organization == organization],
            [report for report in known.reports if report.organization == organization],
            [webhook for webhook in known.webhooks.values() if webhook.organization == organization],
            [snooze for snooze in known.snoozes if snooze.organization == organization],
            kept.states,
        )

    async def history(
        self, organization: str, limit: int, *, before: float | None = None, subject: str | None = None
    ) -> list[Entry]:
        return await self.alerting.memory.history(organization, limit, before=before, subject=subject)

    async def waiting(self, organization: str) -> list[Delivery]:
        """What is still to be sent, the oldest first; with `error` where it failed so far."""
        return [one for one in await self.alerting.memory.waiting() if one.organization == organization]

    async def trend(self, organization: str, rule_id: str) -> Sequence[Number | None]:
        """The rule's values over its last windows, the oldest first; of all groups together."""
        known = await self.alerting.definitions.all()
        rule = found(_named(known.rules, organization, rule_id), "rule", rule_id)
        slices = await self.alerting.trends(rule)
        return [rule.measure.read(together(groups.values())) if groups else None for groups in slices]

    async def put_rule(self, organization: str, fields: Json) -> Rule:
        """Raises InvalidRequest, also for a destination that there is not."""
        rule = read_rule(fields, organization)
        known = await self.alerting.definitions.all()
        _check_destinations(rule.destinations, organization, known)
        check_number(len(known.rules), "rules")
        await self.alerting.definitions.put(rule)
        return rule

    async def remove_rule(self, organization: str, rule_id: str) -> None:
        """What fires is over with its rule, and that is told."""
        known = await self.alerting.definitions.all()
        rule = found(_named(known.rules, organization, rule_id), "rule", rule_id)
        await self.alerting.end(rule, "The rule was removed.")
        await self.alerting.definitions.remove(rule)
        for snooze in known.snoozes:
            if (snooze.organization, snooze.rule) == (organization, rule_id):
                await self.alerting.definitions.remove(snooze)

    async def preview(self, organization: str, fields: Json, days: int) -> Preview:
        """When such a rule would have fired over the last days. Nothing is written."""
        if not 1 <= days <= LONGEST_PREVIEW:
            raise InvalidRequest(f"A preview is of 1 to {LONGEST_PREVIEW} days.", param="days")
        rule = read_rule(fields, organization)
        end = self.alerting.clock.time() - SETTLE
        line = timeline(rule, end - days * DAY, end)
        return preview(line, await self.alerting.measuring.series(organization, line.ask, line.slices))

    async def snooze(
        self, organization: str, rule_id: str, *, seconds: int | None, group: str | None = None, by: str = ""
    ) -> Snooze:
        """`seconds` None mutes until further notice."""
        known = await self.alerting.definitions.all()
        found(_named(known.rules, organization, rule_id), "rule", rule_id)
        if seconds is not None and seconds < 1:
            raise InvalidRequest("A snooze takes a second or more.", param="seconds")
        until = FOR_EVER if seconds is None else min(FOR_EVER, self.alerting.clock.time() + seconds)
        snooze = Snooze(organization, rule_id, until, group, by)
        await self.alerting.definitions.put(snooze)
        return snooze

    async def wake(self, organization: str, rule_id: str, group: str | None = None) -> None:
        await self.alerting.definitions.remove(Snooze(organization, rule_id, 0.0, group))

    async def put_report(self, organization: str, fields: Json) -> Report:
        report = read_report(fields, organization)
        known = await self.alerting.definitions.all()
        _check_destinations(report.destinations, organization, known)
        check_number(len(known.reports), "reports")
        if any(known.destinations[organization, one].kind == "pagerduty" for one in report.destinations):
            raise InvalidRequest("PagerDuty takes alerts, not reports.", param="destinations")
        await self.alerting.definitions.put(report)
        return report

    async def remove_report(self, organization: str, report_id: str) -> None:
        known = await self.alerting.definitions.all()
        await self.alerting.definitions.remove(
            found(_named(known.reports, organization, report_id), "report", report_id)
        )

    async def preview_report(self, organization: str, fields: Json) -> Message:
        """What it would have said the last time."""
        report = read_report(fields, organization)
        return await self.alerting.reporting.compose(report, last_due(report, self.alerting.clock.time()))


def _named(definitions: Sequence[Named], organization: str, name: str) -> Named | None:
    return next((one for one in definitions if (one.organization, one.id) == (organization, name)), None)


def found(definition: Found | None, kind: str, name: str) -> Found:
    """Raises NotFound."""
    if definition is None:
        raise NotFound(f"There is no {kind} {name!r}.")
    return definition


def _check_destinations(wanted: Sequence[str], organization: str, known: Definitions) -> None:
    for name in wanted:
        if (organization, name) not in known.destinations:
            raise InvalidRequest(f"There is no destination {name!r}. Set it up first.", param="destinations")


def check_number(count: int, what: str) -> None:
    """Raises InvalidRequest when there is no room for one more."""
    if count >= MOST_DEFINITIONS:
        raise InvalidRequest(f"There are {count:,} {what} already, and no more can be kept.")
