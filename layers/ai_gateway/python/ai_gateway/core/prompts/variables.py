"""A template's variables and the inputs that fill them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, assert_never, get_args

from ai_gateway.core.errors import PromptError
from ai_gateway.core.redaction import masked
from ai_gateway.core.wire import Json, TooDeep, dumps_text

VariableType: TypeAlias = Literal["string", "number", "boolean", "json"]
TYPES: tuple[VariableType, ...] = get_args(VariableType)

MOST_TOLD = 10
LONGEST_SHOWN = 80


class Value(NamedTuple):
    """What fills a variable: `typed` where it is a whole JSON value, `text` where it stands inside text."""

    typed: object
    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`default` is the default as written, and `fallback` its value; both are None when there is none. Equal variables
    have the same `key`.
    """

    name: str
    type: VariableType = "string"
    default: str | None = None
    fallback: Value | None = field(default=None, compare=False)
    key: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        default = "" if self.default is None else f"|{self.default}"
        object.__setattr__(self, "key", f"{self.name}:{self.type}{default}")


Values: TypeAlias = Mapping[str, Value]
"""By the keys of variables, since strings know their hash."""


def bind(variables: Iterable[Variable], inputs: Json) -> Values:
    """The value of each variable. Inputs are data: nothing in them is expanded. 0, false and "" are values; null is one
    for `json` only, elsewhere it is as if nothing was given.

    Raises PromptError, which names each variable that is missing or of another type, its type and what was given.
    """
    values: dict[str, Value] = {}
    problems: dict[str, str] = {}
    for variable in variables:
        given = inputs.get(variable.name)
        if type(given) is str and variable.type == "string":
            values[variable.key] = Value(given, given)
        elif (value := _value(variable, inputs)) is None:
            problems.setdefault(variable.name, _problem(variable, inputs))
        else:
            values[variable.key] = value
    if problems:
        raise PromptError(_told(problems), param=f"inputs.{next(iter(problems))}")
    return values


def read(kind: VariableType, given: object) -> Value | None:
    """What was given, as a value of this type; None when it is of another.

    A string may be given as a number or a boolean, a number as its text, and a boolean as true, false, yes or no in
    any case, as Helicone's clients do. In text they stand as they were given.
    """
    match kind:
        case "string":
            text = _scalar_text(given)
            return None if text is None else Value(text, text)
        case "number":
            return _number(given)
        case "boolean":
            return _boolean(given)
        case "json":
            written = _json(given)
            return None if written is None else Value(given, written)
        case _:
            assert_never(kind)


def described(kind: VariableType) -> str:
    return _DESCRIBED[kind]


def _value(variable: Variable, inputs: Json) -> Value | None:
    given = inputs.get(variable.name)
    if given is None and (variable.type != "json" or variable.name not in inputs):
        return variable.fallback
    return read(variable.type, given)


def _json(given: object) -> str | None:
    """None for what was read and cannot be written, being nested too deep."""
    try:
        return dumps_text(given)
    except TooDeep:
        return None


def _scalar_text(given: object) -> str | None:
    if isinstance(given, str):
        return given
    return dumps_text(given) if isinstance(given, bool | int | float) else None


def _number(given: object) -> Value | None:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return Value(given, dumps_text(given))
    if not isinstance(given, str) or len(given) > 400 or not _NUMERIC.fullmatch(given.strip()):
        return None
    number = float(given)
    if number in _INFINITIES:
        return None
    exact = int(given) if _WHOLE.fullmatch(given.strip()) else number
    return Value(exact if abs(exact) < 2**63 else number, given)


def _boolean(given: object) -> Value | None:
    if isinstance(given, bool):
        return Value(given, dumps_text(given))
    truth = _TRUTH.get(given.strip().lower()) if isinstance(given, str) else None
    return None if truth is None else Value(truth, str(given))


def _problem(variable: Variable, inputs: Json) -> str:
    wanted = _DESCRIBED[variable.type]
    given = inputs.get(variable.name)
    if given is None:
        state = "is null" if variable.name in inputs else "is missing"
        return f"The input {variable.name!r} {state}; the prompt needs {wanted}{_names(inputs)}."
    return f"The input {variable.name!r} must be {wanted}, got {_shown(given)}."


def _names(inputs: Json) -> str:
    if not inputs:
        return " and no inputs were given"
    names = ", ".join(repr(name[:LONGEST_SHOWN]) for name in list(inputs)[:MOST_TOLD])
    return f" (given: {names}{', ...' if len(inputs) > MOST_TOLD else ''})"


def _told(problems: Mapping[str, str]) -> str:
    told = " ".join(list(problems.values())[:MOST_TOLD])
    more = len(problems) - MOST_TOLD
    return f"{told} And {more} more." if more > 0 else told


def _shown(given: object) -> str:
    text = masked(given if isinstance(given, str) else _json(given) or "something nested too deep")
    cut = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
    return f"{cut!r} ({_kind(given)})" if isinstance(given, str) else f"{cut} ({_kind(given)})"


def _kind(given: object) -> str:
    if isinstance(given, bool):
        return "a boolean"
    return _KINDS.get(type(given), "null")


_DESCRIBED: dict[VariableType, str] = {
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "json": "a JSON value",
}
_KINDS: dict[type, str] = {str: "a string", int: "a number", float: "a number", dict: "an object", list: "a list"}
_NUMERIC = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_INFINITIES = frozenset((float("inf"), float("-inf")))
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
