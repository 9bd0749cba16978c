"""When a rule would have fired over the last days."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from math import floor

from ai_gateway.core.alerts.evaluation import Needs, Reading, asked, broken, needs_of, reading
from ai_gateway.core.alerts.groups import EVERYTHING
from ai_gateway.core.alerts.measures import Measures, together
from ai_gateway.core.alerts.metrics import Number
from ai_gateway.core.alerts.rules import MINUTE, Rule
from ai_gateway.core.alerts.states import AlertState, advance
from ai_gateway.core.alerts.tally import Ask, Groups

MOST_POINTS = 1000
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
    """`values` by group: those of the busiest groups. `step` is seconds between two of them, each of which is the value
    that was farthest beyond the threshold since the one before.
    """

    step: int
    firings: tuple[Firing, ...]
    values: dict[str, tuple[Point, ...]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a preview must have measured: `ask`, in `slices` of `step` seconds, at whose ends the rule is evaluated. It
    begins before `start`, where the first window (or budget period) begins.
    """

    rule: Rule
    start: float
    step: int
    ask: Ask

    @property
    def slices(self) -> int:
        return round((self.ask.end - self.ask.start) / self.step)

    @property
    def moments(self) -> list[float]:
        count = int((self.ask.end - self.start) // self.step)
        return [self.ask.end - place * self.step for place in reversed(range(count))]

    def place(self, moment: float) -> int:
        """Of the slice that begins at a moment, or near it."""
        return max(0, floor((moment - self.ask.start) / self.step + 0.5))


def timeline(rule: Rule, start: float, end: float) -> Timeline:
    """Evaluations are a whole number of minutes apart, about 1,000 of them; more where windows are so short that what
    lies between two of them would not be seen.
    """
    apart = _minutes((end - start) / MOST_POINTS)
    if rule.measure.basis != "period":
        apart = max(_minutes(rule.window / STEPS_A_WINDOW), min(apart, rule.window // MINUTE * MINUTE))
    step = max(MINUTE, apart)
    earliest = min(ask.start for ask in needs_of(rule, start).asks())
    slices = -int(-(end - earliest) // step)
    return Timeline(rule, start, step, asked(rule, end - slices * step, end))


def preview(line: Timeline, measured: Sequence[Groups]) -> Preview:
    """`measured` are the timeline's slices. Quiet hours and snoozes are left aside: they change who hears of it."""
    moments = line.moments
    a_point = -(-len(moments) // MOST_POINTS)
    firings: list[Firing] = []
    values: dict[str, tuple[Point, ...]] = {}
    for group in _groups(line.rule, measured):
        found = list(zip(moments, _Heard(line, measured, group).readings(moments), strict=True))
        values[group] = tuple(_points(line.rule, found, a_point))
        firings += _firings(line.rule, group, found)
    return Preview(line.step * a_point, tuple(sorted(firings, key=lambda firing: firing.began)), values)


class _Heard:
    """What the slices hold of one group, and what a rule reads of it at moments that follow each other."""

    def __init__(self, line: Timeline, measured: Sequence[Groups], group: str) -> None:
        self._line = line
        self._group = group
        self._slices = [(place, groups[group]) for place, groups in enumerate(measured) if group in groups]
        self._places = [place for place, _ in self._slices]
        self._period, self._summed = (-1, 0), Measures()
        # Most moments of most groups have nothing to read of.
        needs = needs_of(line.rule, line.ask.end)
        self._nothing = reading(line.rule, needs, {ask: {} for ask in needs.asks()}, group)

    def readings(self, moments: Iterable[float]) -> Iterator[Reading]:
        """A group is watched from when it is first heard of; that of a rule which does not group always is."""
        rule, first = self._line.rule, self._places[0] if self._line.rule.group_by is not None else -1
        for moment in moments:
            needs = needs_of(rule, moment)
            if self._line.place(moment) <= first:
                yield UNHEARD
            elif any(self._bounds(ask) for ask in needs.asks()):
                yield reading(rule, needs, {ask: self._of(ask, needs) for ask in needs.asks()}, self._group)
            else:
                yield self._nothing

    def _bounds(self, ask: Ask) -> range:
        """Of its slices, among those that hold something."""
        first, last = (bisect_left(self._places, self._line.place(moment)) for moment in (ask.start, ask.end))
        return range(first, last)

    def _of(self, ask: Ask, needs: Needs) -> Groups:
        bounds = self._bounds(ask)
        if ask is needs.period:
            return {self._group: self._so_far(bounds)}
        return {self._group: together(self._slices[number][1] for number in bounds)}

    def _so_far(self, bounds: range) -> Measures:
        """Of a period only the end moves on, until the next one begins: what is new is added."""
        first, last = self._period
        if bounds.start != first or bounds.stop < last:
            last, self._summed = bounds.start, Measures()
        for number in range(last, bounds.stop):
            self._summed.merge(self._slices[number][1])
        self._period = bounds.start, max(last, bounds.stop)
        return self._summed


def _points(rule: Rule, found: Sequence[tuple[float, Reading]], a_point: int) -> Iterator[Point]:
    for start in range(0, len(found), a_point):
        some = found[start : start + a_point]
        worst = reduce(lambda one, other: _worse(rule, one, other), (reading.value for _, reading in some))
        yield Point(some[-1][0], worst)


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
