"""What an answer says, in terms in which the caller's view and the provider's can be compared, and the form of streams."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.contract.replay.stage import Replay

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `id` is None where the provider gave it none. `arguments` are parsed, or text if they are no JSON."""

    id: str | None
    name: str
    arguments: object


@dataclass(frozen=True, slots=True)
class Usage:
    """As OpenAI counts: `prompt` with what was `cached` and `written` to the cache, `completion` with `reasoning`."""

    prompt: int
    completion: int
    total: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    text: str
    finish: str
    reasoning: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    choices: tuple[Choice, ...]
    usage: Usage | None


@dataclass(slots=True)
class Spoken:
    """A choice that is put together from deltas."""

    text: str = ""
    reasoning: str = ""
    finish: str = ""
    calls: dict[int, Json] = field(default_factory=dict)

    def add(self, choice: Json) -> None:
        delta = choice["delta"]
        self.text += delta.get("content") or ""
        self.reasoning += delta.get("reasoning_content") or ""
        self.finish = choice.get("finish_reason") or self.finish
        for piece in delta.get("tool_calls") or ():
            call = self.calls.setdefault(piece["index"], {"id": "", "name": "", "arguments": ""})
            call["id"] += piece.get("id") or ""
            for name in ("name", "arguments"):
                call[name] += piece.get("function", {}).get(name) or ""

    def choice(self) -> Choice:
        calls = [self.calls[index] for index in sorted(self.calls)]
        return Choice(self.text, self.finish, self.reasoning, tuple(called(**call) for call in calls))


def called(id: str | None, name: str, arguments: str) -> Call:  # noqa: A002
    return Call(id, name, parsed(arguments))


def parsed(arguments: str) -> object:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def heard(replay: Replay) -> Answer:
    """What the caller got; ids of calls that the provider did not name are the caller's to compare."""
    if replay.error is not None:
        raise replay.error
    if replay.completion:
        return _whole(replay.completion)
    return added_up(replay.chunks)


def added_up(chunks: Iterable[Json]) -> Answer:
    """What chunks in OpenAI's form add up to, as clients do it."""
    choices: dict[int, Spoken] = {}
    usage: Json = {}
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            choices.setdefault(choice["index"], Spoken()).add(choice)
    return Answer(tuple(choices[index].choice() for index in sorted(choices)), counted(usage) if usage else None)


def _whole(completion: Json) -> Answer:
    usage = completion.get("usage")
    return Answer(tuple(_choice(choice) for choice in completion["choices"]), counted(usage) if usage else None)


def _choice(choice: Json) -> Choice:
    message = choice["message"]
    calls = message.get("tool_calls") or ()
    return Choice(
        message.get("content") or "",
        choice["finish_reason"],
        message.get("reasoning_content") or "",
        tuple(called(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls),
    )


def counted(usage: Json) -> Usage:
    """Usage in OpenAI's form."""
    prompt = usage.get("prompt_tokens_details") or {}
    completion = usage.get("completion_tokens_details") or {}
    return Usage(
        usage["prompt_tokens"],
        usage["completion_tokens"],
        usage["total_tokens"],
        prompt.get("cached_tokens") or 0,
        prompt.get("cache_write_tokens") or 0,
        completion.get("reasoning_tokens") or 0,
    )


def with_ids(told: Answer, expected: Answer) -> Answer:
    """What is expected, with the ids that the gateway made up where the provider gave none."""
    choices = tuple(
        Choice(
            wanted.text,
            wanted.finish,
            wanted.reasoning,
            tuple(
                Call(call.id or (got.calls[place].id if place < len(got.calls) else None), call.name, call.arguments)
                for place, call in enumerate(wanted.calls)
            ),
        )
        for got, wanted in zip(told.choices, expected.choices, strict=False)
    )
    return Answer(choices, expected.usage)


def assert_streamed_as_openai_does(replay: Replay) -> None:
    """One id, the role first and once, one end a choice, then the usage alone, then `[DONE]`."""
    chunks = replay.chunks
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert all(chunk["id"] and chunk["model"] and isinstance(chunk["created"], int) for chunk in chunks)
    assert all(chunk["choices"] for chunk in chunks[:-1])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] >= 0
    assert not any(chunk.get("usage") for chunk in chunks[:-1])
    pieces = [choice for chunk in chunks for choice in chunk["choices"]]
    for index in {choice["index"] for choice in pieces}:
        own = [choice for choice in pieces if choice["index"] == index]
        assert [choice["delta"].get("role") for choice in own] == ["assistant"] + [None] * (len(own) - 1)
        assert [bool(choice["finish_reason"]) for choice in own] == [False] * (len(own) - 1) + [True]
    assert replay.raw.endswith(b"\n\ndata: [DONE]\n\n")
    assert replay.raw.count(b"[DONE]") == 1
