"""What a wire format is, and which one a path belongs to."""

import re
from collections.abc import Iterator
from typing import Protocol

from ai_gateway.runtime.simulator.answers import Answer
from ai_gateway.runtime.simulator.failures import Failure
from ai_gateway.runtime.simulator.formats import anthropic, bedrock, cohere, embeddings, gemini, openai
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt


class WireFormat(Protocol):
    """One API of one provider. Its modules are written in this order."""

    def read(self, request: Received) -> Prompt:
        """What the request asks for, the model's name as it was sent; raises Rejected as the provider would."""

    def whole(self, answer: Answer) -> bytes:
        """The body of an answer that is not streamed."""

    def events(self, answer: Answer) -> Iterator[bytes]:
        """The body of a streamed answer, event by event."""

    def stream_type(self, request: Received) -> str:
        """The content type of a streamed answer."""

    def rejection(self, failure: Failure, request: Received) -> Rejection:
        """The error answer."""

    def error_event(self, failure: Failure, request: Received) -> bytes:
        """How an error is told once the stream has begun."""

    def malformed_event(self, request: Received) -> bytes:
        """An event that cannot be read."""


def format_of(route: str) -> WireFormat | None:
    """The format spoken on a path (percent-encoding undone, no query); None where no provider has such a path."""
    return next((wire_format for pattern, wire_format in _ROUTES if pattern.search(route)), None)


_ROUTES: tuple[tuple[re.Pattern[str], WireFormat], ...] = (
    (re.compile(r"/chat/completions$"), openai),
    (re.compile(r"/messages$|/publishers/anthropic/models/[^/]+:(stream)?[rR]awPredict$"), anthropic),
    (re.compile(r"/models/[^/]+:(stream)?[gG]enerateContent$"), gemini),
    (re.compile(r"/model/.+/converse(-stream)?$"), bedrock),
    (re.compile(r"/v2/chat$"), cohere),
    (re.compile(r"/embeddings$"), embeddings),
)
