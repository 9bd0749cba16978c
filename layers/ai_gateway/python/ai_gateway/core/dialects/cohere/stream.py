"""A streamed answer of Cohere: events from `message-start` to `message-end`."""

from collections.abc import Iterator
from typing import cast

from ai_gateway.core.chat import ChatCompletionChunk, Message
from ai_gateway.core.chunks import ChunkWriter
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.cohere.citations import annotations
from ai_gateway.core.dialects.cohere.endings import finish_reason
from ai_gateway.core.dialects.cohere.failures import rejection
from ai_gateway.core.dialects.cohere.logprobs import logprobs_of
from ai_gateway.core.dialects.cohere.metering import usage_of
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.sse import Event, EventDecoder
from ai_gateway.core.wire import Json, JsonObject, integer, mapping, parse_object, text


class StreamDecoder:
    __slots__ = ("_annotations", "_calls", "_empty", "_ended", "_events", "_write")

    def __init__(self, context: ReplyContext) -> None:
        self._write = ChunkWriter(context)
        self._events = EventDecoder()
        self._calls: dict[int, int] = {}  # Cohere's index of a call to ours
        self._empty: set[int] = set()  # calls without arguments so far
        self._annotations = 0
        self._ended = False

    def feed(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        for event in self._events.feed(data):
            yield from self._read(event)

    def close(self) -> Iterator[ChatCompletionChunk]:
        for event in self._events.close():
            yield from self._read(event)
        if not self._ended:
            raise UpstreamMalformed("The provider's stream ended before the answer did.")

    def _read(self, event: Event) -> Iterator[ChatCompletionChunk]:
        if self._ended or event.data == b"[DONE]":
            return
        value = parse_object(event.data)
        if value is None:
            raise UpstreamMalformed("The provider's stream holds an event that is not a JSON object.")
        delta = mapping(value, "delta")
        message = mapping(delta, "message")
        match text(value, "type"):
            case "message-start":
                self._write.id = text(value, "id") or self._write.id
            case "content-start" | "content-delta":
                yield from self._content(mapping(message, "content"), value)
            case "tool-plan-delta":
                yield self._write.delta(cast("Message", {"tool_plan": text(message, "tool_plan")}))
            case "tool-call-start":
                yield self._open_call(integer(value, "index"), mapping(message, "tool_calls"))
            case "tool-call-delta":
                yield from self._arguments(value, mapping(mapping(message, "tool_calls"), "function"))
            case "tool-call-end":
                yield from self._close_call(integer(value, "index"))
            case "citation-start":
                yield from self._citation(mapping(message, "citations"))
            case "message-end":
                yield from self._end(delta)
            case "":
                raise rejection(value, 502)

    def _content(self, content: Json, event: Json) -> Iterator[ChatCompletionChunk]:
        thought, said = text(content, "thinking"), text(content, "text")
        if thought:
            yield self._write.reasoning(thought)
        if said:
            chunk = self._write.content(said)
            logprobs = mapping(event, "logprobs")
            if logprobs:
                chunk["choices"][0]["logprobs"] = logprobs_of([logprobs])
            yield chunk

    def _open_call(self, at: int, call: Json) -> ChatCompletionChunk:
        index = self._calls[at] = len(self._calls)
        function = mapping(call, "function")
        arguments = text(function, "arguments")
        if not arguments:
            self._empty.add(index)
        return self._write.tool_call(index, text(call, "id"), text(function, "name"), arguments)

    def _arguments(self, event: Json, function: Json) -> Iterator[ChatCompletionChunk]:
        index = self._calls.get(integer(event, "index"))
        piece = text(function, "arguments")
        if index is not None and piece:
            self._empty.discard(index)
            yield self._write.arguments(index, piece)

    def _close_call(self, at: int) -> Iterator[ChatCompletionChunk]:
        """A tool without parameters is called without a word: clients want an object."""
        index = self._calls.get(at)
        if index is not None and index in self._empty:
            self._empty.discard(index)
            yield self._write.arguments(index, "{}")

    def _citation(self, citation: Json) -> Iterator[ChatCompletionChunk]:
        notes: list[JsonObject] = []
        for note in annotations(citation):
            notes.append(note | {"index": self._annotations})
            self._annotations += 1
        if notes:
            yield self._write.delta({"annotations": notes})

    def _end(self, delta: Json) -> Iterator[ChatCompletionChunk]:
        reason = finish_reason(text(delta, "finish_reason"), text(delta, "error"))
        self._ended = True
        yield self._write.finish(reason)
        usage = mapping(delta, "usage")
        if usage:
            yield self._write.usage(usage_of(usage))
