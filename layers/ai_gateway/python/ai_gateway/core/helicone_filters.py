"""Filters in Helicone's words: "all", `{table: {column: {operator: value}}}`, `{left, operator: and|or, right}`.

Several tables, columns or operators in one leaf must all hold, and an empty leaf always does. What is not known here is
refused by name: a filter that is passed over would give wrong answers.
"""

import operator as compare
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import translate
from re import IGNORECASE, Pattern
from re import compile as compiled

from ai_gateway.core.conditions import All, Condition, Some, Tree, needed
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.filters import LAST_MOMENT, Filter, in_bodies
from ai_gateway.core.helicone_columns import NAMED, TABLES, Body, Column, Flag, Moment, Named, Number, Text

DEEPEST = 50
MOST_CONDITIONS = 200
LONGEST_TEXT = 500
LONGEST_REQUEST = 3_600_000
"""Milliseconds: what began before a moment is over by then, whatever `AI_GATEWAY_DEADLINE` is usually set to."""

ORDERINGS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "equals": compare.eq,
    "not-equals": compare.ne,
    "gte": compare.ge,
    "lte": compare.le,
    "lt": compare.lt,
    "gt": compare.gt,
}
MOMENTS = ("equals", "gte", "lte", "lt", "gt")
TEXTS = ("equals", "not-equals", "like", "ilike", "contains", "not-contains")


def read_filter(source: object, *, bodies: bool = True) -> Filter:
    """Raises InvalidRequest, which says what there is instead; with `bodies` False also for columns of bodies."""
    reader = _Reader(bodies)
    tree = reader.node(source, DEEPEST)
    bounds = [*needed(tree)]
    return Filter(
        since=max((one.since for one in bounds if one.since is not None), default=None),
        until=min((one.until for one in bounds if one.until is not None), default=None),
        session=next((one.session for one in bounds if one.session is not None), None),
        tree=tree,
    )


class _Reader:
    def __init__(self, bodies: bool) -> None:
        self._bodies = bodies
        self._conditions = 0

    def node(self, source: object, deepest: int) -> Tree:
        if source == "all":
            return All()
        if not isinstance(source, dict):
            raise _refused('A filter is "all", {table: {column: {operator: value}}} or {left, operator, right}.')
        if not deepest:
            raise _refused(f"The filter has more than {DEEPEST} levels.")
        if {"left", "operator", "right"} & source.keys():
            return self._branch(source, deepest - 1)
        return All(tuple(part for table, value in source.items() for part in self._table(table, value)))

    def _branch(self, source: Mapping[str, object], deepest: int) -> Tree:
        if source.keys() != {"left", "operator", "right"} or source["operator"] not in ("and", "or"):
            raise _refused("A branch of the filter has 'left', 'operator' (and, or) and 'right', and nothing else.")
        parts = (self.node(source["left"], deepest), self.node(source["right"], deepest))
        return All(parts) if source["operator"] == "and" else Some(parts)

    def _table(self, table: str, value: object) -> Iterator[Condition]:
        if table not in TABLES:
            raise _unknown("table", table, TABLES)
        if (table,) in NAMED:
            yield from self._named(table, NAMED[table,], value)
            return
        for name, column in _object(table, value).items():
            place = f"{table}.{name}"
            if (table, name) in NAMED:
                yield from self._named(place, NAMED[table, name], column)
            else:
                yield from self._column(place, self._known(table, name), column)

    def _known(self, table: str, name: str) -> Column:
        columns = {key: column for key, column in TABLES[table].items() if self._bodies or not isinstance(column, Body)}
        if name not in columns:
            below = [place[1] for place in NAMED if place[0] == table and len(place) > 1]
            raise _unknown(f"column of {table}", name, [*columns, *below])
        return columns[name]

    def _named(self, place: str, column_of: Named, value: object) -> Iterator[Condition]:
        for name, wanted in _object(place, value).items():
            yield from self._column(f"{place}.{name}", column_of(name), wanted)

    def _column(self, place: str, column: Column, value: object) -> Iterator[Condition]:
        for operator, wanted in _object(place, value).items():
            self._conditions += 1
            if self._conditions > MOST_CONDITIONS:
                raise _refused(f"The filter has more than {MOST_CONDITIONS} conditions.")
            yield _condition(place, column, operator, wanted)


def _condition(place: str, column: Column, operator: str, value: object) -> Condition:
    match column:
        case Text():
            return _of_text(column, _one_of(place, operator, TEXTS), _text(place, value))
        case Number():
            return _of_number(column, _one_of(place, operator, ORDERINGS), _number(place, value))
        case Moment():
            return _of_moment(column, _one_of(place, operator, MOMENTS), _moment(place, value))
        case Flag(read):
            _one_of(place, operator, ("equals",))
            if not isinstance(value, bool):
                raise _refused(f"{_short(place)!r} is true or false, not {_short(value)!r}.")
            return Condition(lambda record: read(record) == value)
        case Body(read_body):
            _one_of(place, operator, ("contains",))
            wanted = _text(place, value)
            return Condition(lambda record: in_bodies(wanted, read_body(record)), of_bodies=True)


def _of_text(column: Text, operator: str, value: str) -> Condition:
    read, denies = column.read, operator.startswith("not-")
    test = _text_test(operator.removeprefix("not-"), value)
    found = operator == "equals" and column.of_session and value
    return Condition(lambda record: any(map(test, read(record))) != denies, session=value if found else None)


def _text_test(operator: str, value: str) -> Callable[[str], object]:
    match operator:
        case "equals":
            return value.__eq__
        case "contains":
            wanted = value.casefold()
            return lambda text: wanted in text.casefold()
        case "ilike":
            return _like(value, IGNORECASE).match
        case _:
            return _like(value).match


def _like(pattern: str, flags: int = 0) -> Pattern[str]:
    """SQL's pattern: `%` is any text, `_` any character, and a backslash takes the next one as itself."""
    shell, characters = "", iter(pattern)
    for character in characters:
        one = next(characters, "\\") if character == "\\" else character
        if one is character and one in "%_":
            shell += "*" if one == "%" else "?"
        else:
            shell += f"[{one}]" if one in "*?[" else one
    return compiled(translate(shell), flags)


def _of_number(column: Number, operator: str, wanted: Decimal) -> Condition:
    read, ordered = column.read, ORDERINGS[operator]

    def test(value: Decimal | int | None) -> bool:
        return operator == "not-equals" if value is None else ordered(Decimal(value), wanted)

    return Condition(lambda record: test(read(record)))


def _of_moment(column: Moment, operator: str, wanted: int) -> Condition:
    read, ordered = column.read, ORDERINGS[operator]
    beginning = operator in ("equals", "gte", "gt")
    end = operator in ("equals", "lte", "lt")
    late = 0 if column.of_end else LONGEST_REQUEST
    return Condition(
        lambda record: ordered(Decimal(read(record)), Decimal(wanted)),
        since=min(max(wanted, 0), LAST_MOMENT) if beginning else None,
        until=min(max(wanted + late + 1, 0), LAST_MOMENT) if end else None,
    )


def _one_of(place: str, operator: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    if operator not in known:
        raise _unknown(f"operator for {_short(place)}", operator, known)
    return operator


def _text(place: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise _refused(f"{_short(place)!r} is compared with text of at most {LONGEST_TEXT} characters.")
    return value


def _number(place: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e15:
        raise _refused(f"{_short(place)!r} is compared with a number, not {_short(value)!r}.")
    return Decimal(str(value))


def _moment(place: str, value: object) -> int:
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) else None
        zoned = when if when is None or when.tzinfo else when.replace(tzinfo=UTC)
        moment = None if zoned is None else round(zoned.timestamp() * 1000)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise _refused(
            f"{_short(place)!r} is compared with a time such as '2026-11-24T09:30:00Z', not {_short(value)!r}."
        )
    return moment


def _object(place: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _refused(f"There must be an object at {_short(place)!r}.")
    return value


def _unknown(kind: str, name: str, known: object) -> InvalidRequest:
    there = ", ".join(known) if isinstance(known, Mapping | tuple | list) else ""
    return _refused(f"There is no {kind} {_short(name)!r} to filter by. There are {there}.")


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, param="filter")


def _short(value: object) -> str:
    return str(value)[:80]
