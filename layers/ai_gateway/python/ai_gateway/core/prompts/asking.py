"""What a request says of a stored prompt, and the one request that the two become."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.errors import InvalidRequest, UnknownPrompt
from ai_gateway.core.prompts.versions import Number, Prompt, parse_number
from ai_gateway.core.wire import Json, JsonObject, items, mapping, text

ONLY_WITH_ID = ("inputs", "version_id", "environment")
"""Fields that mean nothing without `prompt_id`. `version` may be a provider's own."""

FIELDS = frozenset(("prompt_id", "version", *ONLY_WITH_ID))
MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """Which prompt a request asks for: `version` is a number or the id of a version, and wins over `environment`."""

    prompt_id: str
    inputs: JsonObject
    version: Number | str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class PromptUse:
    """What a request got, for its record. `environment` is None where the request named a version."""

    prompt_id: str
    version: Number
    environment: str | None = None


def asks(request: Json) -> bool:
    """Whether `asked_of` has to look at a request at all."""
    return not _TELLING.isdisjoint(request)


def asked_of(request: Json) -> Asked:
    """Raises InvalidRequest for fields of other types, and for fields of a prompt without `prompt_id`."""
    if "prompt_id" not in request:
        (field, *_) = (name for name in ONLY_WITH_ID if name in request)
        raise InvalidRequest(f"{field!r} belongs to a stored prompt, and 'prompt_id' is missing.", param="prompt_id")
    for name, kind in _TYPES.items():
        if name in request and not isinstance(request[name], kind):
            raise InvalidRequest(f"{name!r} must be {_DESCRIBED[name]}.", param=name)
    version = request.get("version_id", request.get("version"))
    environment = request.get("environment")
    return Asked(
        text(request, "prompt_id"),
        mapping(request, "inputs"),
        parse_number(version) or version if isinstance(version, str) else None,
        environment if isinstance(environment, str) else None,
    )


def merged(stored: JsonObject, request: Json) -> ChatRequest:
    """The stored prompt, rendered, under the request; both were checked. The prompt's messages come first, then the
    request's; the request's parameters stand instead of the prompt's; the tools are those of both, the request's where
    names are the same. What only names the prompt is left out. Whether to stream is the request's to say.

    Raises InvalidRequest when neither has a message.
    """
    both: JsonObject = {**stored, **request, "messages": items(stored, "messages") + items(request, "messages")}
    for name in FIELDS:
        both.pop(name, None)
    for name in _OF_REQUESTS.union(*(_RIVALS[name] for name in _RIVALS.keys() & request.keys())):
        if name not in request:
            both.pop(name, None)
    for name in ("tools", "functions"):
        if name in stored and name in request:
            both[name] = _tools(items(stored, name), items(request, name))
    if not both["messages"]:
        raise InvalidRequest("Neither the stored prompt nor the request has a message.", param="messages")
    return cast("ChatRequest", both)


def unknown_prompt(prompt_id: str, known: Iterable[str]) -> UnknownPrompt:
    told = f"There is no prompt {prompt_id[:80]!r}."
    return UnknownPrompt(_listed(told, "There are", _nearest_first(prompt_id, known)), param="prompt_id")


def unknown_version(prompt: Prompt, asked: Number | str, known: Iterable[Number]) -> UnknownPrompt:
    told = f"The prompt {prompt.id!r} has no version {str(asked)[:80]!r}."
    return UnknownPrompt(_listed(told, "It has", [str(number) for number in known]), param="version_id")


def unknown_environment(prompt: Prompt, environment: str) -> UnknownPrompt:
    told = f"The prompt {prompt.id!r} has no environment {environment[:80]!r}."
    names = _nearest_first(environment, sorted(prompt.environments))
    return UnknownPrompt(_listed(told, "It has", names), param="environment")


def _listed(told: str, have: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f"{told} {have}: {', '.join(names[:MOST_LISTED])}{more}." if names else f"{told} {have} none yet."


def _nearest_first(asked: str, known: Iterable[str]) -> list[str]:
    names = list(known)
    return list(dict.fromkeys((*get_close_matches(asked[:80], names, n=MOST_LISTED, cutoff=0.5), *names)))


def _tools(stored: list[object], own: list[object]) -> list[object]:
    names = {name for tool in own if (name := _name(tool))}
    return [tool for tool in stored if _name(tool) not in names] + own


def _name(tool: object) -> str:
    if not isinstance(tool, dict):
        return ""
    return text(mapping(tool, "function"), "name") or text(mapping(tool, "custom"), "name") or text(tool, "name")


_TELLING = frozenset(("prompt_id", *ONLY_WITH_ID))
_TYPES: dict[str, type] = {"prompt_id": str, "version_id": str, "version": str, "environment": str, "inputs": dict}
_DESCRIBED = {
    "prompt_id": "a string",
    "version_id": "a string: a version's id, or its number as text, such as '1.2'",
    "version": "a string: a version's number as text, such as '1.2', or its id",
    "environment": "a string",
    "inputs": "an object of names and values",
}
_OF_REQUESTS = frozenset(("stream", "stream_options"))
_LIMITS = ("max_tokens", "max_completion_tokens")
_REASONING = ("reasoning_effort", "reasoning", "reasoning_options", "thinking")
# Other spellings of the same wish: the prompt's does not stand beside the request's.
_RIVALS = {name: tuple(other for other in group if other != name) for group in (_LIMITS, _REASONING) for name in group}
