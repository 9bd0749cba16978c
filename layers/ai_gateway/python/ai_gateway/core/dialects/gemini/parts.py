"""One part of a message as Google's `Part`: text, inline data, a file's URI, or a part of Google's own."""

from ai_gateway.core.chat import Message
from ai_gateway.core.content import Foreign, Media, Part, Text, parts
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import JsonObject, mapping, present, text, without

FILES_API = "https://generativelanguage.googleapis.com/v1beta/"


def parts_of(message: Message) -> list[JsonObject]:
    """The content of a message, part by part and in order; raises InvalidRequest for what Google has no part for."""
    return [native for part in parts(message) if (native := part_of(part)) is not None]


def part_of(part: Part) -> JsonObject | None:
    """None for what belongs to another provider's reasoning, which means nothing here."""
    match part:
        case Text():
            return {"text": part.text}
        case Media():
            return media_part(part)
        case Foreign():
            return _foreign(part)


def media_part(media: Media) -> JsonObject:
    """`inlineData` or `fileData`, with the `videoMetadata` that came beside it."""
    holder = _holder(media)
    kind = media_type(media)
    clip = media.part.get("video_metadata") or media.part.get("videoMetadata") or holder.get("video_metadata")
    if media.data is not None:
        return present(
            inlineData={"mimeType": kind or "application/octet-stream", "data": media.data}, videoMetadata=clip
        )
    return present(fileData=present(mimeType=kind, fileUri=_uri(media)), videoMetadata=clip)


def media_type(media: Media) -> str | None:
    """The MIME type: as the caller says, as the data URI or the file's name says, or the likeliest of its kind.

    A URL at AI Studio and Vertex needs one; only a file of the Files API knows its own.
    """
    holder = _holder(media)
    said = next((text(holder, key) for key in ("format", "mime_type", "media_type") if "/" in text(holder, key)), None)
    kind = said or media.media_type or (None if media.file_id else _LIKELY.get(media.kind))
    return "image/jpeg" if kind == "image/jpg" else kind


def _holder(media: Media) -> JsonObject:
    return mapping(media.part, text(media.part, "type")) or media.part


_LIKELY = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mpeg"}


def _uri(media: Media) -> str:
    if media.url is not None:
        return media.url
    name = media.file_id or ""
    if name.startswith("files/"):
        return FILES_API + name
    if "://" not in name:
        raise InvalidRequest(
            f"File {name!r} is not one of Google's. Send its content as 'file_data', or the name or URI of a file at "
            "Google ('files/...', 'gs://...').",
            param="messages",
        )
    return name


def _foreign(part: Foreign) -> JsonObject | None:
    if part.type in _REASONING:
        return None
    native = without(part.part, ("type", "cache_control"))
    if native.keys() & _NATIVE:
        return native
    if part.type == "document" and (document := text(mapping(part.part, "source"), "data")):
        return _document(mapping(part.part, "source"), document)
    raise InvalidRequest(
        f"A content part of type {part.type!r} cannot be sent to Gemini. Send text, image_url, input_audio, video_url "
        "or file parts.",
        param="messages",
    )


def _document(source: JsonObject, data: str) -> JsonObject:
    if text(source, "type") == "text":
        return {"text": data}
    return {"inlineData": {"mimeType": text(source, "media_type", "application/pdf"), "data": data}}


_REASONING = frozenset(("thinking", "redacted_thinking", "reasoning"))
_NATIVE = frozenset(
    (
        "inlineData",
        "inline_data",
        "fileData",
        "file_data",
        "executableCode",
        "executable_code",
        "codeExecutionResult",
        "code_execution_result",
        "toolCall",
        "tool_call",
        "toolResponse",
        "tool_response",
    )
)
