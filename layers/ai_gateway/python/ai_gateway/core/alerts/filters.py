"""Which requests count: conditions on a record, all of which must hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ai_gateway.core.alerts.fields import Fields
from ai_gateway.core.pricing import PICO
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.usage import TokenCounts
from ai_gateway.core.wire import Json, JsonObject

Value: TypeAlias = str | float | bool
Read: TypeAlias = Callable[[RequestRecord], Value | None]
Test: TypeAlias = Callable[[RequestRecord], bool]
Operator: TypeAlias = Literal[
    "equals", "not-equals", "contains", "not-contains", "starts-with", "gt", "gte", "lt", "lte"
]
PROPERTY = "property:"


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` is one of `FIELDS`, or `property:` and the property's name. A record without the field meets the two
    operators that deny, and no other. Text is compared without case by `contains` only.
    """

    field: str
    operator: Operator
    value: Value


Filter: TypeAlias = tuple[Condition, ...]


def matcher(conditions: Filter) -> Test:
    """A test of records, made once and used on many."""
    tests = [_test(condition) for condition in conditions]
    if not tests:
        return lambda _: True
    if len(tests) == 1:
        return tests[0]
    return lambda record: all(test(record) for test in tests)


def reader(field: str) -> Read:
    """What a record has as `field`."""
    if field.startswith(PROPERTY):
        name = field.removeprefix(PROPERTY).lower()
        return lambda record: record.properties.get(name)
    return FIELDS[field]


def read_condition(source: Json) -> Condition:
    fields = Fields(source, "A condition of the filter")
    field = fields.needed_text("field")
    if field not in FIELDS and not (field.startswith(PROPERTY) and field != PROPERTY):
        raise fields.refused("field", f"is {field!r}; it must be one of {', '.join(FIELDS)} or property:<name>")
    operator = fields.choice("operator", get_args(Operator), "equals")
    value = fields.take("value")
    if not isinstance(value, str | int | float) or (isinstance(value, str) and len(value) > 1000):
        raise fields.refused("value", "must be a text, a number, true or false")
    numeric = field in NUMBERS
    if numeric != (isinstance(value, int | float) and not isinstance(value, bool)):
        raise fields.refused("value", f"must be {'a number' if numeric else 'a text, true or false'} for {field}")
    if not numeric and operator in ("gt", "gte", "lt", "lte"):
        raise fields.refused("operator", f"is {operator!r}, which compares numbers")
    fields.end()
    return Condition(field, operator, value)


def condition_fields(condition: Condition) -> JsonObject:
    return {"field": condition.field, "operator": condition.operator, "value": condition.value}


def _test(condition: Condition) -> Test:
    read, value = reader(condition.field), condition.value
    wanted = str(value).lower()
    match condition.operator:
        case "equals":
            return lambda record: read(record) == value
        case "not-equals":
            return lambda record: read(record) != value
        case "contains":
            return lambda record: wanted in str(read(record) or "").lower()
        case "not-contains":
            return lambda record: wanted not in str(read(record) or "").lower()
        case "starts-with":
            return lambda record: str(read(record) or "").startswith(str(value))
        case _:
            return _comparison(condition, read)


def _comparison(condition: Condition, read: Read) -> Test:
    limit, operator = float(condition.value), condition.operator

    def holds(record: RequestRecord) -> bool:
        value = read(record)
        if value is None or isinstance(value, str):
            return False
        match operator:
            case "gt":
                return value > limit
            case "gte":
                return value >= limit
            case "lt":
                return value < limit
            case _:
                return value <= limit

    return holds


def _last_called(record: RequestRecord) -> str | None:
    return next((attempt.provider for attempt in reversed(record.attempts) if not attempt.skipped), None)


FIELDS: Mapping[str, Read] = {
    "model": lambda record: record.model or record.model_asked,
    "model_asked": lambda record: record.model_asked,
    "provider": lambda record: record.provider or _last_called(record),
    "source": lambda record: record.source,
    "key": lambda record: record.key_id,
    "user": lambda record: record.user,
    "session": lambda record: record.session_id,
    "session_name": lambda record: record.session_name,
    "path": lambda record: record.path,
    "outcome": lambda record: record.outcome,
    "error_type": lambda record: record.error_type,
    "finish_reason": lambda record: record.finish_reason,
    "mode": lambda record: record.mode,
    "stream": lambda record: record.stream,
    "simulated": lambda record: record.simulated,
    "status": lambda record: record.status,
    "cost": lambda record: None if record.cost is None else record.cost / PICO,
    "latency": lambda record: record.duration_ms,
    "ttft": lambda record: record.ttft_ms,
    "tokens": lambda record: TokenCounts.of(record.tokens).total,
}
"""`cost` is dollars, `latency` and `ttft` are milliseconds. The model of what nobody served is the one asked
for, its provider the last that was called.
"""

NUMBERS = frozenset(("status", "cost", "latency", "ttft", "tokens"))
