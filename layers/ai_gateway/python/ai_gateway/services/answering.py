"""A provider's answer as it is read: bounded in size and time, and without the key that it was asked with."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ai_gateway.core.chat import ChatCompletion, ChatCompletionChunk
from ai_gateway.core.dialect import Decoder, Dialect, ReplyContext
from ai_gateway.core.errors import UpstreamError, UpstreamMalformed, UpstreamTimeout
from ai_gateway.core.redaction import Veil, without_secrets
from ai_gateway.core.transcript import Transcript
from ai_gateway.core.wire import TooDeep, dumps
from ai_gateway.ports import UpstreamResponse
from ai_gateway.services.patience import Patience

LARGEST_ANSWER = 64 * 1024 * 1024
LARGEST_STREAM = 128 * 1024 * 1024
"""Bytes; what frames the pieces of a stream counts, too."""
LARGEST_ERROR = 1024 * 1024
"""Bytes; what an error says beyond is not read."""

PASSED_ON = ("x-request-id", "openai-processing-ms", "openai-version")
PASSED_ON_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-")


@dataclass(slots=True)
class Whole:
    """An answer that came in one piece, and the same as JSON. `headers` are those of the provider's that go on."""

    completion: ChatCompletion
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Streamed:
    """An answer that has begun: `first` are the chunks that are there, `rest` what follows. `headers` are those of the
    provider's that go on.

    `rest` raises UpstreamError when the answer breaks off, falls silent for `_idle` seconds, takes more than `_left` in
    all, or does not end. `close` must be called.
    """

    first: list[ChatCompletionChunk]
    headers: Mapping[str, str]
    _reading: "_Reading"
    _pieces: AsyncIterator[bytes]
    _idle: float
    _left: float
    _failed: UpstreamError | None = None
    _ended: bool = False

    async def rest(self) -> AsyncGenerator[list[ChatCompletionChunk]]:
        """Lists of chunks, one list for each read from the provider: they go out together."""
        if self._failed is not None:
            raise self._failed
        if self._ended:
            return
        pieces = Patience(self._pieces, self._idle, self._left)
        try:
            async for piece in pieces:
                chunks, error = self._reading.feed(piece)
                if chunks:
                    yield chunks
                if error is not None:
                    raise error
        except TimeoutError:
            if pieces.over:
                raise UpstreamTimeout("The answer took longer than a request may.") from None
            raise UpstreamTimeout(f"The provider sent nothing for {self._idle:g} seconds.") from None
        finally:
            pieces.end()
        chunks, error = self._reading.end()
        if chunks:
            yield chunks
        if error is not None:
            raise error

    async def close(self) -> None:
        await self._reading.response.close()


async def read_answer(
    response: UpstreamResponse, dialect: Dialect, reply: ReplyContext, secrets: Sequence[str], idle: float, left: float
) -> Whole | Streamed:
    """The answer, once it is whole or has begun. Raises UpstreamError. `secrets` are what the request carried."""
    streams = False
    try:
        if response.status >= 300:
            raise await _failure(response, dialect)
        if not reply.request.get("stream"):
            return await _whole(response, dialect, reply, secrets)
        answer = await _begun(_Reading(response, dialect.decoder(reply), secrets), idle, left)
        streams = True
    except UpstreamError as error:
        error.conceal(secrets)
        raise
    else:
        return answer
    finally:
        if not streams:
            await response.close()


async def _failure(response: UpstreamResponse, dialect: Dialect) -> UpstreamError:
    if response.status < 400:
        return UpstreamMalformed(
            f"The provider answered with a redirect ({response.status}), which is not followed. Check its base URL."
        )
    pieces: list[bytes] = []
    size = 0
    async for piece in response.chunks():
        pieces.append(piece[: LARGEST_ERROR - size])
        size += len(piece)
        if size >= LARGEST_ERROR:
            break
    return dialect.decode_error(response.status, response.headers, b"".join(pieces))


async def _whole(response: UpstreamResponse, dialect: Dialect, reply: ReplyContext, secrets: Sequence[str]) -> Whole:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.chunks():
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise UpstreamMalformed(f"The provider's answer is larger than {LARGEST_ANSWER:,} bytes.")
    veil = Veil(secrets)
    try:
        body = veil.feed(b"".join(pieces)) + veil.close()
        completion = _completion(body, response.headers, dialect, reply)
        return Whole(completion, dumps(completion), _passed_on(response, secrets))
    except TooDeep:
        raise _too_deep() from None


def _completion(body: bytes, headers: Mapping[str, str], dialect: Dialect, reply: ReplyContext) -> ChatCompletion:
    """Some servers stream whatever they were asked for."""
    if not headers.get("content-type", "").startswith("text/event-stream"):
        return dialect.decode(body, reply)
    decoder = dialect.decoder(reply)
    transcript = Transcript()
    for chunk in chain(decoder.feed(body), decoder.close()):
        transcript.add(chunk)
    return transcript.completion()


class _Reading:
    """The bytes of one stream on their way to chunks. Chunks that come before an error still go out, so the error comes
    beside them.
    """

    __slots__ = ("_decoder", "_size", "_veil", "response", "secrets")

    def __init__(self, response: UpstreamResponse, decoder: Decoder, secrets: Sequence[str]) -> None:
        self.response = response
        self.secrets = secrets
        self._decoder = decoder
        self._veil = Veil(secrets)
        self._size = 0

    def feed(self, piece: bytes) -> tuple[list[ChatCompletionChunk], UpstreamError | None]:
        self._size += len(piece)
        if self._size > LARGEST_STREAM:
            return [], UpstreamMalformed(f"The provider's stream is larger than {LARGEST_STREAM:,} bytes.")
        return self._decoded(self._decoder.feed(self._veil.feed(piece)))

    def end(self) -> tuple[list[ChatCompletionChunk], UpstreamError | None]:
        held = self._veil.close()
        chunks, error = self._decoded(self._decoder.feed(held)) if held else ([], None)
        if error is not None:
            return chunks, error
        last, error = self._decoded(self._decoder.close())
        return chunks + last, error

    def _decoded(self, chunks: Iterator[ChatCompletionChunk]) -> tuple[list[ChatCompletionChunk], UpstreamError | None]:
        decoded: list[ChatCompletionChunk] = []
        try:
            decoded.extend(chunks)
        except UpstreamError as error:
            error.conceal(self.secrets)
            return decoded, error
        except TooDeep:
            return decoded, _too_deep()
        return decoded, None


async def _begun(reading: _Reading, idle: float, left: float) -> Streamed:
    response = reading.response
    headers = _passed_on(response, reading.secrets)
    pieces = response.chunks()
    async for piece in pieces:
        chunks, error = reading.feed(piece)
        if chunks:
            return Streamed(chunks, headers, reading, pieces, idle, left, error)
        if error is not None:
            raise error
    chunks, error = reading.end()
    if error is not None:
        raise error
    if not chunks:
        raise UpstreamMalformed("The provider's stream ended without an answer.")
    return Streamed(chunks, headers, reading, pieces, idle, left, _ended=True)


def _passed_on(response: UpstreamResponse, secrets: Sequence[str]) -> dict[str, str]:
    return {
        name: without_secrets(value, secrets)
        for name, value in response.headers.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }


def _too_deep() -> UpstreamMalformed:
    return UpstreamMalformed("The provider's answer is nested too deeply to be passed on.")
