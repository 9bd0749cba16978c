"""Cohere's error bodies: `{"id", "message"}`, the status saying the rest."""

from collections.abc import Mapping

from ai_gateway.core.dialect import retry_after
from ai_gateway.core.errors import UpstreamRejected
from ai_gateway.core.pages import words
from ai_gateway.core.wire import Json, parse_object, text


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamRejected:
    return rejection(parse_object(body) or {"message": words(body)}, status, retry_after(headers))


def rejection(answer: Json, status: int, wait: float | None = None) -> UpstreamRejected:
    message = text(answer, "message") or text(answer, "error") or text(answer, "detail")
    return UpstreamRejected(
        message or f"The provider refused the request with status {status} and said no more.",
        status=status,
        type=text(answer, "type") or None,
        code=text(answer, "code") or None,
        retry_after=wait,
    )
