"""Content parts as Anthropic's content blocks.

Sources: https://platform.claude.com/docs/en/build-with-claude/vision, .../pdf-support, .../files and
https://platform.claude.com/docs/en/build-with-claude/citations (documents of text).
"""

from collections.abc import Iterator

from ai_gateway.core.chat import Message
from ai_gateway.core.content import Foreign, Media, Part, Text, decode_base64, parts
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import Json, JsonObject, mapping, present, text

UNCACHEABLE = frozenset(("thinking", "redacted_thinking"))


def blocks(message: Message) -> list[JsonObject]:
    """The blocks of a message's content. Empty text is left out, which the API refuses; native blocks go as they come.

    Raises InvalidRequest for media that Claude does not read.
    """
    return [block for part in parts(message) for block in _block(part)]


def text_block(words: str) -> JsonObject:
    return {"type": "text", "text": words}


def cache_point(part: Json) -> JsonObject:
    """`cache_control` of a message, part or tool as a field to add; empty without one."""
    control = mapping(part, "cache_control")
    return {"cache_control": control} if text(control, "type") == "ephemeral" else {}


def mark_last(content: list[JsonObject], point: JsonObject) -> bool:
    """Put a cache point on the last block that can have one; False when there is none."""
    last = next((block for block in reversed(content) if text(block, "type") not in UNCACHEABLE), None)
    if last is not None:
        last.update(point)
    return last is not None


def _block(part: Part) -> Iterator[JsonObject]:
    match part:
        case Text(words, source):
            if words.strip():
                yield text_block(words) | present(citations=source.get("citations")) | cache_point(source)
        case Foreign(_, source):
            yield {**source}
        case Media(kind="image") | Media(kind="file"):
            yield _media(part) | cache_point(part.part)
        case Media(kind):
            raise InvalidRequest(
                f"Claude does not take {kind} input. Send it to a model that does, or as text.", param="messages"
            )


def _media(media: Media) -> JsonObject:
    kind = (media.media_type or "").lower()
    if (media.kind == "image" or kind.startswith("image/")) and kind != "application/pdf":
        return {"type": "image", "source": _source(media, _image_type(kind))}
    return {"type": "document", "source": _document(media, kind), **_about(media)}


def _source(media: Media, media_type: str) -> JsonObject:
    if media.file_id is not None:
        return {"type": "file", "file_id": media.file_id}
    if media.url is not None:
        return {"type": "url", "url": media.url}
    return {"type": "base64", "media_type": media_type, "data": media.data or ""}


def _document(media: Media, kind: str) -> JsonObject:
    if media.data is None or kind == "application/pdf":
        return _source(media, "application/pdf")
    if kind.startswith("text/") or kind in _TEXTS:
        return {
            "type": "text",
            "media_type": "text/plain",
            "data": decode_base64(media.data).decode("utf-8", "replace"),
        }
    raise InvalidRequest(
        f"Claude does not read files of type {kind!r}. Send a PDF, an image or text.", param="messages"
    )


def _about(media: Media) -> JsonObject:
    """A document's title, and what Anthropic knows beside it: `context` and whether to cite it."""
    file = mapping(media.part, "file")
    own = {name: media.part.get(name, file.get(name)) for name in ("title", "context", "citations")}
    return present(**{**own, "title": own["title"] or media.name})


def _image_type(kind: str) -> str:
    return "image/jpeg" if kind in ("image/jpg", "image/pjpeg") else kind or "image/png"


_TEXTS = frozenset(
    ("application/json", "application/xml", "application/yaml", "application/x-yaml", "application/javascript")
)
