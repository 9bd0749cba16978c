"""Conditions on a request, joined by and and or: they hold, do not hold, or hold only if the bodies say so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ai_gateway.core.records import RequestRecord


@dataclass(frozen=True, slots=True)
class Condition:
    """`of_bodies` says that the test looks into the bodies. `since`, `until` (Unix milliseconds) and `session` are what
    must be true of a request's end and session where the condition holds, so that a search can begin and end there.
    """

    test: Callable[[RequestRecord], bool]
    of_bodies: bool = False
    since: int | None = None
    until: int | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Holds where every part does; without parts, everywhere."""

    parts: "tuple[Tree, ...]" = ()


@dataclass(frozen=True, slots=True)
class Some:
    """Holds where one of the parts does."""

    parts: "tuple[Tree, ...]"


Tree: TypeAlias = Condition | All | Some


def holds(tree: Tree, record: RequestRecord, *, bodies: bool) -> bool | None:
    """None where only the bodies could tell and the record comes without them (`bodies` is False)."""
    match tree:
        case Condition():
            return None if tree.of_bodies and not bodies else tree.test(record)
        case All(parts):
            found = [holds(part, record, bodies=bodies) for part in parts]
            return False if False in found else None if None in found else True
        case Some(parts):
            found = [holds(part, record, bodies=bodies) for part in parts]
            return True if True in found else None if None in found else False


def reads_bodies(tree: Tree) -> bool:
    if isinstance(tree, Condition):
        return tree.of_bodies
    return any(map(reads_bodies, tree.parts))


def needed(tree: Tree) -> Iterator[Condition]:
    """The conditions that hold wherever the tree does."""
    if isinstance(tree, Condition):
        yield tree
    elif isinstance(tree, All) or len(tree.parts) == 1:
        for part in tree.parts:
            yield from needed(part)
