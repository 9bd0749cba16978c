"""Folds the chunks of a stream into the message they spell, for the record."""

from typing import cast

from ai_gateway.core.chat import ChatCompletion, ChatCompletionChunk, CompletionUsage, Message
from ai_gateway.core.wire import JsonObject, integer, mapping, objects, text

_PIECES = ("content", "reasoning", "reasoning_content", "refusal")
_LISTS = ("reasoning_details", "annotations", "images")


class Transcript:
    """Add every chunk in order; `completion` is what the same answer would have been without streaming. `head` holds
    the fields that the first chunk has beside its choices.
    """

    __slots__ = ("_choices", "head", "usage")

    def __init__(self) -> None:
        self.head: JsonObject = {}
        self._choices: dict[int, _ChoiceTranscript] = {}
        self.usage: CompletionUsage | None = None

    def add(self, chunk: ChatCompletionChunk) -> None:
        if not self.head:
            self.head = {key: value for key, value in chunk.items() if key not in ("choices", "usage", "object")}
        for choice in chunk.get("choices") or ():
            index = choice.get("index", 0)
            known = self._choices.get(index)
            if known is None:
                known = self._choices[index] = _ChoiceTranscript()
            known.add(choice.get("delta") or {}, choice.get("finish_reason"))
        usage = chunk.get("usage")
        if usage:
            self.usage = usage

    @property
    def empty(self) -> bool:
        return not self.head

    @property
    def characters(self) -> int:
        """How much text has come so far, for an estimate of tokens when the stream breaks before its usage."""
        return sum(choice.characters for choice in self._choices.values())

    def completion(self) -> ChatCompletion:
        choices = [
            {"index": index, "message": choice.message(), "finish_reason": choice.finish_reason}
            for index, choice in sorted(self._choices.items())
        ]
        completion: JsonObject = {**self.head, "object": "chat.completion", "choices": choices}
        if self.usage is not None:
            completion["usage"] = self.usage
        return cast("ChatCompletion", completion)


class _ChoiceTranscript:
    __slots__ = ("_calls", "_extra", "_lists", "_pieces", "characters", "finish_reason")

    def __init__(self) -> None:
        self._extra: JsonObject = {}
        self._pieces: dict[str, list[str]] = {}
        self._lists: dict[str, list[JsonObject]] = {}
        self._calls: dict[int, JsonObject] = {}
        self.finish_reason: str | None = None
        self.characters = 0

    def add(self, delta: Message, finish_reason: str | None) -> None:
        if finish_reason:
            self.finish_reason = finish_reason
        content = delta.get("content")
        if len(delta) == 1 and isinstance(content, str):
            self._pieces.setdefault("content", []).append(content)
            self.characters += len(content)
        elif delta:
            self._add(delta)

    def _add(self, delta: Message) -> None:
        for key in _PIECES:
            piece = delta.get(key)
            if isinstance(piece, str) and piece:
                self._pieces.setdefault(key, []).append(piece)
                if key != "reasoning_content":
                    self.characters += len(piece)
        for key in _LISTS:
            if key in delta:
                self._lists.setdefault(key, []).extend(objects(delta, key))
        self._extra = _merged(self._extra, mapping(delta, "extra_content"))
        for call in objects(delta, "tool_calls"):
            self._add_call(call)

    def _add_call(self, piece: JsonObject) -> None:
        index = integer(piece, "index")
        function = mapping(piece, "function")
        arguments = text(function, "arguments")
        self.characters += len(arguments)
        call = self._calls.get(index)
        if call is None:
            own = {key: value for key, value in piece.items() if key != "index"}
            self._calls[index] = {**own, "function": {**function, "arguments": [arguments]}}
            return
        known = mapping(call, "function")
        cast("list[str]", known["arguments"]).append(arguments)
        for key in ("id", "type", "extra_content"):
            if piece.get(key):
                call[key] = piece[key]

    def message(self) -> Message:
        content = self._pieces.get("content")
        message: JsonObject = {"role": "assistant", "content": "".join(content) if content else None}
        message |= {key: "".join(pieces) for key, pieces in self._pieces.items() if key != "content"}
        message |= self._lists
        if self._extra:
            message["extra_content"] = self._extra
        if self._calls:
            message["tool_calls"] = [_whole(call) for _, call in sorted(self._calls.items())]
        return cast("Message", message)


def _whole(call: JsonObject) -> JsonObject:
    function = mapping(call, "function")
    return {**call, "function": {**function, "arguments": "".join(cast("list[str]", function["arguments"]))}}


def _merged(earlier: JsonObject, later: JsonObject) -> JsonObject:
    """Objects are merged, lists go on; of other values the later one counts."""
    merged = {**earlier}
    for key, value in later.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _merged(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            merged[key] = known + value
        else:
            merged[key] = value
    return merged
