"""Content parts as Converse's content blocks.

Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html and the blocks it names.
"""

import re
from dataclasses import dataclass, field

from ai_gateway.core.chat import Message
from ai_gateway.core.content import Foreign, Media, Part, Text, media_type_of, parts
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.dialects.bedrock.formats import AUDIO, DOCUMENTS, IMAGES, TEXTS, VIDEOS
from ai_gateway.core.dialects.bedrock.memory import reasoning_block
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import Json, JsonObject, mapping, present, text


@dataclass(slots=True)
class Blocks:
    """Writes the blocks of one conversation, in which every document needs a name of its own."""

    family: Family
    _names: set[str] = field(default_factory=set)
    _documents: int = 0

    def of(self, message: Message) -> list[JsonObject]:
        """Empty text is left out, which the API refuses; the API's own blocks go as they come.

        Raises InvalidRequest for what Converse has no block for.
        """
        written: list[JsonObject] = []
        for part in parts(message):
            block = self._block(part)
            if block is not None:
                written.append(block)
                mark(written, part.part, self.family)
        return written

    def unmarked(self, message: Message) -> list[JsonObject]:
        """The same without cache points, which the results of tools may not hold."""
        blocks = [self._block(part) for part in parts(message)]
        return [block for block in blocks if block is not None and "cachePoint" not in block]

    def _block(self, part: Part) -> JsonObject | None:
        match part:
            case Text(words):
                return {"text": words} if words else None
            case Foreign(kind, source):
                return self._foreign(kind, source)
            case Media():
                return self._media(part)

    def _foreign(self, kind: str, source: JsonObject) -> JsonObject | None:
        name = _SPELLINGS.get(kind, kind)
        if name == "cachePoint" and not self.family.caches:
            return None
        if name in _NATIVE and name in source:
            return {name: source[name]}
        match kind:
            case "guard_content":
                return {"guardContent": {"text": {"text": text(source, "text")}}}
            case "thinking" | "redacted_thinking":
                return reasoning_block(source) if self.family.claude else None
            case "image" | "document" if media := _anthropic(kind, source):
                return self._media(media)
        raise InvalidRequest(
            f"Bedrock has no place for a content part of type {kind!r}. Send text, image_url, file, video_url or "
            "input_audio parts.",
            param="messages",
        )

    def _media(self, media: Media) -> JsonObject:
        kind = _media_type(media)
        if form := IMAGES.get(kind):
            return {"image": {"format": form, "source": _source(media)}}
        if form := VIDEOS.get(kind):
            return {"video": {"format": form, "source": _source(media)}}
        if form := AUDIO.get(kind):
            return {"audio": {"format": form, "source": _source(media)}}
        form = DOCUMENTS.get(kind) or ("txt" if kind.startswith("text/") or kind in TEXTS else None)
        if form is None:
            _refuse_web(media)
            raise InvalidRequest(
                f"Bedrock does not take {media.kind} input of type {kind or 'unknown'!r}. Send it as another.",
                param="messages",
            )
        return {"document": {"format": form, "name": self._name(media), "source": _source(media), **_about(media)}}

    def _name(self, media: Media) -> str:
        """Letters, digits, hyphens, brackets and single spaces, without the ending, and never twice."""
        self._documents += 1
        given = text(media.part, "title") or media.name or ""
        stem = given.rpartition(".")[0] if media_type_of(given) else given
        name = " ".join(_UNSOUND.sub("-", stem).split())[:_LONGEST_NAME].strip(" -") or f"Document {self._documents}"
        unique, copy = name, 2
        while unique in self._names:
            unique, copy = f"{name} ({copy})", copy + 1
        self._names.add(unique)
        return unique


def mark(blocks: list[JsonObject], holder: Json, family: Family) -> None:
    """Put a cache point behind the last block, if `cache_control` of a message or part asks for one.

    The API refuses one that has nothing before it or comes behind reasoning, and one right behind a document that it
    reads as text, or a video: a line break goes between.
    """
    point = cache_point(holder, family)
    if point is None or not blocks or "reasoningContent" in blocks[-1]:
        return
    document = mapping(blocks[-1], "document")
    if "video" in blocks[-1] or (document and text(document, "format") != "pdf"):
        blocks.append({"text": "\n"})
    if "cachePoint" not in blocks[-1]:
        blocks.append(point)


def cache_point(holder: Json, family: Family) -> JsonObject | None:
    """None without `cache_control`, and for models that take no cache points."""
    control = mapping(holder, "cache_control")
    if not family.caches or text(control, "type") != "ephemeral":
        return None
    hour = family.hour and text(control, "ttl") == "1h"
    return {"cachePoint": {"type": "default"} | ({"ttl": "1h"} if hour else {})}


def _media_type(media: Media) -> str:
    """What the part itself says (`format`, as LiteLLM has it) counts before what was guessed."""
    said = text(mapping(media.part, "image_url") or mapping(media.part, "file"), "format")
    kind = (said if "/" in said else media.media_type or "").lower()
    if kind in ("", "application/octet-stream"):
        return media_type_of(media.name or media.file_id or "") or kind
    return kind


def _source(media: Media) -> JsonObject:
    place = media.url or media.file_id or ""
    if place.startswith("s3://"):
        owner = media.part.get("bucket_owner") or mapping(media.part, "file").get("bucket_owner")
        return {"s3Location": present(uri=place, bucketOwner=owner)}
    _refuse_web(media)
    return {"bytes": media.data or ""}


def _refuse_web(media: Media) -> None:
    if media.data is None and not (media.url or media.file_id or "").startswith("s3://"):
        raise InvalidRequest(
            f"Bedrock does not fetch {media.url or media.file_id!r}. Send the {media.kind} inline, as a data URI, or "
            "as an s3:// URL.",
            param="messages",
        )


def _about(media: Media) -> JsonObject:
    """What Claude knows of a document beside its name: `context`, and whether to cite it."""
    file = mapping(media.part, "file")
    return present(**{key: media.part.get(key) or file.get(key) for key in ("context", "citations")})


def _anthropic(kind: str, part: JsonObject) -> Media | None:
    """Anthropic's image and document blocks with a source of their own."""
    source = mapping(part, "source")
    media_kind = "image" if kind == "image" else "file"
    match text(source, "type"):
        case "base64":
            return Media(media_kind, part, text(source, "media_type"), data=text(source, "data"))
        case "url":
            return Media(media_kind, part, media_type_of(text(source, "url")), url=text(source, "url"))
    return None


_LONGEST_NAME = 190
_UNSOUND = re.compile(r"[^A-Za-z0-9\s()\[\]-]+")
_NATIVE = frozenset(
    ("image", "document", "video", "audio", "guardContent", "cachePoint", "searchResult", "json", "citationsContent")
)
_SPELLINGS = {"guard_content": "guardContent", "search_result": "searchResult", "cache_point": "cachePoint"}
