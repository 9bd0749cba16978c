"""Error answers in the shapes that OpenAI-compatible providers have for them."""

from collections.abc import Mapping

from ai_gateway.core.errors import UpstreamRejected
from ai_gateway.core.wire import JsonObject, mapping, parse_object, text


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamRejected:  # noqa: ARG001
    answer = parse_object(body)
    if answer is None:
        return UpstreamRejected(f"The provider answered with status {status}.", status=status)
    return rejection(status, answer)


def rejection(status: int, answer: JsonObject) -> UpstreamRejected:
    """The exception that tells `answer`, an error body; `status` is what it arrived with."""
    error = mapping(answer, "error") or answer
    code = error.get("code")
    return UpstreamRejected(
        text(error, "message") or text(answer, "error") or f"The provider answered with status {status}.",
        status=status,
        type=text(error, "type") or None,
        code=str(code) if isinstance(code, str | int) else None,
        param=text(error, "param") or None,
    )
