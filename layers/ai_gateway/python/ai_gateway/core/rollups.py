"""Requests added up by what they have in common: buckets of whole hours, made anew from records each time, and buckets
of days and months, made of those of hours.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ai_gateway.core.measures import Measures, Share, share_of, share_of_attempt
from ai_gateway.core.records import LONGEST_VALUE, RequestRecord

Dimension: TypeAlias = str
"""One of `DIMENSIONS`, or `property:` and a property's name."""

TOTAL, MODEL, PROVIDER, KEY, USER, SESSION, PROMPT = "total", "model", "provider", "key", "user", "session", "prompt"
PROMPT_VERSION, PROPERTY, ATTEMPT = "prompt_version", "property", "attempt"
DIMENSIONS = (TOTAL, MODEL, PROVIDER, KEY, USER, SESSION, PROMPT, PROMPT_VERSION, PROPERTY, ATTEMPT)
"""The values of `session` are the names of sessions, those of `prompt_version` such as `support@1.2`, those of
`property` the names of properties, and `attempt` counts calls of providers by provider, whoever served the request in
the end.
"""
PROPERTY_VALUES = "property:"
WHOLE = ""
"""The one value of `total`."""

MOST_VALUES = 500
MOST_PROPERTIES = 50


@dataclass(slots=True)
class Breakdown:
    """Measures by the values of a dimension. `other` is the sum of values beyond the bound, those with the fewest
    requests; requests without a value are in neither.
    """

    values: dict[str, Measures] = field(default_factory=dict)
    other: Measures | None = None

    def add(self, part: "Breakdown") -> None:
        for value, measures in part.values.items():
            self.of(value).merge(measures)
        if part.other is not None:
            self.others().merge(part.other)

    def of(self, value: str) -> Measures:
        found = self.values.get(value)
        if found is None:
            found = self.values[value] = Measures()
        return found

    def others(self) -> Measures:
        if self.other is None:
            self.other = Measures()
        return self.other

    def ranked(self) -> list[str]:
        """The values with the most requests first; equal ones by name, so that all who count agree."""
        return sorted(self.values, key=lambda value: (-self.values[value].requests, value))

    def keep(self, most: int) -> None:
        """Add up the others."""
        for value in self.ranked()[most:]:
            self.others().merge(self.values.pop(value))

    def bound(self, most: int) -> None:
        self.keep(most)
        for measures in (*self.values.values(), *([self.other] if self.other else [])):
            measures.bound()


Bucket: TypeAlias = Mapping[Dimension, Breakdown]
"""Every one of `DIMENSIONS`, and `property:NAME` for each name in `property`."""


def fold(records: Iterable[RequestRecord]) -> dict[Dimension, Breakdown]:
    """A bucket of these requests; their order does not matter."""
    groups: dict[Dimension, dict[str, list[Share]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        share = share_of(record)
        for dimension, value in _places(record):
            groups[dimension][value].append(share)
        for attempt in record.attempts:
            if not attempt.skipped:
                groups[ATTEMPT][attempt.provider].append(share_of_attempt(attempt, share.ended))
    bucket = {dimension: _breakdown(groups[dimension], _most(dimension)) for dimension in DIMENSIONS}
    for name in bucket[PROPERTY].values:
        dimension = PROPERTY_VALUES + name
        bucket[dimension] = _breakdown(groups[dimension], MOST_VALUES)
    return bucket


def merge(parts: Callable[[Dimension], Iterable[Breakdown]]) -> dict[Dimension, Breakdown]:
    """One bucket of several, whose breakdowns are asked for by dimension."""
    merged = {dimension: together(parts(dimension), dimension) for dimension in DIMENSIONS}
    for name in merged[PROPERTY].values:
        dimension = PROPERTY_VALUES + name
        merged[dimension] = together(parts(dimension), dimension)
    for dimension, breakdown in merged.items():
        breakdown.bound(_most(dimension))
    return merged


def together(parts: Iterable[Breakdown], dimension: Dimension) -> Breakdown:
    """One breakdown of several of the same dimension."""
    whole = Breakdown()
    for part in parts:
        whole.add(part)
    whole.keep(_most(dimension))
    return whole


def is_dimension(name: str) -> bool:
    return name in DIMENSIONS or (name.startswith(PROPERTY_VALUES) and len(name) > len(PROPERTY_VALUES))


def _places(record: RequestRecord) -> Iterator[tuple[Dimension, str]]:
    """Where a request counts. The model of what nobody served is the one asked for, its provider the last called."""
    yield TOTAL, WHOLE
    named = (
        (MODEL, record.model or record.model_asked),
        (PROVIDER, record.served_or_last_called),
        (KEY, record.key_id),
        (USER, record.user),
        (SESSION, record.session_name),
        (PROMPT, record.prompt_id),
        (PROMPT_VERSION, record.prompt_id and record.prompt_version and f"{record.prompt_id}@{record.prompt_version}"),
    )
    for dimension, value in named:
        if value:
            yield dimension, value[:LONGEST_VALUE]
    for name, value in record.properties.items():
        yield PROPERTY, name
        yield PROPERTY_VALUES + name, value[:LONGEST_VALUE]


def _breakdown(groups: Mapping[str, list[Share]], most: int) -> Breakdown:
    """Only values within the bound get measures of their own: there may be as many values as requests."""
    ranked = sorted(groups, key=lambda value: (-len(groups[value]), value))
    found = Breakdown()
    for value in ranked[:most]:
        found.of(value).add(groups[value])
    for value in ranked[most:]:
        found.others().add(groups[value])
    for measures in (*found.values.values(), *([found.other] if found.other else [])):
        measures.bound()
    return found


def _most(dimension: Dimension) -> int:
    return MOST_PROPERTIES if dimension == PROPERTY else MOST_VALUES
