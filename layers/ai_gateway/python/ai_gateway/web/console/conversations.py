"""A recorded conversation made ready to be shown: who said what, whatever callers and providers put into it.

Nothing here trusts a body: what has another shape than expected is shown as JSON, what is long is cut and says so, and
what cannot be seen (NUL, escapes of terminals) becomes visible. Escaping is the templates'.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ai_gateway.core.wire import Json, JsonObject, mapping, objects, parse_object, text

LONGEST_TEXT = 20_000
LONGEST_RAW = 60_000
LONGEST_PICTURE = 4_000_000
MOST_TURNS = 200
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")

Kind = Literal["text", "reasoning", "refusal", "picture", "media", "call", "json"]


@dataclass(frozen=True, slots=True)
class Part:
    """`label` is a tool's name, a link or a file's name; `note` the id of a call; `cut` how many characters are left
    out of `text`. The text of a picture is a data URL.
    """

    kind: Kind
    text: str = ""
    label: str = ""
    note: str = ""
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    role: str
    parts: tuple[Part, ...]
    name: str = ""
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """`skipped` is how many of the earliest messages are left out. `tools` are the names of those offered."""

    turns: tuple[Turn, ...]
    skipped: int = 0
    tools: tuple[str, ...] = ()


def conversation_of(request: bytes | None, response: bytes | None) -> Conversation:
    asked = parse_object(request or b"") or {}
    messages = objects(asked, "messages")
    turns = [_turn(message) for message in messages[-MOST_TURNS:]]
    answers = list(answers_of(response))
    tools = tuple(_tool_name(tool)[:200] for tool in (*objects(asked, "tools"), *objects(asked, "functions")))
    return Conversation((*turns, *answers), max(0, len(messages) - MOST_TURNS), tools)


def answers_of(response: bytes | None) -> Iterator[Turn]:
    """The choices of an answer; nothing for an error, which the record tells better."""
    for choice in objects(parse_object(response or b"") or {}, "choices"):
        turn = _turn({"role": "assistant", **mapping(choice, "message")})
        yield Turn(turn.role, turn.parts, turn.name, answer=True)


def raw(body: bytes | None) -> Part | None:
    """A body as it was, with its JSON laid out."""
    if body is None:
        return None
    if len(body) > 4 * LONGEST_RAW:
        return _cut("json", body[: 4 * LONGEST_RAW].decode("utf-8", "replace"), more=len(body) - 4 * LONGEST_RAW)
    parsed = parse_object(body)
    if parsed is None:
        return _cut("json", body.decode("utf-8", "replace"), LONGEST_RAW)
    return _cut("json", json.dumps(parsed, indent=2, ensure_ascii=False), LONGEST_RAW)


def visible(said: str) -> str:
    """With control characters as pictures of themselves (U+2400 and on), but for line breaks and tabs."""
    return _CONTROL.sub(lambda found: _PICTURES.get(found[0], "\N{REPLACEMENT CHARACTER}"), said)


def _turn(message: Json) -> Turn:
    role, name = text(message, "role") or "unknown", text(message, "name")
    parts = [*_reasoning(message), *_content(message), *_extras(message), *_calls(message)]
    if role == "tool" and (call := text(message, "tool_call_id")):
        name = name or call
    return Turn(visible(role)[:40], tuple(parts), visible(name)[:200])


def _reasoning(message: Json) -> Iterator[Part]:
    told = text(message, "reasoning") or text(message, "reasoning_content")
    if not told:
        details = objects(message, "reasoning_details")
        told = "".join(text(one, "text") or text(one, "summary") or text(one, "thinking") for one in details)
    if told:
        yield _cut("reasoning", told)


def _content(message: Json) -> Iterator[Part]:
    content = message.get("content")
    if isinstance(content, str):
        if content:
            yield _cut("text", content)
    elif isinstance(content, list):
        for part in content:
            yield _part(part) if isinstance(part, dict) else _json(part)
    elif content is not None:
        yield _json(content)


def _part(part: JsonObject) -> Part:
    match part.get("type"):
        case "text" | "input_text" | "output_text":
            return _cut("text", text(part, "text"))
        case "refusal":
            return _cut("refusal", text(part, "refusal"))
        case "thinking" | "reasoning":
            return _cut("reasoning", text(part, "thinking") or text(part, "text"))
        case "image_url":
            url = part.get("image_url")
            return _picture(url if isinstance(url, str) else text(mapping(part, "image_url"), "url"))
        case "input_audio":
            audio = mapping(part, "input_audio")
            return _media(f"Audio ({text(audio, 'format') or 'unknown format'})", len(text(audio, "data")))
        case "file":
            file = mapping(part, "file")
            return _media(text(file, "filename") or text(file, "file_id") or "File", len(text(file, "file_data")))
        case _:
            return _json(part)


def _extras(message: Json) -> Iterator[Part]:
    if refusal := text(message, "refusal"):
        yield _cut("refusal", refusal)
    for image in objects(message, "images"):
        yield _part({"type": "image_url", **image})
    if audio := mapping(message, "audio"):
        if transcript := text(audio, "transcript"):
            yield _cut("text", transcript)
        yield _media("Audio", len(text(audio, "data")))


def _calls(message: Json) -> Iterator[Part]:
    for call in objects(message, "tool_calls"):
        called = mapping(call, "function") or mapping(call, "custom")
        yield _call(called, text(call, "id"))
    if called := mapping(message, "function_call"):
        yield _call(called, "")


def _call(called: Json, call_id: str) -> Part:
    arguments = text(called, "arguments") or text(called, "input")
    parsed = parse_object(arguments) if len(arguments) <= LONGEST_RAW else None
    shown = json.dumps(parsed, indent=2, ensure_ascii=False) if parsed is not None else arguments
    part = _cut("call", shown)
    return Part("call", part.text, visible(text(called, "name"))[:200], visible(call_id)[:200], part.cut)


def _picture(url: str) -> Part:
    """Only what is in the body itself is loaded: no address that a caller wrote is called by looking at it."""
    if len(url) <= LONGEST_PICTURE and PICTURE.fullmatch(url):
        return Part("picture", url)
    if url.startswith("data:"):
        return _media(f"Picture ({visible(url[5:40].partition(';')[0])})", len(url))
    return Part("media", label=visible(url)[:500], note="A picture elsewhere, which this page does not load")


def _media(label: str, base64_length: int) -> Part:
    return Part("media", label=visible(label)[:200], note=f"{base64_length * 3 // 4:,} bytes" if base64_length else "")


def _json(value: object) -> Part:
    return _cut("json", json.dumps(value, indent=2, ensure_ascii=False))


def _cut(kind: Kind, said: str, longest: int = LONGEST_TEXT, *, more: int = 0) -> Part:
    return Part(kind, visible(said[:longest]), cut=max(0, len(said) - longest) + more)


def _tool_name(tool: Json) -> str:
    return visible(text(mapping(tool, "function"), "name") or text(tool, "name") or text(tool, "type") or "tool")


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(32)} | {"\x7f": "\u2421", "\r": ""}
