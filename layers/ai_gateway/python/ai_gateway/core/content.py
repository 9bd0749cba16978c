"""What a message is made of: OpenAI's content parts as values that every dialect can read."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from ai_gateway.core.chat import Message
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import JsonObject, mapping, text


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    part: JsonObject


@dataclass(frozen=True, slots=True)
class Media:
    """An image, audio, video or file: inline (`data` is base64, `media_type` its MIME type) or by `url` or `file_id`.

    `kind` is "image", "audio", "video" or "file".
    """

    kind: str
    part: JsonObject
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    name: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """A part of another type, such as one of a provider's own (`document`, `thinking`), for the dialect to know."""

    type: str
    part: JsonObject


Part: TypeAlias = Text | Media | Foreign


def parts(message: Message) -> Iterator[Part]:
    """The parts of a message in order; text content is one part. `part` is the original, with its `cache_control`.

    Raises InvalidRequest for a data URI that cannot be read.
    """
    content = message.get("content")
    if isinstance(content, str):
        yield Text(content, {})
    elif content is not None:
        for part in content:
            yield _part(part)


def plain_text(message: Message) -> str:
    """All text of a message, for roles that have only text; parts are joined by line breaks."""
    return "\n".join(part.text for part in parts(message) if isinstance(part, Text))


def _part(part: JsonObject) -> Part:
    kind = text(part, "type")
    match kind:
        case "text" | "input_text" | "output_text":
            return Text(text(part, "text"), part)
        case "refusal":
            return Text(text(part, "refusal"), part)
        case "image_url" | "input_image":
            return _image(part)
        case "input_audio":
            audio = mapping(part, "input_audio")
            form = text(audio, "format", "wav")
            return Media("audio", part, media_type=_AUDIO.get(form, f"audio/{form}"), data=text(audio, "data"))
        case "video_url":
            return _located("video", part, text(mapping(part, "video_url"), "url"))
        case "file" | "input_file":
            return _file(part)
        case _:
            return Foreign(kind, part)


def _image(part: JsonObject) -> Media:
    holder = mapping(part, "image_url")
    url = text(holder, "url") or text(part, "image_url")
    return _located("image", part, url, detail=text(holder, "detail") or None)


def _file(part: JsonObject) -> Media:
    file = mapping(part, "file") or part
    name = text(file, "filename") or None
    if file_id := text(file, "file_id"):
        return Media("file", part, file_id=file_id, name=name)
    data = text(file, "file_data")
    if data and ":" not in data[:16]:
        return Media("file", part, media_type=media_type_of(name or "") or "application/pdf", data=data, name=name)
    return _located("file", part, data or text(file, "file_url"), name=name)


def _located(kind: str, part: JsonObject, url: str, *, name: str | None = None, detail: str | None = None) -> Media:
    if not url:
        raise InvalidRequest(f"A {text(part, 'type')!r} part has no URL and no data. Give it one.", param="messages")
    if not url.startswith("data:"):
        guess = media_type_of(name or _path(url))
        return Media(kind, part, media_type=guess, url=url, name=name, detail=detail)
    media_type, data = parse_data_uri(url)
    return Media(kind, part, media_type=media_type, data=data, name=name, detail=detail)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        raise InvalidRequest(f"{url[:200]!r} is no URL. Send an https URL or a data URI.", param="messages") from None


def parse_data_uri(uri: str) -> tuple[str, str]:
    """MIME type and base64 data of a `data:` URI (RFC 2397); raises InvalidRequest when it is not base64."""
    head, comma, data = uri[5:].partition(",")
    media_type, *parameters = head.split(";")
    if not comma or "base64" not in parameters:
        raise InvalidRequest("A data URI must look like 'data:<media type>;base64,<data>'.", param="messages")
    return media_type or "text/plain", unquote_to_bytes(data).decode("ascii", "replace") if "%" in data else data


def decode_base64(data: str) -> bytes:
    """The bytes of base64 text; raises InvalidRequest."""
    try:
        return b64decode(data, validate=False)
    except (Base64Error, ValueError):
        raise InvalidRequest("Inline data in a message is not valid base64.", param="messages") from None


def media_type_of(name: str) -> str | None:
    """The MIME type that a file name's ending stands for."""
    return _ENDINGS.get(name.rpartition(".")[2].lower())


_AUDIO = {"mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/mp4"}
_ENDINGS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mpeg": "video/mpeg",
}
