"""Makes answers up: plausible, short, and the same for the same request.

What is answered follows from the request: tool calls where a tool is asked for, JSON where a schema is, what a tool
returned, the text after "Reply with exactly:", and else a sentence that repeats what the user said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ai_gateway.core.wire import JsonObject, dumps_text
from ai_gateway.runtime.simulator.behaviors import Behavior
from ai_gateway.runtime.simulator.cache import CacheUse
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt, Tool, tokens_of
from ai_gateway.runtime.simulator.values import object_for, value_for

Finish: TypeAlias = Literal["stop", "stop_sequence", "length", "tool_calls", "content_filter"]

_REPEATED = 160
_PIECE = 12
_MOST_PIECES = 256
_EXACTLY = re.compile(
    r"\b(?:reply|answer|respond) with (?:exactly|only)(?: the words?)?:?\s+(.+)", re.IGNORECASE | re.DOTALL
)
_PLAIN_WORDS = frozenset(
    ("get", "fetch", "find", "look", "lookup", "list", "read", "show", "to", "the", "of", "a", "by", "for")
)
_FILLER = "All of this was made up by a simulated provider. "


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call. `seed` is what its id is drawn from."""

    name: str
    arguments: JsonObject
    seed: str

    @property
    def arguments_text(self) -> str:
        return dumps_text(self.arguments)


@dataclass(frozen=True, slots=True)
class Reply:
    """One choice. `stopped_by` is the stop sequence that ended it."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    finish: Finish = "stop"
    stopped_by: str | None = None

    @property
    def reasoning_tokens(self) -> int:
        return tokens_of(self.reasoning)

    @property
    def tokens(self) -> int:
        """Reasoning included."""
        calls = sum(4 + tokens_of(call.name) + tokens_of(call.arguments_text) for call in self.calls)
        return self.reasoning_tokens + tokens_of(self.text) + calls


@dataclass(frozen=True, slots=True)
class Answer:
    """`seed` is a digest of the request, for identifiers; `created` is in Unix seconds."""

    request: Received
    prompt: Prompt
    replies: tuple[Reply, ...]
    cached: CacheUse
    seed: str
    created: int

    @property
    def model(self) -> str:
        return self.prompt.model

    @property
    def input_tokens(self) -> int:
        """All of them, cached or not."""
        return self.prompt.tokens

    @property
    def output_tokens(self) -> int:
        """Reasoning included."""
        return sum(reply.tokens for reply in self.replies)

    @property
    def reasoning_tokens(self) -> int:
        return sum(reply.reasoning_tokens for reply in self.replies)


def replies_to(prompt: Prompt, behavior: Behavior, seed: str) -> tuple[Reply, ...]:
    """One reply for each choice that was asked for."""
    return tuple(_reply(prompt, behavior, f"{seed}/{index}", index) for index in range(prompt.choices))


def pieces_of(text: str) -> Iterator[str]:
    """A text as a stream would bring it: in a few words at a time, and never in more than some hundred pieces."""
    size = max(_PIECE, -(-len(text) // _MOST_PIECES))
    start = 0
    while start < len(text):
        end = start + size
        space = text.find(" ", end, end + size)
        end = space if space > 0 else end
        yield text[start:end]
        start = end


def _reply(prompt: Prompt, behavior: Behavior, seed: str, index: int) -> Reply:
    reasoning = _reasoning(prompt) if prompt.reasons or behavior.reasons else ""
    calls = _calls(prompt, behavior, seed)
    if calls:
        return Reply(reasoning=reasoning, calls=calls, finish="tool_calls")
    text = _text(prompt, behavior) + (f" (Choice {index + 1}.)" if index and prompt.schema is None else "")
    if behavior.filtered:
        return Reply(text[: len(text) // 2], reasoning, finish="content_filter")
    return Reply(text, reasoning) if behavior.filler else _limited(Reply(text, reasoning), prompt, behavior)


def _reasoning(prompt: Prompt) -> str:
    return f"The user said: {_shortened(prompt.said)!r}. A short answer will do."


def _calls(prompt: Prompt, behavior: Behavior, seed: str) -> tuple[Call, ...]:
    tools = _called(prompt, behavior)
    return tuple(
        Call(tool.name, object_for(tool.schema, prompt.said), f"{seed}/call/{index}")
        for index, tool in enumerate(tools)
    )


def _called(prompt: Prompt, behavior: Behavior) -> list[Tool]:
    if prompt.choice == "none" or not prompt.tools:
        return []
    if prompt.forced is not None:
        return [tool for tool in prompt.tools if tool.name == prompt.forced]
    required = prompt.choice == "required"
    if prompt.results and not required:
        return []
    asked_for = [tool for tool in prompt.tools if _asks_for(prompt.said, tool.name)]
    if not asked_for and (required or behavior.calls_tool):
        asked_for = [prompt.tools[0]]
    return asked_for if prompt.parallel else asked_for[:1]


def _asks_for(said: str, name: str) -> bool:
    """Whether the words of a tool's name (`get_weather`: weather) all occur in what was said."""
    text = said.lower()
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name)}
    return all(re.search(rf"\b{word}", text) for word in words - _PLAIN_WORDS or words)


def _text(prompt: Prompt, behavior: Behavior) -> str:
    if behavior.filler:
        return (_FILLER * (behavior.filler // len(_FILLER) + 1))[: behavior.filler]
    if prompt.schema is not None:
        return dumps_text(value_for(prompt.schema, prompt.said))
    if prompt.results:
        return " ".join(f"{result.name} returned: {_shortened(result.text)}" for result in prompt.results)
    if exactly := _EXACTLY.search(prompt.said):
        return exactly[1].strip()
    said = f'You said: "{_shortened(prompt.said)}". ' if prompt.said else ""
    tail = " Voilà: 東京 🙂." if behavior.piece else ""
    return f"{said}This is a simulated answer of {prompt.model}.{tail}"


def _shortened(text: str) -> str:
    return text if len(text) <= _REPEATED else f"{text[:_REPEATED]}…"


def _limited(reply: Reply, prompt: Prompt, behavior: Behavior) -> Reply:
    """The reply up to its first stop sequence and within its token limit, whichever comes first."""
    text, finish, stopped_by = reply.text, reply.finish, None
    found = [(text.find(stop), stop) for stop in prompt.stops if stop and stop in text]
    if found:
        end, stopped_by = min(found)
        text, finish = text[:end], "stop_sequence"
    limit = tokens_of(text) // 2 + reply.reasoning_tokens if behavior.cut_short else prompt.max_tokens
    if limit is None or reply.reasoning_tokens + tokens_of(text) <= limit:
        return Reply(text, reply.reasoning, finish=finish, stopped_by=stopped_by)
    reasoning = reply.reasoning[: limit * 4]
    return Reply(text[: max(0, limit - tokens_of(reasoning)) * 4], reasoning, finish="length")
