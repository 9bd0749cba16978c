"""Behaviours: how a request asks a simulated provider to be slow, to fail or to answer in a certain way.

The grammar is in the package's docstring. A rule is read for one provider; what is not asked for stays as it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ai_gateway.runtime.simulator.failures import Failure

HEADER = "simulator-behavior"
MARK = "~"
_ARGUMENT = re.compile(r"[:-]")


@dataclass(frozen=True, slots=True)
class Behavior:
    """Delays are in seconds, `*_after` in chunks of the stream, `piece` in bytes. `requests` limits the behaviour to so
    many requests with the same body.
    """

    failure: Failure | None = None
    first_delay: float = 0.0
    chunk_delay: float = 0.0
    silent: bool = False
    stall_after: int | None = None
    drop_after: int | None = None
    error_after: int | None = None
    malformed_after: int | None = None
    html_status: int | None = None
    empty: bool = False
    piece: int | None = None
    filtered: bool = False
    cut_short: bool = False
    calls_tool: bool = False
    reasons: bool = False
    filler: int = 0
    requests: int | None = None


class UnknownBehavior(ValueError):
    """A rule that the grammar does not have; the message says what it has."""


def behavior_of(provider: str, rules: str) -> Behavior:
    """What `rules` (`openai=500, slow:200+tool`) ask of one provider; raises UnknownBehavior."""
    behavior = Behavior()
    for rule in filter(None, (part.strip() for part in rules.split(","))):
        owner, named, actions = rule.rpartition("=")
        if not named or owner.strip() == provider:
            behavior = _apply(behavior, actions)
    return behavior


def split_model(model: str) -> tuple[str, str]:
    """A model's name and the rules behind its `~`: `gpt-4o~slow-20+tool` is `gpt-4o` and `slow-20+tool`."""
    name, _, rules = model.partition(MARK)
    return name, rules


def _apply(behavior: Behavior, actions: str) -> Behavior:
    for action in actions.split("+"):
        name, *arguments = _ARGUMENT.split(action.strip().lower())
        change = _ACTIONS.get("status" if re.fullmatch(r"[45]\d\d", name) else name)
        if change is None or name == "status" or not all(argument.isdecimal() for argument in arguments):
            raise UnknownBehavior(
                f"Unknown simulator behaviour {action!r}. Known ones are a status such as 429 or 500, "
                f"{', '.join(sorted(_ACTIONS.keys() - {'status'}))}; arguments are whole numbers after a colon."
            )
        numbers = [int(argument) for argument in arguments]
        behavior = change(behavior, [int(name), *numbers] if name.isdecimal() else numbers)
    return behavior


_Change: TypeAlias = Callable[[Behavior, Sequence[int]], Behavior]


def _number(numbers: Sequence[int], index: int, default: int) -> int:
    return numbers[index] if index < len(numbers) else default


def _slow(behavior: Behavior, numbers: Sequence[int]) -> Behavior:
    first = _number(numbers, 0, 1000)
    between = _number(numbers, 1, 0 if numbers else 100)
    return replace(behavior, first_delay=first / 1000, chunk_delay=between / 1000)


def _status(behavior: Behavior, numbers: Sequence[int]) -> Behavior:
    status = numbers[0]
    retry_after = _number(numbers, 1, 1) if status == 429 or len(numbers) > 1 else None
    return replace(behavior, failure=Failure(status, retry_after=retry_after))


def _failing(failure: Failure) -> _Change:
    return lambda behavior, _: replace(behavior, failure=failure)


def _after_chunks(name: str, default: int = 2) -> _Change:
    return lambda behavior, numbers: replace(behavior, **{name: _number(numbers, 0, default)})  # type: ignore[arg-type]


def _flag(name: str) -> _Change:
    return lambda behavior, _: replace(behavior, **{name: True})  # type: ignore[arg-type]


_ACTIONS: Mapping[str, _Change] = {
    "status": _status,
    "context": _failing(Failure(400, "context")),
    "policy": _failing(Failure(400, "policy")),
    "quota": _failing(Failure(429, "quota")),
    "slow": _slow,
    "hang": _flag("silent"),
    "stall": _after_chunks("stall_after"),
    "drop": _after_chunks("drop_after"),
    "error": _after_chunks("error_after"),
    "malformed": _after_chunks("malformed_after"),
    "html": lambda behavior, numbers: replace(behavior, html_status=_number(numbers, 0, 502)),
    "empty": _flag("empty"),
    "scatter": lambda behavior, numbers: replace(behavior, piece=max(1, _number(numbers, 0, 7))),
    "filter": _flag("filtered"),
    "length": _flag("cut_short"),
    "tool": _flag("calls_tool"),
    "reasoning": _flag("reasons"),
    "huge": lambda behavior, numbers: replace(behavior, filler=_number(numbers, 0, 1024) * 1024),
    "times": lambda behavior, numbers: replace(behavior, requests=_number(numbers, 0, 1)),
}
