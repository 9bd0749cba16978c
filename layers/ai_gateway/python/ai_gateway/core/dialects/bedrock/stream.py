"""Streamed answers: the messages of an event stream to chunks.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass, field

from ai_gateway.core.chat import ChatCompletionChunk, Message
from ai_gateway.core.chunks import ChunkWriter
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.bedrock.citations import annotation
from ai_gateway.core.dialects.bedrock.failures import streamed
from ai_gateway.core.dialects.bedrock.families import family_of
from ai_gateway.core.dialects.bedrock.memory import HOSTED, details, hosted_content
from ai_gateway.core.dialects.bedrock.metering import usage_of
from ai_gateway.core.dialects.bedrock.output import answer_tool
from ai_gateway.core.dialects.bedrock.response import aside, finish_reason, image
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.eventstream import EventMessage, EventStreamDecoder
from ai_gateway.core.fence import FenceStripper
from ai_gateway.core.intents import output_shape, reasoning
from ai_gateway.core.wire import Json, JsonObject, integer, items, mapping, parse_object, text


@dataclass(slots=True)
class _Block:
    """A block as it grows. `start` is what opened it, `call` the index of the caller's call it is, `answers` says that
    it is a call of our own tool, whose input is the answer.
    """

    start: JsonObject = field(default_factory=dict)
    call: int | None = None
    answers: bool = False
    text: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    signature: str = ""
    bytes: list[str] = field(default_factory=list)
    redacted: bool = False
    results: list[object] = field(default_factory=list)
    citations: list[JsonObject] = field(default_factory=list)

    def whole(self) -> JsonObject:
        """The block as an answer that is not streamed has it; citations are told apart from it."""
        if use := mapping(self.start, "toolUse"):
            return {"toolUse": {**use, "input": parse_object("".join(self.arguments) or "{}") or {}}}
        if result := mapping(self.start, "toolResult"):
            return {"toolResult": {**result, "content": self.results}}
        if picture := mapping(self.start, "image"):
            return {"image": {**picture, "source": {"bytes": _joined(self.bytes)}}}
        if self.redacted:
            return {"reasoningContent": {"redactedContent": _joined(self.bytes)}}
        if self.thoughts or self.signature:
            said = {"text": "".join(self.thoughts), "signature": self.signature}
            return {"reasoningContent": {"reasoningText": said}}
        return {"text": "".join(self.text)}


class StreamDecoder:
    """Nothing is said before the first content, so that an error until then can still be answered by another endpoint.

    Citations stand behind the text they support and come whole, as do signatures and what hosted tools did.
    """

    __slots__ = (
        "_annotations",
        "_answer_tool",
        "_answered",
        "_blocks",
        "_calls",
        "_context",
        "_ended",
        "_events",
        "_family",
        "_fence",
        "_images",
        "_length",
        "_open",
        "_stop",
        "_thoughts",
        "_visible",
        "_writer",
    )

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._family = family_of(context.endpoint)
        self._writer = ChunkWriter(context)
        self._events = EventStreamDecoder()
        self._visible = reasoning(context.request).visible
        self._answer_tool = answer_tool(context.request)
        self._answered = False
        self._fence = FenceStripper() if output_shape(context.request) is not None else None
        self._open: dict[int, _Block] = {}
        self._blocks: list[JsonObject] = []
        self._annotations: list[JsonObject] = []
        self._length = 0
        self._calls = 0
        self._thoughts = 0
        self._images = 0
        self._stop: JsonObject | None = None
        self._ended = False

    def feed(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        for message in self._events.feed(data):
            yield from self._message(message)

    def close(self) -> Iterator[ChatCompletionChunk]:
        self._events.close()
        if not self._ended:
            raise UpstreamMalformed(f"{self._context.endpoint.source} ended the stream before the answer was complete.")
        yield from ()

    def _message(self, message: EventMessage) -> Iterator[ChatCompletionChunk]:
        if message.headers.get(":message-type", "event") != "event":
            raise streamed(message)
        event = parse_object(message.payload)
        if event is None:
            raise UpstreamMalformed(f"{self._context.endpoint.source} sent an event that is not a JSON object.")
        match message.headers.get(":event-type"):
            case "contentBlockDelta":
                yield from self._delta(self._block(event), mapping(event, "delta"))
            case "contentBlockStart":
                yield from self._start(self._block(event), mapping(event, "start"))
            case "contentBlockStop":
                yield from self._shut(integer(event, "contentBlockIndex"))
            case "messageStop":
                self._stop = event
            case "metadata":
                yield from self._end(event)

    def _block(self, event: Json) -> _Block:
        return self._open.setdefault(integer(event, "contentBlockIndex"), _Block())

    def _start(self, block: _Block, start: JsonObject) -> Iterator[ChatCompletionChunk]:
        block.start = start
        use = mapping(start, "toolUse")
        if not use or text(use, "type") == HOSTED:
            return
        if text(use, "name") == self._answer_tool:
            block.answers, self._answered = not self._answered, True
            return
        block.call = self._calls
        self._calls += 1
        yield self._writer.tool_call(block.call, text(use, "toolUseId"), text(use, "name"))

    def _delta(self, block: _Block, delta: JsonObject) -> Iterator[ChatCompletionChunk]:
        for kind in delta:
            match kind:
                case "text":
                    yield from self._say(block, text(delta, "text"))
                case "toolUse":
                    yield from self._argue(block, text(mapping(delta, "toolUse"), "input"))
                case "reasoningContent":
                    yield from self._think(block, mapping(delta, "reasoningContent"))
                case "citation":
                    block.citations.append(mapping(delta, "citation"))
                case "toolResult":
                    block.results += items(delta, "toolResult")
                case "image":
                    block.bytes.append(text(mapping(mapping(delta, "image"), "source"), "bytes"))

    def _say(self, block: _Block, piece: str) -> Iterator[ChatCompletionChunk]:
        block.text.append(piece)
        if self._fence is not None:
            piece = self._fence.feed(piece)
        if piece:
            yield self._writer.content(piece)

    def _argue(self, block: _Block, piece: str) -> Iterator[ChatCompletionChunk]:
        block.arguments.append(piece)
        if piece:
            yield from self._arguments(block, piece)

    def _arguments(self, block: _Block, piece: str) -> Iterator[ChatCompletionChunk]:
        if block.call is not None:
            yield self._writer.arguments(block.call, piece)
        elif block.answers:
            yield self._writer.content(piece)

    def _think(self, block: _Block, delta: JsonObject) -> Iterator[ChatCompletionChunk]:
        block.signature += text(delta, "signature")
        if redacted := text(delta, "redactedContent"):
            block.redacted = True
            block.bytes.append(redacted)
        if piece := text(delta, "text"):
            block.thoughts.append(piece)
            if self._visible:
                yield self._writer.reasoning(piece)

    def _shut(self, index: int) -> Iterator[ChatCompletionChunk]:
        block = self._open.pop(index, None)
        if block is None:
            return
        if "toolUse" in block.start and not any(block.arguments):
            yield from self._arguments(block, "{}")
        whole = block.whole()
        self._blocks.append(whole)
        start = self._length
        self._length += len(text(whole, "text"))
        self._annotations += [annotation(citation, start, self._length) for citation in block.citations]
        if "reasoningContent" in whole:
            yield from self._sign(whole)
        elif "image" in whole:
            picture = mapping(whole, "image")
            data = text(mapping(picture, "source"), "bytes")
            yield self._writer.delta({"images": [image(text(picture, "format"), data, self._images)]})
            self._images += 1

    def _sign(self, whole: JsonObject) -> Iterator[ChatCompletionChunk]:
        signed = details([whole], self._family)
        if signed and self._visible:
            yield self._writer.delta({"reasoning_details": [signed[0] | {"index": self._thoughts}]})
        self._thoughts += 1

    def _end(self, metadata: JsonObject) -> Iterator[ChatCompletionChunk]:
        if self._stop is None:
            raise UpstreamMalformed(f"{self._context.endpoint.source} sent usage before the answer was complete.")
        for index in sorted(self._open):
            yield from self._shut(index)
        if self._fence is not None and (rest := self._fence.close()):
            yield self._writer.content(rest)
        if last := self._last_words():
            yield self._writer.delta(last)
        beside = aside({**self._stop, **metadata})
        self._writer.service_tier = text(beside, "service_tier") or None
        yield self._writer.finish(finish_reason(text(self._stop, "stopReason"), called=self._calls > 0))
        usage = self._writer.usage(usage_of(mapping(metadata, "usage")))
        yield {**usage, **beside}  # type: ignore[typeddict-item]
        self._ended = True

    def _last_words(self) -> Message:
        said: Message = {}
        if self._annotations:
            said["annotations"] = self._annotations
        shown = [block for block in self._blocks if self._visible or "reasoningContent" not in block]
        if (extra := hosted_content(shown, self._family)) is not None:
            said["extra_content"] = extra
        return said


def _joined(pieces: list[str]) -> str:
    """Base64 of the bytes that all pieces hold; one piece stays as it is."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return b64encode(b"".join(b64decode(piece, validate=True) for piece in pieces)).decode()
    except (Base64Error, ValueError):
        raise UpstreamMalformed("The provider sent content that is not base64.") from None
