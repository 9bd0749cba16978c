"""The template language: text with variables and with pieces of other prompts.

| written | means |
|---|---|
| `{{name}}` | the input `name`, as text |
| `{{hc:name:type}}` | the input `name`, which must be a string, number, boolean or json (Helicone's syntax) |
| `{{name\\|default}}`, `{{hc:name:type\\|default}}` | the default when there is no such input |
| `{{hcp:id:index}}`, `{{hcp:id:index:environment}}` | the text of message `index` of another prompt (Helicone's) |
| `{{"text"}}` | the text between the quotes, whatever it is: how to write `{{name}}` itself |

The bar cannot stand in a name, and Helicone's own grammar has no place for it, so a default changes the meaning of no
prompt written for Helicone; it reads as "name or". A default is the rest of the tag without the white space around it,
or a JSON string in quotes when it holds `}}` or needs its white space; one of a `json` variable is JSON. All else, such
as `{{ two words }}` and `{{#each}}`, is text and stays as it is.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts.variables import TYPES, Value, Values, Variable, VariableType, described, read
from ai_gateway.core.wire import loads

LARGEST = 4 * 1024 * 1024
"""Characters and pieces of a template with its partials: what a request can hold."""

PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Partial:
    """The text of a message of another prompt, as that prompt is in an environment."""

    prompt_id: str
    index: int
    environment: str = PRODUCTION

    def __str__(self) -> str:
        return f"{{{{hcp:{self.prompt_id}:{self.index}:{self.environment}}}}}"


Piece: TypeAlias = str | Variable | Partial


@dataclass(frozen=True, slots=True)
class Template:
    pieces: tuple[Piece, ...]

    def variables(self) -> Iterator[Variable]:
        return (piece for piece in self.pieces if isinstance(piece, Variable))

    def partials(self) -> Iterator[Partial]:
        return (piece for piece in self.pieces if isinstance(piece, Partial))

    def text(self, values: Values) -> str:
        """The template filled in. There must be no partials left in it."""
        return "".join([piece if type(piece) is str else values[piece.key].text for piece in self.pieces])  # type: ignore[union-attr]

    def value(self, values: Values) -> object:
        """As `text`, but a template that is one variable and nothing else keeps the variable's type."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], Variable):
            return values[self.pieces[0].key].typed
        return self.text(values)


def parse(text: str) -> Template:
    """Raises PromptError for a tag that begins as one of Helicone's and cannot be read, for a type that does not exist
    and for a default that is not of its variable's type.
    """
    pieces: list[Piece] = []
    done = 0
    reader = _Reader(text)
    start = text.find("{{")
    while start != -1:
        piece, end = reader.tag(start)
        if piece is None:
            start = text.find("{{", start + 1)
            continue
        if start > done:
            pieces.append(text[done:start])
        pieces.append(piece)
        done = end
        start = text.find("{{", end)
    if done < len(text) or not pieces:
        pieces.append(text[done:])
    return Template(tuple(pieces))


def link(template: Template, find: Callable[[Partial], Template]) -> Template:
    """The template with its partials, and theirs, put in place; `find` gives the text of one, unlinked.

    Raises PromptError when a partial holds itself, or when all together are larger than a request may be.
    """
    return _Linking(find).link(template)


class _Reader:
    """Reads the tags of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last_close = text.rfind("}}")

    def tag(self, start: int) -> tuple[Piece | None, int]:
        """The piece whose tag starts there, and where it ends; None when it is only text."""
        match = _TAG.match(self._text, start)
        if match is None:
            if _HELICONE.match(self._text, start):
                raise PromptError(f"{self._excerpt(start)} cannot be read. {_FORMS}")
            return None, start
        if match["literal"] is not None:
            return _json_string(match["literal"]), match.end()
        if match["partial"] is not None:
            return Partial(match["partial"], int(match["index"]), match["environment"] or PRODUCTION), match.end()
        name = match["name"] or match["plain"]
        kind = _type_of(name, match["type"] or "string")
        if match["close"] != "|":
            return Variable(name, kind), match.end()
        default = self._default(match.end(), name, kind)
        if default is None:
            if match["name"]:
                raise PromptError(f"{self._excerpt(start)} has no end. {_FORMS}")
            return None, start
        written, value, end = default
        return Variable(name, kind, written, value), end

    def _default(self, start: int, name: str, kind: VariableType) -> tuple[str, Value, int] | None:
        """The default as written, its value, and where the tag ends; None when it does not end."""
        if start > self._last_close:
            return None
        quoted = _QUOTED.match(self._text, start)
        given = _json_string(quoted[1]) if quoted else None
        if quoted and given is not None:
            return quoted[1], _default_value(name, kind, given), quoted.end()
        if kind == "json":
            return self._json_default(start, name)
        stop = self._text.index("}}", start)
        written = self._text[start:stop].strip()
        if "{{" in written:
            raise PromptError(f"The default of {name!r} holds another tag. To have it as text, put it in quotes.")
        return written, _default_value(name, kind, written), stop + 2

    def _json_default(self, start: int, name: str) -> tuple[str, Value, int]:
        space = _SPACE.match(self._text, start)
        begin = space.end() if space else start
        try:
            _, end = _DECODER.raw_decode(self._text, begin)
            given = loads(self._text[begin:end])
        except (ValueError, RecursionError):
            told = self._text[begin : begin + 40]
            raise PromptError(f"The default of {name!r} must be JSON; it begins {told!r}.") from None
        close = _CLOSE.match(self._text, end)
        if close is None:
            told = self._text[end : end + 20]
            raise PromptError(f"After the default of {name!r} there must be '}}}}', not {told!r}.")
        return self._text[begin:end], _default_value(name, "json", given), close.end()

    def _excerpt(self, start: int) -> str:
        stop = self._text.find("}}", start, start + 78)
        return repr(self._text[start : start + 80 if stop == -1 else stop + 2])


def _type_of(name: str, written: str) -> VariableType:
    if written not in TYPES:
        raise PromptError(f"The variable {name!r} has the unknown type {written!r}. Types are {', '.join(TYPES)}.")
    return written


def _default_value(name: str, kind: VariableType, given: object) -> Value:
    value = read(kind, given)
    if value is None:
        raise PromptError(f"The default of {name!r} must be {described(kind)}, got {given!r}.")
    return value


def _json_string(written: str) -> str | None:
    try:
        return str(loads(written))
    except ValueError:
        return None


class _Linking:
    """One linking: each partial is linked once, however often it stands."""

    def __init__(self, find: Callable[[Partial], Template]) -> None:
        self._find = find
        self._linked: dict[Partial, Template] = {}
        self._open: list[Partial] = []

    def link(self, template: Template) -> Template:
        pieces: list[Piece] = []
        size = 0
        for piece in template.pieces:
            added = self._partial(piece).pieces if isinstance(piece, Partial) else (piece,)
            size += sum(len(one) if isinstance(one, str) else 1 for one in added)
            if size > LARGEST:
                raise PromptError(f"The prompt with its partials is larger than {LARGEST:,} characters.")
            pieces += added
        return Template(tuple(pieces))

    def _partial(self, partial: Partial) -> Template:
        if partial in self._open:
            chain = " -> ".join(map(str, (*self._open[self._open.index(partial) :], partial)))
            raise PromptError(f"A partial holds itself: {chain}.")
        linked = self._linked.get(partial)
        if linked is None:
            self._open.append(partial)
            linked = self._linked[partial] = self.link(self._find(partial))
            self._open.pop()
        return linked


_FORMS = f"Write {{{{hc:name:type}}}} (types: {', '.join(TYPES)}) or {{{{hcp:id:index:environment}}}}."
_NAME = r"(?:[^\W\d]|-)[\w.-]*+"
_STRING = r'"(?:[^"\\\x00-\x1f]|\\.)*+"'
_TAG = re.compile(
    rf"""\{{\{{\s*+(?:
        hcp\s*+:\s*+(?P<partial>[A-Za-z0-9_-]++)\s*+:\s*+(?P<index>[0-9]{{1,6}})\s*+
            (?::\s*+(?P<environment>[A-Za-z0-9_.-]++)\s*+)?\}}\}}
        | hc\s*+:\s*+(?P<name>{_NAME})\s*+:\s*+(?P<type>{_NAME})\s*+(?=\}}\}}|\|)
        | (?P<plain>{_NAME})\s*+(?=\}}\}}|\|)
        | (?P<literal>{_STRING})\s*+\}}\}}
    )(?P<close>(?:\}}\}}|\|)?)""",
    re.VERBOSE,
)
_HELICONE = re.compile(r"\{\{\s*+hcp?\s*+:")
_QUOTED = re.compile(rf"\s*+({_STRING})\s*+\}}\}}")
_CLOSE = re.compile(r"\s*+\}\}")
_SPACE = re.compile(r"\s*+")
_DECODER = json.JSONDecoder()
