"""The body of a prompt: a chat request whose messages, tools and response format are templates."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeAlias

from ai_gateway.core.chat import check_request
from ai_gateway.core.errors import InvalidRequest, PromptError
from ai_gateway.core.prompts.language import Partial, Template, link, parse
from ai_gateway.core.prompts.variables import Values, Variable, bind
from ai_gateway.core.wire import Json, JsonObject, TooDeep, dumps, items, objects, text, without

TEMPLATED = frozenset(("messages", "tools", "functions", "tool_choice", "response_format", "prediction"))
"""The fields in which variables are expanded; all others are kept as they are."""

OF_REQUESTS = frozenset(("prompt_id", "version_id", "version", "environment", "inputs", "helicone"))
DEEPEST = 100

Find: TypeAlias = Callable[[Partial], Template]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A body made ready once, to be rendered often. What holds no variable is shared by all that is rendered, so
    nobody may write into it.
    """

    fields: Mapping[str, "_Node"]
    variables: tuple[Variable, ...]
    partials: tuple[Partial, ...]
    open_fields: tuple[str, ...]
    """Those that are one variable and nothing else: what they are only the inputs tell."""

    def render(self, inputs: Json) -> JsonObject:
        """The body filled in. Raises PromptError as `bind` does, and for an input that is no such field. There must be
        no partials left.
        """
        values = bind(self.variables, inputs)
        body = {
            name: node.value if type(node) is _Constant else node.render(values) for name, node in self.fields.items()
        }
        if self.open_fields:
            _check({name: body[name] for name in self.open_fields})
        return body

    def linked(self, find: Find) -> "Compiled":
        """With every partial put in place; `find` gives the text of one. Raises PromptError as `link` does."""
        if not self.partials:
            return self
        return _compiled({name: node.linked(find) for name, node in self.fields.items()})


def compile_body(body: JsonObject) -> Compiled:
    """Raises PromptError for a template that cannot be read; `param` says where it stands."""
    return _compiled({name: _field(name, value) for name, value in body.items()})


def check_body(body: JsonObject) -> Compiled:
    """As `compile_body`, for a body that is to be stored: raises PromptError also for what no request may hold."""
    check_writable(body)
    for name in sorted(OF_REQUESTS.intersection(body)):
        raise PromptError(f"{name!r} belongs to a request, not to a stored prompt. Leave it out.", param=name)
    compiled = compile_body(body)
    _check(without(body, (name for name in compiled.open_fields if name != "messages")))
    return compiled


def check_writable(body: JsonObject) -> None:
    """Raises PromptError for what JSON parsers read and ours does not write: huge numbers, half characters."""
    try:
        dumps(body)
    except (TooDeep, TypeError) as error:
        raise PromptError(f"The body cannot be written as JSON: {error}.", param="body") from None


def message_text(body: Json, partial: Partial) -> str:
    """The text that the partial stands for, of the body it names: a message's text parts, joined by a space.

    Raises PromptError when there is no such message.
    """
    messages = items(body, "messages")
    message = messages[partial.index] if partial.index < len(messages) else None
    if not isinstance(message, dict):
        raise PromptError(f"{partial} asks for message {partial.index}, and the prompt has {len(messages)} (from 0).")
    if isinstance(message.get("content"), str):
        return text(message, "content")
    return " ".join(text(part, "text") for part in objects(message, "content") if "text" in part)


def _check(fields: JsonObject) -> None:
    try:
        check_request(fields, needs_messages=False)
    except InvalidRequest as error:
        raise PromptError(error.message, param=error.param) from error


class _Node(Protocol):
    """A JSON value that may hold templates."""

    def render(self, values: Values) -> object: ...

    def linked(self, find: Find) -> "_Node": ...

    def templates(self) -> Iterable[Template]: ...


@dataclass(frozen=True, slots=True)
class _Constant:
    value: object

    def render(self, values: Values) -> object:  # noqa: ARG002
        return self.value

    def linked(self, find: Find) -> _Node:  # noqa: ARG002
        return self

    def templates(self) -> Iterable[Template]:
        return ()


@dataclass(frozen=True, slots=True)
class _Filled:
    """A string with tags. `is_text` says that it must stay a string: a message's text, an object's key."""

    template: Template
    is_text: bool

    def render(self, values: Values) -> object:
        return self.template.text(values) if self.is_text else self.template.value(values)

    def linked(self, find: Find) -> _Node:
        return _Filled(link(self.template, find), self.is_text)

    def templates(self) -> Iterable[Template]:
        return (self.template,)


@dataclass(frozen=True, slots=True)
class _Array:
    members: tuple[_Node, ...]

    def render(self, values: Values) -> object:
        return [node.render(values) for node in self.members]

    def linked(self, find: Find) -> _Node:
        return _Array(tuple(node.linked(find) for node in self.members))

    def templates(self) -> Iterable[Template]:
        return (template for node in self.members for template in node.templates())


@dataclass(frozen=True, slots=True)
class _Object:
    members: tuple[tuple[_Node, _Node], ...]

    def render(self, values: Values) -> object:
        return {
            str(key.value if type(key) is _Constant else key.render(values)): node.render(values)
            for key, node in self.members
        }

    def linked(self, find: Find) -> _Node:
        return _Object(tuple((key.linked(find), node.linked(find)) for key, node in self.members))

    def templates(self) -> Iterator[Template]:
        for key, node in self.members:
            yield from key.templates()
            yield from node.templates()


def _compiled(fields: Mapping[str, _Node]) -> Compiled:
    templates = [template for node in fields.values() for template in node.templates()]
    variables = dict.fromkeys(variable for template in templates for variable in template.variables())
    partials = dict.fromkeys(partial for template in templates for partial in template.partials())
    whole = tuple(name for name, node in fields.items() if _is_variable(node))
    return Compiled(fields, tuple(variables), tuple(partials), whole)


@dataclass(frozen=True, slots=True)
class _Reader:
    """`spoken` are the keys whose strings stay strings, whatever the type of the variable that is all of them."""

    spoken: frozenset[str]

    def node(self, value: object, where: str, *, is_text: bool = False, depth: int = 0) -> _Node:
        if depth > DEEPEST:
            raise PromptError(f"{where[:80]}... is nested more than {DEEPEST} levels deep.", param=where[:80])
        if isinstance(value, str):
            return _string(value, where, is_text=is_text)
        if isinstance(value, list):
            nodes = [self.node(member, f"{where}[{index}]", depth=depth + 1) for index, member in enumerate(value)]
            return _Constant(value) if _are_constant(nodes) else _Array(tuple(nodes))
        if isinstance(value, dict):
            members = [self._member(key, member, where, depth) for key, member in value.items()]
            return _Constant(value) if _are_constant(chain(*members)) else _Object(tuple(members))
        return _Constant(value)

    def _member(self, key: str, value: object, where: str, depth: int) -> tuple[_Node, _Node]:
        node = self.node(value, f"{where}.{key}", is_text=key in self.spoken, depth=depth + 1)
        return _string(key, where, is_text=True), node


_IN_MESSAGES = _Reader(frozenset(("content", "text")))
_ELSEWHERE = _Reader(frozenset())


def _field(name: str, value: object) -> _Node:
    if name not in TEMPLATED:
        return _Constant(value)
    return (_IN_MESSAGES if name in ("messages", "prediction") else _ELSEWHERE).node(value, name)


def _string(value: str, where: str, *, is_text: bool) -> _Node:
    if "{{" not in value:
        return _Constant(value)
    try:
        template = parse(value)
    except PromptError as error:
        raise PromptError(f"{where}: {error.message}", param=where) from error
    return _Constant(value) if template.pieces == (value,) else _Filled(template, is_text)


def _are_constant(nodes: Iterable[_Node]) -> bool:
    return all(isinstance(node, _Constant) for node in nodes)


def _is_variable(node: _Node) -> bool:
    return isinstance(node, _Filled) and len(node.template.pieces) == 1
