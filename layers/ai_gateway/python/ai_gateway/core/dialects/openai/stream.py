"""A streamed answer: every event parsed once, handed on as parsed unless it needs repair.

The end of a choice is held back until the stream's end, since providers send it twice, or go on after it; so is usage,
which they send early, often, or on a choice.
"""

from collections.abc import Iterator
from typing import cast

from ai_gateway.core.chat import ChatCompletionChunk
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.openai.answer import TIERS, repair_head
from ai_gateway.core.dialects.openai.choices import ChoiceStream
from ai_gateway.core.dialects.openai.citations import sources
from ai_gateway.core.dialects.openai.failures import raise_error
from ai_gateway.core.dialects.openai.metering import repaired_usage
from ai_gateway.core.errors import UpstreamError, UpstreamMalformed
from ai_gateway.core.sse import Event, EventDecoder
from ai_gateway.core.wire import JsonObject, mapping, parse_object

_CHUNK = "chat.completion.chunk"
_HEAD = ("id", "object", "created", "model", "service_tier", "system_fingerprint")


class StreamDecoder:
    __slots__ = ("_body", "_choices", "_cited", "_context", "_done", "_events", "_extras", "_id", "_last", "_metered")

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._events = EventDecoder()
        self._body: bytearray | None = bytearray()  # what may be a whole answer; None once events have come
        self._choices: dict[int, ChoiceStream] = {}
        self._id = ""
        self._last: JsonObject = {}
        self._extras: JsonObject = {}
        self._cited: JsonObject = {}
        self._metered: tuple[JsonObject, JsonObject, JsonObject] | None = None
        self._done = False

    def feed(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        if self._body is not None:
            self._body += data if self._body else data.lstrip()
            if bytes(self._body[:1]) in (b"", b"{"):
                return
            data, self._body = bytes(self._body), None
        yield from self._events_read(self._events.feed(data))

    def close(self) -> Iterator[ChatCompletionChunk]:
        if self._body:
            yield from self._events_read([Event("", bytes(self._body))])
        yield from self._events_read(self._events.close())
        if not self._done and not (self._choices and all(choice.end for choice in self._choices.values())):
            yield from self._remains()
            raise UpstreamMalformed("The provider's stream ended before the answer did.")
        yield from self._end()

    def _events_read(self, events: list[Event]) -> Iterator[ChatCompletionChunk]:
        for event in events:
            if event.data == b"[DONE]":
                yield from self._end()
                continue
            try:
                chunk = self._read(event)
            except UpstreamError:
                yield from self._remains()
                raise
            if chunk is not None:
                yield chunk

    def _read(self, event: Event) -> ChatCompletionChunk | None:
        chunk = parse_object(event.data)
        if chunk is None:
            if not event.data.strip():
                return None
            raise UpstreamMalformed("The provider's stream holds an event that is not a JSON object.")
        if "error" in chunk or event.name == "error" or chunk.get("object") == "error":
            self._meter(chunk)
            raise_error(chunk, named=event.name == "error")
        return self._accept(chunk)

    def _accept(self, chunk: JsonObject) -> ChatCompletionChunk | None:
        """The chunk to hand on now, if any."""
        if chunk.get("usage") or "x_groq" in chunk:
            self._meter(chunk)
        if self._done:
            return None
        choices = chunk.get("choices")
        if not choices or not isinstance(choices, list):
            self._set_aside(chunk)
            return None
        if chunk.get("id") != self._id or not _is_headed(chunk):
            self._repair_head(chunk)
        if "search_results" in chunk or "citations" in chunk:
            self._cited = chunk
        self._last = chunk
        staying = [choice for choice in choices if self._goes_on(chunk, choice)]
        if not staying:
            return None
        if len(staying) != len(choices):
            chunk["choices"] = staying
        if self._extras:
            chunk, self._extras = self._extras | chunk, {}
        return cast("ChatCompletionChunk", chunk)

    def _repair_head(self, chunk: JsonObject) -> None:
        if not self._id:
            given = chunk.get("id")
            self._id = given if isinstance(given, str) and given else self._context.id
        chunk["id"] = self._id
        chunk["object"] = _CHUNK
        repair_head(chunk, self._context)

    def _goes_on(self, chunk: JsonObject, choice: object) -> bool:
        if not isinstance(choice, dict):
            return False
        index = choice.get("index")
        if not isinstance(index, int):
            index = choice["index"] = 0
        stream = self._choices.get(index)
        if stream is None:
            stream = self._choices[index] = ChoiceStream(self._id)
        return stream.goes_on(chunk, choice)

    def _set_aside(self, chunk: JsonObject) -> None:
        """Azure's first chunk says only how it filtered the prompt: that goes with the next chunk that has choices."""
        for key, value in chunk.items():
            if key not in _HEAD and key not in ("choices", "usage"):
                self._extras[key] = value

    def _meter(self, chunk: JsonObject) -> None:
        """Remember the last usage, and what else the chunk said if it said nothing but usage.

        Groq says usage twice, and in `x_groq` also when nobody asked for it. There it also says why a stream stops
        early, for which this raises UpstreamRejected.
        """
        usage = chunk.get("usage")
        if isinstance(usage, dict) and usage:
            choices = chunk.get("choices")
            del chunk["usage"]
            if choices and isinstance(choices, list) and isinstance(choices[0], dict):
                self._metered = ({}, usage, mapping(mapping(choices[0], "delta"), "provider_metadata"))
            else:
                self._metered = (chunk, usage, {})
            return
        chunk.pop("usage", None)
        usage = mapping(mapping(chunk, "x_groq"), "usage")
        if usage and self._metered is None:
            self._metered = ({}, dict(usage), {})
        raise_error(mapping(chunk, "x_groq"))

    def _remains(self) -> Iterator[ChatCompletionChunk]:
        """What was held back when a stream breaks; nothing, so that the next attempt is free, if nothing went out."""
        if not self._choices or self._done:
            return
        for choice in self._choices.values():
            if choice.end is not None:
                yield cast("ChatCompletionChunk", choice.end)
        yield from self._usage()

    def _end(self) -> Iterator[ChatCompletionChunk]:
        if not self._choices:
            raise UpstreamMalformed("The provider's stream ended without an answer.")
        if not self._done:
            self._done = True
            annotations = sources(self._cited) if self._cited else []
            for index, choice in self._choices.items():
                chunk = self._extras | choice.ending(index, self._head(), annotations)
                self._extras = {}
                yield cast("ChatCompletionChunk", chunk)
        yield from self._usage()

    def _usage(self) -> Iterator[ChatCompletionChunk]:
        if self._metered is None:
            return
        said, usage, metadata = self._metered
        self._metered = None
        chunk = said | self._head() | {"choices": [], "usage": repaired_usage(usage, metadata)}
        self._repair_head(chunk)
        yield cast("ChatCompletionChunk", chunk)

    def _head(self) -> JsonObject:
        return {key: self._last[key] for key in _HEAD if key in self._last}


def _is_headed(chunk: JsonObject) -> bool:
    return (
        chunk.get("object") == _CHUNK
        and chunk.get("service_tier") in TIERS
        and type(chunk.get("created")) is int
        and bool(chunk.get("model"))
    )
