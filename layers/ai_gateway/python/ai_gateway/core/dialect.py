"""What a dialect is: one wire protocol as pure functions and sans-I/O decoders.

`encode` turns the pivot into the provider's request, `decode` a whole answer into the pivot's, a `Decoder` the bytes of
a streamed answer into chunks, and `decode_error` an error answer into the exception that tells it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatCompletion, ChatCompletionChunk, ChatRequest
from ai_gateway.core.errors import InvalidRequest, UpstreamRejected


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """A POST without its credentials.

    `path` is appended to the endpoint's base URL and starts with a slash; a version that the base URL ends in already
    (`/v1`) is not repeated. `headers` are what the dialect itself asks for, in lower case, content type included.
    `dropped` names the parameters that the provider cannot take and that were left out.
    """

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """What a decoder needs and the answer's bytes do not hold.

    `id` and `created` (Unix seconds) stand in where the provider sends none.
    """

    request: ChatRequest
    endpoint: Endpoint
    id: str
    created: int


def url_of(endpoint: Endpoint, path: str) -> str:
    """The address of an endpoint: its base URL with the options filled in, then the path.

    Raises InvalidRequest when an option is missing.
    """
    base = endpoint.base_url
    if "{" in base:
        try:
            base = base.format_map(_with_host(endpoint.options))
        except KeyError as missing:
            raise InvalidRequest(
                f"{endpoint.source} needs the option {missing.args[0]!r}. Set it for the provider or the deployment."
            ) from None
    base = base.rstrip("/")
    version, slash, _ = path[1:].partition("/")
    if slash and version.startswith("v") and base.endswith("/" + version):
        path = path[len(version) + 1 :]
    return base + path


def host_of(endpoint: Endpoint) -> str | None:
    """None where an option is missing, so that nothing is called."""
    try:
        return urlsplit(url_of(endpoint, "/")).hostname
    except (InvalidRequest, ValueError):
        return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a provider's answer asks to wait. A date is no use without a clock and is passed over.

    Sources: RFC 9110 10.2.3, and `retry-after-ms`, which Azure and OpenAI send.
    """
    named = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        wait = seconds(named.get(name) or "")
        if wait is not None:
            return wait / unit
    return None


def seconds(said: str) -> float | None:
    """A wait in seconds; None for what is no number, or none to wait for."""
    try:
        wait = float(said)
    except ValueError:
        return None
    return wait if 0 <= wait < float("inf") else None


def _with_host(options: Mapping[str, str]) -> Mapping[str, str]:
    """Google's host goes by the location: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations."""
    location = options.get("location", "global")
    prefix = "" if location == "global" else f"{location}-"
    return {"host": f"{prefix}aiplatform.googleapis.com", **options}


class Decoder(Protocol):
    """The bytes of one streamed answer, cut anywhere, to chunks in OpenAI's shape.

    The chunks of one stream share one id; the first delta has the role; usage comes last and alone, on a chunk with
    `choices: []`, whoever asked for it: the caller of the decoder decides who sees it. There is no `[DONE]`.
    """

    def feed(self, data: bytes) -> Iterator[ChatCompletionChunk]:
        """Yields the chunks in `data` and in what was held back; must be exhausted before the next call.

        Raises UpstreamError, after the chunks before it, when the provider reports an error inside the stream or sends
        what cannot be read.
        """

    def close(self) -> Iterator[ChatCompletionChunk]:
        """The chunks that only the end reveals; raises UpstreamMalformed when the stream ended before the answer."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`encode` raises InvalidRequest for what the provider cannot be asked in any form; `decode` raises
    UpstreamMalformed for a body that is no answer, or UpstreamRejected for an error inside a 200.
    """

    encode: Callable[[ChatRequest, Endpoint], UpstreamRequest]
    decode: Callable[[bytes, ReplyContext], ChatCompletion]
    decoder: Callable[[ReplyContext], Decoder]
    decode_error: Callable[[int, Mapping[str, str], bytes], UpstreamRejected]
