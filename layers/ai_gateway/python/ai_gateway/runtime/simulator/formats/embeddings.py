"""OpenAI's embeddings: vectors of length one that are a function of the text.

Source: https://platform.openai.com/docs/api-reference/embeddings, and recorded answers.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import shake_256
from math import sqrt
from struct import pack

from ai_gateway.core.wire import Json, dumps, integer, items, text
from ai_gateway.runtime.simulator.answers import Answer
from ai_gateway.runtime.simulator.failures import Failure, invalid
from ai_gateway.runtime.simulator.formats import openai
from ai_gateway.runtime.simulator.formats.rejection import Rejection
from ai_gateway.runtime.simulator.journal import Received
from ai_gateway.runtime.simulator.prompts import Prompt, tokens_of

_DIMENSIONS = {"text-embedding-3-large": 3072, "text-embedding-3-small": 1536, "text-embedding-ada-002": 1536}
_OTHERWISE = 1024


def read(request: Received) -> Prompt:
    body = request.json
    model = text(body, "model")
    if not model:
        raise invalid("You must provide a model parameter.", "model")
    inputs = _inputs(body)
    if not inputs:
        raise invalid("'input' must be a text, a list of texts or a list of tokens, and not be empty.", "input")
    return Prompt(model=model, said=inputs[-1], tokens=sum(map(tokens_of, inputs)))


def whole(answer: Answer) -> bytes:
    body = answer.request.json
    dimensions = integer(body, "dimensions") or _DIMENSIONS.get(answer.model, _OTHERWISE)
    packed = text(body, "encoding_format") == "base64"
    vectors = [vector_of(said, dimensions) for said in _inputs(body)]
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if packed else vector}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": answer.input_tokens, "total_tokens": answer.input_tokens}
    return dumps({"object": "list", "data": data, "model": answer.model, "usage": usage})


def events(answer: Answer) -> Iterator[bytes]:
    """Embeddings are never streamed: what asks for it gets the whole."""
    yield whole(answer)


def stream_type(request: Received) -> str:  # noqa: ARG001
    return "application/json"


def rejection(failure: Failure, request: Received) -> Rejection:
    return openai.rejection(failure, request)


def error_event(failure: Failure, request: Received) -> bytes:
    return openai.rejection(failure, request).body


def malformed_event(request: Received) -> bytes:  # noqa: ARG001
    return b'{"object":"list","data":[{"obj'


def vector_of(said: str, dimensions: int) -> list[float]:
    """A vector of length one, drawn by a digest of the text."""
    drawn = [byte - 127.5 for byte in shake_256(said.encode()).digest(dimensions)]
    length = sqrt(sum(number * number for number in drawn))
    return [number / length for number in drawn]


def _inputs(body: Json) -> list[str]:
    """Each input as text; a list of tokens weighs four characters a token, as text would."""
    single = body.get("input")
    if isinstance(single, str):
        return [single] if single else []
    many = items(body, "input")
    if many and all(isinstance(token, int) for token in many):
        return [_spelled(many)]
    return [said if isinstance(said, str) else _spelled(said) for said in many if isinstance(said, str | list)]


def _spelled(tokens: list[object]) -> str:
    return "".join(f"{token:>4}"[-4:] for token in tokens if isinstance(token, int))


def _packed(vector: list[float]) -> str:
    return b64encode(pack(f"<{len(vector)}f", *vector)).decode()
