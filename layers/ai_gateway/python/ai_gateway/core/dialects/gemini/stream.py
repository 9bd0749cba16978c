"""Streamed answers: server-sent events, or the JSON list that streamGenerateContent sends without `alt=sse`."""

from collections.abc import Iterator

from ai_gateway.core.chat import ChatCompletionChunk
from ai_gateway.core.chunks import ChunkWriter
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.dialects.gemini.response import Answer, responses
from ai_gateway.core.errors import UpstreamMalformed
from ai_gateway.core.sse import EventDecoder
from ai_gateway.core.wire import Json, parse_object


class StreamDecoder:
    """Finish reasons are held to the end: Google may send one with every event, and citations after it."""

    __slots__ = ("_answer", "_context", "_events", "_json", "_writer")

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._answer = Answer(context.id, context.endpoint.model_id)
        self._writer = ChunkWriter(context)
        self._events = EventDecoder()
        self._json: bytearray | None = bytearray()

    def feed(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        if self._json is not None:
            self._json += data if self._json else data.lstrip()
            if bytes(self._json[:1]) in (b"", b"[", b"{"):
                return
            data, self._json = bytes(self._json), None
        for event in self._events.feed(data):
            yield from self._event(event.data)

    def close(self) -> Iterator[ChatCompletionChunk]:
        if self._json:
            for response in responses(bytes(self._json), self._context):
                yield from self._read(response)
        for event in self._events.close():
            yield from self._event(event.data)
        yield from self._end()

    def _event(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        response = parse_object(data)
        if response is None:
            raise UpstreamMalformed(f"{self._context.endpoint.source} sent an event that is not a JSON object.")
        yield from self._read(response)

    def _read(self, response: Json) -> Iterator[ChatCompletionChunk]:
        for candidate, delta, logs in self._answer.read(response):
            self._writer.id, self._writer.model = self._answer.id, self._answer.model
            if delta or logs is not None:
                chunk = self._writer.delta(delta, candidate.index)
                if logs is not None:
                    chunk["choices"][0]["logprobs"] = logs
                yield chunk

    def _end(self) -> Iterator[ChatCompletionChunk]:
        answer = self._answer
        finished = answer.blocked or answer.candidates
        if not finished or not all(candidate.reason for candidate in answer.candidates.values()):
            raise UpstreamMalformed(f"{self._context.endpoint.source} ended the stream before the answer was complete.")
        self._writer.id, self._writer.model = answer.id, answer.model
        self._writer.service_tier = answer.service_tier
        for index in sorted(answer.candidates):
            candidate = answer.candidates[index]
            if ending := candidate.ending():
                yield self._writer.delta(ending, index)
            yield self._writer.finish(candidate.finish_reason, index)
        if not answer.candidates:
            if refusal := answer.refusal():
                yield self._writer.delta(refusal)
            yield self._writer.finish("content_filter")
        if (usage := answer.usage(self._context.endpoint.model_id)) is not None:
            yield self._writer.usage(usage)
