"""What an operator wrote, read strictly: a field that is unknown or of the wrong kind is told, never passed over."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import Json, JsonObject

Choice = TypeVar("Choice", bound=str)
Part = TypeVar("Part")

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class Fields:
    """Takes the fields of one JSON object, each once; `end` refuses what is left. `what` names the object in messages.

    Every reader raises InvalidRequest, whose `param` is the field. A field that is null counts as left out.
    """

    def __init__(self, source: Json, what: str) -> None:
        self._left = {name: value for name, value in source.items() if value is not None}
        self._what = what

    def id(self, name: str = "id") -> str:
        value = self.needed_text(name, most=64)
        if not _ID.fullmatch(value):
            raise self.refused(name, f"is {value!r}; use small letters, digits and hyphens")
        return value

    def needed_text(self, name: str, *, most: int = 200) -> str:
        value = self.text(name, most=most)
        if not value:
            raise self.refused(name, "is missing")
        return value

    def text(self, name: str, default: str = "", *, most: int = 200) -> str:
        value = self._left.pop(name, default)
        if not isinstance(value, str) or len(value) > most or not value.isprintable():
            raise self.refused(name, f"must be one line of text, at most {most} characters")
        return value

    def choice(self, name: str, choices: Sequence[Choice], default: Choice | None = None) -> Choice:
        value = self._left.pop(name, default)
        for choice in choices:
            if value == choice:
                return choice
        raise self.refused(name, f"is {value!r}; it must be one of {', '.join(choices)}")

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        value = self._left.pop(name, default)
        if type(value) is not int or not least <= value <= most:
            raise self.refused(name, f"is {value!r}; it must be a whole number from {least:,} to {most:,}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise self.refused(name, f"is {value!r}; it must be true or false")
        return value

    def decimal(self, name: str) -> Decimal | None:
        """A finite number, written as one or as text, which keeps every digit."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        try:
            number = Decimal(str(value)) if isinstance(value, int | float | str) else Decimal("nan")
        except InvalidOperation:
            number = Decimal("nan")
        if isinstance(value, bool) or not number.is_finite() or abs(number.adjusted()) > 15:
            raise self.refused(name, f"is {value!r}; it must be a number")
        return number

    def texts(self, name: str, *, most: int = 20) -> tuple[str, ...]:
        values = self._list(name, most)
        texts = tuple(value for value in values if isinstance(value, str) and 0 < len(value) <= 200)
        if len(texts) != len(values):
            raise self.refused(name, "must be a list of texts")
        return texts

    def parts(self, name: str, read: Callable[[Json], Part], *, most: int = 20) -> tuple[Part, ...]:
        """A list of objects, each as `read` reads it."""
        values = self._list(name, most)
        objects = [value for value in values if isinstance(value, dict)]
        if len(objects) != len(values):
            raise self.refused(name, "must be a list of objects")
        return tuple(read(value) for value in objects)

    def part(self, name: str, read: Callable[[Json], Part]) -> Part | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.refused(name, "must be an object")
        return read(value)

    def named_texts(self, name: str, *, most: int = 20) -> Mapping[str, str]:
        value = self._left.pop(name, {})
        if not isinstance(value, dict) or len(value) > most:
            raise self.refused(name, f"must be an object with at most {most} texts")
        if not all(isinstance(part, str) and len(part) <= 1000 for part in value.values()):
            raise self.refused(name, "must be an object with texts in it")
        return {str(key): str(part) for key, part in value.items()}

    def take(self, name: str) -> object:
        """Whatever is there."""
        return self._left.pop(name, None)

    def refused(self, name: str, why: str) -> InvalidRequest:
        return InvalidRequest(f"{self._what}: {name!r} {why}.", param=name)

    def end(self) -> None:
        if self._left:
            name = min(self._left)
            raise self.refused(name, "is no field of it")

    def _list(self, name: str, most: int) -> list[object]:
        value = self._left.pop(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise self.refused(name, f"must be a list of at most {most}")
        return value


def written(**fields: object) -> JsonObject:
    """The JSON object of a definition: fields that say nothing (None, empty) are left out."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [], {}, ())}
