"""One run of the alerts: measure, evaluate, write down what changed, and send what is owed.

Exactly one notice for each transition, whatever happens:

- A transition, its entry in the history and its deliveries are one conditional write over the version of the state that
  was read. Of two runs that see the same transition, one writes; a retry finds it written.
- A run that dies before that write has done nothing, and the next one finds the same transition. One that dies after it
  leaves deliveries, which the next run sends.
- What remains is between sending and settling a delivery; `delivering` says how that ends.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ai_gateway.core.alerts.evaluation import Needs, Reading, asked, broken, needs_of, readings
from ai_gateway.core.alerts.history import Change, Entry, Kept, deliveries_of
from ai_gateway.core.alerts.messages import incident_id, notice
from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.rules import LONGEST_WINDOW, Rule
from ai_gateway.core.alerts.snoozes import Snooze, held_back
from ai_gateway.core.alerts.states import AlertState, Step, advance, close
from ai_gateway.core.alerts.tally import Ask, Groups, Measured
from ai_gateway.core.alerts.wording import rule_value
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.ports import Clock
from ai_gateway.ports.alerts import AlertDefinitions, AlertMemory, Definitions, Measuring
from ai_gateway.services.alerts.delivering import Dispatch
from ai_gateway.services.alerts.reporting import Reporting

SETTLE = 10.0
"""Seconds after which the records of finished requests are surely in the table: windows end that long ago."""
TREND_SLICES = 12
MOST_CHANGES = 100
"""Of one rule in one run; the others wait for the next one."""
WRITES_AT_ONCE = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    rules: int
    changes: int
    sent: int


@dataclass(frozen=True, slots=True)
class Alerting:
    """`console` is the console's address, to which notices link."""

    definitions: AlertDefinitions
    memory: AlertMemory
    measuring: Measuring
    reporting: Reporting
    dispatch: Dispatch
    clock: Clock
    console: str | None = None

    async def run(self) -> Outcome:
        """Raises StoreUnavailable; what was written by then stands, and is not written again."""
        definitions = await self.definitions.all()
        changes, failure = 0, None
        try:
            for organization in sorted({rule.organization for rule in definitions.rules}):
                changes += await self._evaluate(organization, definitions)
            await self.reporting.run(definitions)
        except StoreUnavailable as error:
            failure = error
        sent = await self.dispatch.send_waiting(definitions)
        if failure is not None:
            raise failure
        return Outcome(len(definitions.rules), changes, sent)

    async def end(self, rule: Rule, why: str) -> None:
        """Close every state of a rule that is about to be removed, and tell those who know of it."""
        kept = await self.memory.kept(rule.organization)
        await self._commit(self._closing(rule, kept, why))

    async def trends(self, rule: Rule) -> Sequence[Groups]:
        """The last twelve windows, or as many days as there may be."""
        return await self.measuring.series(rule.organization, self._trend(rule), TREND_SLICES)

    async def _evaluate(self, organization: str, definitions: Definitions) -> int:
        rules = [rule for rule in definitions.rules if rule.organization == organization]
        now = self.clock.time()
        needs = {rule.id: needs_of(rule, now - SETTLE) for rule in rules if rule.enabled}
        measured = await self.measuring.measure(organization, {ask for of in needs.values() for ask in of.asks()})
        kept = await self.memory.kept(organization)
        changes: list[Change] = []
        found: list[_Found] = []
        for rule in rules:
            if rule.enabled:
                found.append(self._steps(rule, needs[rule.id], measured, kept, definitions.snoozes))
            else:
                changes += self._closing(rule, kept, "The rule was switched off.")
        trends = await self._trends(organization, [one.rule for one in found if one.is_told])
        for one in found:
            trend = trends.get(one.rule.id, ())
            changes += [self._change(one.rule, group, step, one.readings[group], trend) for group, step in one.steps]
        return await self._commit(changes)

    def _steps(self, rule: Rule, needs: Needs, measured: Measured, kept: Kept, snoozes: Sequence[Snooze]) -> "_Found":
        now, states = self.clock.time(), kept.states.get(rule.id, {})
        found = readings(rule, needs, measured, states)
        steps: list[tuple[str, Step]] = []
        for group in sorted(found):
            state, reading = states.get(group, AlertState()), found[group]
            held = held_back(rule, group, snoozes, now)
            step = advance(rule, state, broken=broken(rule, reading), value=reading.value, now=now, held=held)
            if step.state is not state:
                steps.append((group, step))
        if len(steps) > MOST_CHANGES:
            log.warning("%d groups of %s changed at once; %d wait", len(steps), rule.id, len(steps) - MOST_CHANGES)
        return _Found(rule, found, steps[:MOST_CHANGES])

    async def _trends(self, organization: str, rules: Sequence[Rule]) -> Mapping[str, Sequence[Groups]]:
        """By rule, as far as they can be had at once."""
        asks = {rule.id: self._trend(rule) for rule in rules}
        found = await self.measuring.trends(organization, set(asks.values()), TREND_SLICES) if asks else {}
        return {rule: found[ask] for rule, ask in asks.items() if ask in found}

    def _trend(self, rule: Rule) -> Ask:
        end = self.clock.time() - SETTLE
        return asked(rule, end - min(TREND_SLICES * rule.window, LONGEST_WINDOW), end)

    def _change(
        self,
        rule: Rule,
        group: str,
        step: Step,
        found: Reading,
        trends: Sequence[Groups] = (),
        ended: str | None = None,
    ) -> Change:
        state = replace(step.state, version=step.state.version + 1)
        happening = step.notice or step.transition
        if happening is None:
            return Change(rule.organization, rule.id, group, state)
        entry = Entry(
            organization=rule.organization,
            subject=rule.id,
            name=rule.name,
            group=group,
            happening=happening,
            at=state.told_at if step.notice else state.since,
            value=rule_value(rule, found.value),
            threshold=rule_value(rule, rule.threshold),
            severity=rule.severity,
            incident=incident_id(rule, group, state),
            held=None if step.notice else step.held or "nobody had been told that it fires",
            destinations=rule.destinations if step.notice else (),
        )
        if step.notice is None:
            return Change(rule.organization, rule.id, group, state, entry)
        trend = [_trend_value(rule, groups, group) for groups in trends]
        message = notice(rule, group, state, step.notice, found, trend=trend, console=self.console, ended=ended)
        return Change(rule.organization, rule.id, group, state, entry, deliveries_of(entry, message, entry.at))

    def _closing(self, rule: Rule, kept: Kept, why: str) -> Iterator[Change]:
        for group, state in kept.states.get(rule.id, {}).items():
            step = close(state, now=self.clock.time())
            if step.state is not state:
                yield self._change(rule, group, step, Reading(state.value, 0), ended=why)

    async def _commit(self, changes: Iterable[Change]) -> int:
        """How many were written. Those that another run wrote first are its business."""
        limit = asyncio.Semaphore(WRITES_AT_ONCE)

        async def commit(change: Change) -> bool:
            async with limit:
                return await self.memory.commit(change)

        return sum(await asyncio.gather(*map(commit, changes)))


@dataclass(frozen=True, slots=True)
class _Found:
    """What is to be written down of a rule: steps by group."""

    rule: Rule
    readings: Mapping[str, Reading]
    steps: Sequence[tuple[str, Step]]

    @property
    def is_told(self) -> bool:
        return any(step.notice for _, step in self.steps)


def _trend_value(rule: Rule, groups: Groups, group: str) -> Number | None:
    return rule.measure.read(groups[group]) if group in groups else None
