"""A streamed answer: every event parsed once, handed on as parsed unless it needs repair."""

from collections.abc import Iterator
from typing import cast

from ai_gateway.core.chat import ChatCompletionChunk
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.openai.failures import rejection
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.sse import EventDecoder
from ai_gateway.core.wire import JsonObject, objects, parse_object


class StreamDecoder:
    __slots__ = ("_context", "_events", "_finished", "_id", "_usage")

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._events = EventDecoder()
        self._id = ""
        self._usage: JsonObject | None = None
        self._finished = False

    def feed(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        for event in self._events.feed(data):
            yield from self._read(event.data)

    def close(self) -> Iterator[ChatCompletionChunk]:
        for event in self._events.close():
            yield from self._read(event.data)
        if not self._finished:
            raise UpstreamMalformed("The provider's stream ended before the answer did.")
        if self._usage is not None:
            yield self._repaired({"choices": [], "usage": self._usage})

    def _read(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        if data == b"[DONE]":
            return
        chunk = parse_object(data)
        if chunk is None:
            raise UpstreamMalformed("The provider's stream holds an event that is not a JSON object.")
        if chunk.get("error"):
            raise rejection(502, chunk)
        usage = chunk.pop("usage", None)
        if isinstance(usage, dict):
            self._usage = usage
        choices = objects(chunk, "choices")
        if choices:
            self._finished |= any(choice.get("finish_reason") for choice in choices)
            yield self._repaired(chunk)

    def _repaired(self, chunk: JsonObject) -> ChatCompletionChunk:
        given = chunk.get("id")
        self._id = self._id or (given if isinstance(given, str) else "") or self._context.id
        chunk["id"] = self._id
        chunk["object"] = "chat.completion.chunk"
        chunk.setdefault("created", self._context.created)
        chunk.setdefault("model", self._context.endpoint.model_id)
        return cast("ChatCompletionChunk", chunk)
