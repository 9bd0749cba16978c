"""Scheduled reports: each is made once for each time that it is due."""

from dataclasses import dataclass

from ai_gateway.core.alerts.history import Entry, deliveries_of
from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.alerts.reports import Report, last_due, report_message, report_needs
from ai_gateway.ports import Clock
from ai_gateway.ports.alerts import AlertMemory, Definitions, Measuring

SETTLE = 30.0
"""Seconds after which the records of finished requests are surely in the table."""


@dataclass(frozen=True, slots=True)
class Reporting:
    memory: AlertMemory
    measuring: Measuring
    clock: Clock
    console: str | None = None

    async def run(self, definitions: Definitions) -> None:
        """Make what is due. A report that is new is due for the first time at its next time, not at its last."""
        enabled = [report for report in definitions.reports if report.enabled]
        for organization in sorted({report.organization for report in enabled}):
            sent = (await self.memory.kept(organization)).reports
            for report in enabled:
                if report.organization == organization:
                    await self._run(report, sent.get(report.id))

    async def compose(self, report: Report, due: float) -> Message:
        measured = await self.measuring.measure(report.organization, report_needs(report, due).asks())
        return report_message(report, due, measured, self.console)

    async def _run(self, report: Report, sent: float | None) -> None:
        due = last_due(report, self.clock.time() - SETTLE)
        if sent is None:
            await self.memory.commit_report(report, due, None, ())
        elif sent < due:
            message = await self.compose(report, due)
            entry = Entry(
                organization=report.organization,
                subject=report.id,
                name=report.name,
                group="",
                happening="report",
                at=due,
                value=message.title,
                destinations=report.destinations,
            )
            deliveries = deliveries_of(entry, message, self.clock.time())
            await self.memory.commit_report(report, due, entry, deliveries)
