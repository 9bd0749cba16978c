"""Why people are not told: a rule or one of its groups is snoozed, or they want to be left alone at this hour."""

from collections.abc import Iterable
from dataclasses import dataclass

from ai_gateway.core.alerts.periods import shown
from ai_gateway.core.alerts.rules import Rule

FOR_EVER = 253_402_300_799.0
"""The last second of the year 9999, for what is muted until further notice."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Of a rule, or of one of its groups, until a moment in Unix seconds. `by` is who asked for it."""

    organization: str
    rule: str
    until: float
    group: str | None = None
    by: str = ""

    def covers(self, rule: Rule, group: str) -> bool:
        return (self.organization, self.rule) == (rule.organization, rule.id) and self.group in (None, group)


def held_back(rule: Rule, group: str, snoozes: Iterable[Snooze], now: float) -> str | None:
    """The reason, or None when people are to be told. What is critical is told in quiet hours, too."""
    until = max((snooze.until for snooze in snoozes if snooze.covers(rule, group)), default=0.0)
    if now < until:
        return "muted" if until >= FOR_EVER else f"snoozed until {shown(until, rule.zone)}"
    if rule.severity != "critical" and rule.quiet is not None and rule.quiet.covers(now):
        return "quiet hours"
    return None
