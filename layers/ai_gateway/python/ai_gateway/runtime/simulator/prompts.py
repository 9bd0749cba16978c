"""What a request asks for, whoever's words it was in: enough to make an answer up and to count its tokens."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ai_gateway.core.wire import JsonObject

ToolChoice: TypeAlias = Literal["auto", "none", "required"]

MEDIA_TOKENS = 258


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    schema: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolResult:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The request up to one cache breakpoint: a digest of it, its tokens, and whether it is kept for an hour."""

    digest: str
    tokens: int
    hour: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """`said` is the text of the last user turn, `tokens` what the request weighs, cached or not. `forced` names the
    tool that must be called. `results` are the tool results that wait for an answer. `schema` is None for plain text.
    """

    model: str
    said: str
    tokens: int
    stream: bool = False
    tools: tuple[Tool, ...] = ()
    choice: ToolChoice = "auto"
    forced: str | None = None
    parallel: bool = True
    results: tuple[ToolResult, ...] = ()
    schema: JsonObject | None = None
    max_tokens: int | None = None
    stops: tuple[str, ...] = ()
    choices: int = 1
    reasons: bool = False
    prefixes: tuple[Prefix, ...] = ()


def tokens_of(text: str) -> int:
    """About four characters a token."""
    return -(-len(text) // 4)


def weight_of(value: object) -> int:
    """Characters of all text in a part of a request; inline and linked media count as `MEDIA_TOKENS` each."""
    return sum(_weights(value))


def tokens_of_weight(weight: int) -> int:
    return -(-weight // 4)


def _weights(value: object) -> Iterator[int]:
    if isinstance(value, str):
        yield len(value)
    elif isinstance(value, list):
        for item in value:
            yield from _weights(item)
    elif isinstance(value, dict):
        if not _MEDIA_KEYS.isdisjoint(value):
            yield MEDIA_TOKENS * 4
        for key, item in value.items():
            if key not in _UNREAD_KEYS:
                yield from _weights(item)


_MEDIA_KEYS = frozenset(("data", "bytes", "url", "file_data", "fileUri", "file_uri", "file_id", "s3Location"))
_IDS = frozenset(("type", "role", "id", "tool_call_id", "tool_use_id", "toolUseId"))
_PROOFS = frozenset(("signature", "thoughtSignature", "thought_signature", "encrypted_content"))
_KINDS = frozenset(("media_type", "mimeType", "mime_type", "format", "cache_control", "cachePoint"))
_UNREAD_KEYS = _MEDIA_KEYS | _IDS | _PROOFS | _KINDS
