"""Adds up records: for many questions at once, or for one in slices of time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ai_gateway.core.alerts.filters import PROPERTY, Condition, Filter, Read, Test, Value, matcher, reader
from ai_gateway.core.alerts.groups import EVERYTHING
from ai_gateway.core.alerts.measures import Measures, Observation, observation
from ai_gateway.core.records import LONGEST_VALUE, RequestRecord
from ai_gateway.core.rollups import KEY, MODEL, PROMPT, PROVIDER, SESSION, TOTAL, USER, Dimension

AT_ONCE = 15_000
"""Records that are added up together, so that no more of them is kept."""
GROUPINGS = ("user", "model", "provider", "key")
"""And `property:` with a name."""
Groups: TypeAlias = Mapping[str, Measures]


@dataclass(frozen=True, slots=True)
class Ask:
    """What to measure: requests that finished from `start` to before `end` (Unix seconds) and meet the filter, by
    group. Requests that have nothing to group by are left out.

    By their end, since what counts is when something was known: one that times out after five minutes is news now.
    """

    start: float
    end: float
    filter: Filter = ()
    group_by: str | None = None
    calls: bool = False
    """Whether the calls of providers are wanted, too."""
    times: bool = True
    """Whether latencies and times to the first token are wanted: they take half of the time and most of the memory."""

    def dimension(self) -> Dimension | None:
        """By which rollups tell it; None when only the records do."""
        if self.filter:
            return _dimension_of(self.filter) if self.group_by is None and not self.calls else None
        if self.group_by is None:
            return TOTAL
        return self.group_by if self.group_by == PROVIDER or not self.calls else None


Measured: TypeAlias = Mapping[Ask, Groups]


def _dimension_of(conditions: Filter) -> Dimension | None:
    (condition, *others) = conditions
    if others or condition.operator != "equals" or len(str(condition.value)) > LONGEST_VALUE:
        return None
    return condition.field if condition.field.startswith(PROPERTY) else _DIMENSIONS.get(condition.field)


_DIMENSIONS = {
    "model": MODEL,
    "provider": PROVIDER,
    "key": KEY,
    "user": USER,
    "session_name": SESSION,
    "prompt": PROMPT,
}


@dataclass(slots=True)
class _Counter:
    """`named` is the condition that `Tally` finds it by, `others` tests the rest of them. What was `seen` is added up
    together: that takes a fifth of the time.
    """

    ask: Ask
    named: Condition | None
    others: Test | None
    group: Read | None
    by_provider: bool
    seen: dict[str, list[Observation]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[str, Measures] = field(default_factory=dict)

    @classmethod
    def of(cls, ask: Ask) -> "_Counter":
        named = next((condition for condition in ask.filter if condition.operator == "equals"), None)
        others = tuple(condition for condition in ask.filter if condition is not named)
        group = reader(ask.group_by) if ask.group_by else None
        return cls(ask, named, matcher(others) if others else None, group, ask.group_by == "provider")

    def add(self, record: RequestRecord, seen: Observation) -> None:
        group = EVERYTHING if self.group is None else self.group(record)
        if group is not None:
            self.seen[str(group)].append(seen)
        if self.by_provider:
            for provider, failed in seen.calls:
                measures = self.groups.setdefault(provider, Measures())
                measures.attempts += 1
                measures.failed_attempts += failed

    def add_up(self) -> Groups:
        for group, seen in self.seen.items():
            measures = Measures.of(seen, calls=not self.by_provider, times=self.ask.times)
            if group in self.groups:
                self.groups[group].merge(measures)
            else:
                self.groups[group] = measures
        self.seen.clear()
        return self.groups


def finished_at(record: RequestRecord) -> float:
    return record.ended_ms / 1000


class Slices:
    """One question, answered for each of `count` slices of its time."""

    def __init__(self, ask: Ask, count: int) -> None:
        self._ask = ask
        self._length = (ask.end - ask.start) / count
        self._counters = [_Counter.of(ask) for _ in range(count)]
        self._matches = matcher(ask.filter)

    def add(self, record: RequestRecord) -> None:
        finished = finished_at(record)
        if not self._ask.start <= finished < self._ask.end:
            return
        # Rounding may put the last moment of the last slice after it.
        slice_ = min(int((finished - self._ask.start) / self._length), len(self._counters) - 1)
        if self._matches(record):
            self._counters[slice_].add(record, observation(record))

    def measured(self) -> list[Groups]:
        return [counter.add_up() for counter in self._counters]


class Tally:
    """Hundreds of questions look at each record; most name a model, a user or the like, by which those that a record
    cannot answer are passed over unseen.
    """

    def __init__(self, asks: Iterable[Ask]) -> None:
        wholes = {ask: replace(ask, calls=True, times=True) for ask in asks}
        timed = {whole for ask, whole in wholes.items() if ask.times}
        counters = {whole: _Counter.of(replace(whole, times=whole in timed)) for whole in set(wholes.values())}
        self._counters = counters.values()
        self._waiting = 0
        self._answers = {ask: counters[whole] for ask, whole in wholes.items()}
        self._any: list[_Counter] = []
        self._by_value: dict[str, dict[Value, list[_Counter]]] = {}
        for counter in self._counters:
            self._index(counter)
        self._readers = {name: reader(name) for name in self._by_value}

    def add(self, record: RequestRecord) -> None:
        counters = self._any
        for name, by_value in self._by_value.items():
            value = self._readers[name](record)
            if value is not None and (found := by_value.get(value)):
                counters = counters + found
        if not counters:
            return
        finished, seen = finished_at(record), observation(record)
        for counter in counters:
            ask, others = counter.ask, counter.others
            if ask.start <= finished < ask.end and (others is None or others(record)):
                counter.add(record, seen)
        self._waiting += 1
        if self._waiting == AT_ONCE:
            self._waiting = 0
            for counter in self._counters:
                counter.add_up()

    def asks(self) -> list[Ask]:
        return list(self._answers)

    def measured(self) -> dict[Ask, Groups]:
        return {ask: counter.add_up() for ask, counter in self._answers.items()}

    def _index(self, counter: _Counter) -> None:
        if counter.named is None:
            self._any.append(counter)
        else:
            values = self._by_value.setdefault(counter.named.field, {})
            values.setdefault(counter.named.value, []).append(counter)
