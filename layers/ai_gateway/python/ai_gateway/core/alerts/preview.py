"""When a rule would have fired over the last days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ai_gateway.core.alerts.evaluation import Reading, asked, broken, needs_of, reading
from ai_gateway.core.alerts.groups import EVERYTHING
from ai_gateway.core.alerts.measures import together
from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.rules import MINUTE, Rule
from ai_gateway.core.alerts.states import AlertState, advance
from ai_gateway.core.alerts.tally import Ask, Groups

MOST_STEPS = 1000
STEPS_A_WINDOW = 10
MOST_GROUPS = 20
UNHEARD = Reading(None, 0)


@dataclass(frozen=True, slots=True)
class Firing:
    """`ended` is None for one that lasts. `worst` is the value farthest beyond the threshold."""

    group: str
    began: float
    ended: float | None
    worst: Number | None


@dataclass(frozen=True, slots=True)
class Point:
    at: float
    value: Number | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`values` by group: those of the busiest groups. `step` is seconds between two evaluations."""

    step: int
    firings: tuple[Firing, ...]
    values: dict[str, tuple[Point, ...]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a preview must have measured: `ask`, in `slices` of `step` seconds. It begins before `start`, where the
    first window (or budget period) begins.
    """

    rule: Rule
    start: float
    step: int
    ask: Ask

    @property
    def slices(self) -> int:
        return round((self.ask.end - self.ask.start) / self.step)

    def moments(self) -> Iterator[float]:
        moment = self.start + self.step
        while moment <= self.ask.end:
            yield moment
            moment += self.step


def timeline(rule: Rule, start: float, end: float) -> Timeline:
    """Evaluations are a whole number of minutes apart, and fewer than 1,000."""
    step = max(MINUTE, _minutes(rule.window / STEPS_A_WINDOW), _minutes((end - start) / MOST_STEPS))
    earliest = min(ask.start for ask in needs_of(rule, start).asks())
    slices = -int(-(end - earliest) // step)
    return Timeline(rule, start, step, asked(rule, end - slices * step, end))


def preview(line: Timeline, measured: Sequence[Groups]) -> Preview:
    """`measured` are the timeline's slices. Quiet hours and snoozes are left aside: they change who hears of it."""
    firings: list[Firing] = []
    values: dict[str, tuple[Point, ...]] = {}
    for group in _groups(line.rule, measured):
        heard = _heard(line, measured, group)
        points = [
            (moment, _reading(line, measured, group, moment) if moment > heard else UNHEARD)
            for moment in line.moments()
        ]
        values[group] = tuple(Point(moment, found.value) for moment, found in points)
        firings += _firings(line.rule, group, points)
    return Preview(line.step, tuple(sorted(firings, key=lambda firing: firing.began)), values)


def _reading(line: Timeline, measured: Sequence[Groups], group: str, moment: float) -> Reading:
    needs = needs_of(line.rule, moment)
    return reading(line.rule, needs, {ask: _between(line, measured, group, ask) for ask in needs.asks()}, group)


def _heard(line: Timeline, measured: Sequence[Groups], group: str) -> float:
    """From when on there is such a group. That of a rule which does not group has always been there."""
    if line.rule.group_by is None:
        return line.ask.start
    first = next(place for place, groups in enumerate(measured) if group in groups)
    return line.ask.start + first * line.step


def _between(line: Timeline, measured: Sequence[Groups], group: str, ask: Ask) -> Groups:
    first = round((ask.start - line.ask.start) / line.step)
    last = round((ask.end - line.ask.start) / line.step)
    return {group: together(groups[group] for groups in measured[max(0, first) : last] if group in groups)}


def _firings(rule: Rule, group: str, points: Sequence[tuple[float, Reading]]) -> Iterator[Firing]:
    state, worst = AlertState(), None
    for moment, found in points:
        step = advance(rule, state, broken=broken(rule, found), value=found.value, now=moment)
        began, state = state.since, step.state
        if state.status == "firing":
            worst = _worse(rule, None if step.transition else worst, found.value)
        if step.transition == "resolved":
            yield Firing(group, began, moment, worst)
    if state.status == "firing":
        yield Firing(group, state.since, None, worst)


def _worse(rule: Rule, one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other) if rule.direction == "above" else min(one, other)


def _groups(rule: Rule, measured: Sequence[Groups]) -> list[str]:
    """The busiest, and all of them when they are few."""
    if rule.group_by is None:
        return [EVERYTHING]
    requests: dict[str, int] = {}
    for groups in measured:
        for group, measures in groups.items():
            requests[group] = requests.get(group, 0) + measures.requests + measures.attempts
    return sorted(requests, key=lambda group: (-requests[group], group))[:MOST_GROUPS]


def _minutes(seconds: float) -> int:
    """Up to the next whole one."""
    return MINUTE * -int(-seconds // MINUTE)
