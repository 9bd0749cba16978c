"""Streamed messages: server-sent events to chunks.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming.
"""

from collections.abc import Iterator

from ai_gateway.core.chat import ChatCompletionChunk, Message
from ai_gateway.core.chunks import ChunkWriter
from ai_gateway.core.claude.memory import THINKING, detail
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.anthropic.citations import annotation
from ai_gateway.core.dialects.anthropic.failures import reported
from ai_gateway.core.dialects.anthropic.metering import merged, service_tier, usage_of
from ai_gateway.core.dialects.anthropic.output import answer_tool
from ai_gateway.core.dialects.anthropic.response import finish_reason, refusal_of, remembered
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.fence import FenceStripper
from ai_gateway.core.intents import output_shape, reasoning
from ai_gateway.core.sse import EventDecoder
from ai_gateway.core.wire import Json, JsonObject, dumps_text, items, mapping, objects, parse_object, text


class StreamDecoder:
    """Nothing is said before the first content, so that an error until then can still be answered by another endpoint.

    Citations stand behind the text they support and come whole, as do signatures and what hosted tools did.
    """

    __slots__ = (
        "_annotations",
        "_answer_tool",
        "_block",
        "_blocks",
        "_calls",
        "_ended",
        "_events",
        "_fence",
        "_length",
        "_pieces",
        "_refusal",
        "_source",
        "_stop_reason",
        "_thoughts",
        "_usage",
        "_visible",
        "_writer",
    )

    def __init__(self, context: ReplyContext) -> None:
        self._source = context.endpoint.source
        self._writer = ChunkWriter(context)
        self._events = EventDecoder()
        self._visible = reasoning(context.request).visible
        self._answer_tool = answer_tool(context.request)
        self._fence = FenceStripper() if output_shape(context.request) is not None else None
        self._usage: JsonObject = {}
        self._blocks: list[JsonObject] = []
        self._block: JsonObject = {}
        self._pieces: list[str] = []
        self._annotations: list[JsonObject] = []
        self._length = 0
        self._calls = 0
        self._thoughts = 0
        self._stop_reason = ""
        self._refusal: str | None = None
        self._ended = False

    def feed(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        for event in self._events.feed(data):
            yield from self._event(event.data)

    def close(self) -> Iterator[ChatCompletionChunk]:
        for event in self._events.close():
            yield from self._event(event.data)
        if self._stop_reason and not self._ended:
            yield from self._end()
        if not self._ended:
            raise UpstreamMalformed(f"{self._source} ended the stream before the answer was complete.")

    def _event(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        event = parse_object(data)
        if event is None:
            raise UpstreamMalformed(f"{self._source} sent an event that is not a JSON object.")
        match text(event, "type"):
            case "content_block_delta":
                yield from self._delta(mapping(event, "delta"))
            case "content_block_start":
                yield from self._open(mapping(event, "content_block"))
            case "content_block_stop":
                yield from self._shut()
            case "message_start":
                self._begin(mapping(event, "message"))
            case "message_delta":
                self._turn(event)
            case "message_stop":
                yield from self._end()
            case "error":
                raise reported(event)

    def _begin(self, message: Json) -> None:
        self._writer.id = text(message, "id") or self._writer.id
        self._writer.model = text(message, "model") or self._writer.model
        self._usage = mapping(message, "usage")
        self._writer.service_tier = service_tier(self._usage)

    def _turn(self, event: Json) -> None:
        delta = mapping(event, "delta")
        self._stop_reason = text(delta, "stop_reason") or self._stop_reason
        self._refusal = refusal_of(delta) or self._refusal
        self._usage = merged(self._usage, mapping(event, "usage"))

    def _open(self, block: JsonObject) -> Iterator[ChatCompletionChunk]:
        self._block, self._pieces = block, []
        match text(block, "type"):
            case "text":
                yield from self._say(text(block, "text"))
            case "thinking":
                yield from self._think(text(block, "thinking"))
            case "tool_use" if text(block, "name") != self._answer_tool:
                yield self._writer.tool_call(self._calls, text(block, "id"), text(block, "name"))

    def _delta(self, delta: JsonObject) -> Iterator[ChatCompletionChunk]:
        match text(delta, "type"):
            case "text_delta":
                yield from self._say(text(delta, "text"))
            case "thinking_delta":
                yield from self._think(text(delta, "thinking"))
            case "input_json_delta":
                yield from self._argue(text(delta, "partial_json"))
            case "signature_delta":
                self._block["signature"] = text(self._block, "signature") + text(delta, "signature")
            case "citations_delta":
                self._block["citations"] = [*items(self._block, "citations"), mapping(delta, "citation")]

    def _say(self, piece: str) -> Iterator[ChatCompletionChunk]:
        self._pieces.append(piece)
        if self._fence is not None:
            piece = self._fence.feed(piece)
        if piece:
            yield self._writer.content(piece)

    def _think(self, piece: str) -> Iterator[ChatCompletionChunk]:
        self._pieces.append(piece)
        if piece and self._visible:
            yield self._writer.reasoning(piece)

    def _argue(self, piece: str) -> Iterator[ChatCompletionChunk]:
        self._pieces.append(piece)
        if piece and text(self._block, "type") == "tool_use":
            yield self._arguments(piece)

    def _arguments(self, piece: str) -> ChatCompletionChunk:
        if text(self._block, "name") == self._answer_tool:
            return self._writer.content(piece)
        return self._writer.arguments(self._calls, piece)

    def _shut(self) -> Iterator[ChatCompletionChunk]:
        block, whole = self._block, "".join(self._pieces)
        kind = text(block, "type")
        if kind == "text":
            block["text"] = whole
            self._cite(block)
        elif kind in THINKING:
            if kind == "thinking":
                block["thinking"] = whole
            if self._visible:
                yield self._writer.delta({"reasoning_details": [detail(block, self._thoughts)]})
            self._thoughts += 1
        elif kind == "tool_use":
            if not whole:
                yield self._arguments(dumps_text(mapping(block, "input")))
            self._calls += text(block, "name") != self._answer_tool
        if whole and "input" in block:
            block["input"] = parse_object(whole) or {}
        if block:
            self._blocks.append(block)
        self._block, self._pieces = {}, []

    def _cite(self, block: JsonObject) -> None:
        start = self._length
        self._length += len(text(block, "text"))
        self._annotations += [annotation(citation, start, self._length) for citation in objects(block, "citations")]

    def _end(self) -> Iterator[ChatCompletionChunk]:
        if self._fence is not None and (rest := self._fence.close()):
            yield self._writer.content(rest)
        if last := self._last_words():
            yield self._writer.delta(last)
        yield self._writer.finish(finish_reason(self._stop_reason, called=self._calls > 0))
        yield self._writer.usage(usage_of(self._usage))
        self._ended = True

    def _last_words(self) -> Message:
        said: Message = {}
        if self._annotations:
            said["annotations"] = self._annotations
        if self._refusal is not None:
            said["refusal"] = self._refusal
        if self._answer_tool is None and (extra := remembered(self._blocks, thoughts=self._visible)) is not None:
            said["extra_content"] = extra
        return said
