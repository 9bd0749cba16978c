"""Prompts as the JSON that items hold, and back."""

import gzip
from collections.abc import Mapping
from typing import cast

from ai_gateway.core.errors import BodyTooLarge
from ai_gateway.core.prompts.versions import Draft, Move, MoveKind, Number, Origin, Prompt, Release, Summary
from ai_gateway.core.wire import Json, JsonObject, dumps, integer, mapping, parse_object, text, texts

MOST_BYTES = 390_000
"""Of a compressed body; an item holds 400 KB with its names and keys:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""


def prompt_fields(prompt: Prompt) -> bytes:
    return dumps(
        {
            "id": prompt.id,
            "name": prompt.name,
            "created": prompt.created,
            "author": prompt.author,
            "latest": str(prompt.latest),
            "minors": {str(major): minor for major, minor in prompt.minors.items()},
            "tags": prompt.tags,
            "environments": {name: _release_fields(release) for name, release in prompt.environments.items()},
            "updated": prompt.updated,
            "deleted": prompt.deleted,
            "revision": prompt.revision,
        }
    )


def read_prompt(data: bytes) -> Prompt:
    fields = _fields(data)
    return Prompt(
        id=text(fields, "id"),
        name=text(fields, "name"),
        created=_seconds(fields, "created"),
        author=text(fields, "author"),
        latest=_number(fields, "latest"),
        minors={int(major): integer(mapping(fields, "minors"), major) for major in mapping(fields, "minors")},
        tags=tuple(texts(fields, "tags")),
        environments=_releases(mapping(fields, "environments")),
        updated=_seconds(fields, "updated"),
        deleted=fields.get("deleted") is True,
        revision=integer(fields, "revision"),
    )


def summary_fields(summary: Summary) -> bytes:
    return dumps(
        {
            "id": summary.id,
            "number": str(summary.number),
            "message": summary.message,
            "author": summary.author,
            "created": summary.created,
            "origin": summary.origin,
            "tags": summary.tags,
            "model": summary.model,
        }
    )


def read_summary(data: bytes) -> Summary:
    fields = _fields(data)
    return Summary(
        id=text(fields, "id"),
        number=_number(fields, "number"),
        message=text(fields, "message"),
        author=text(fields, "author"),
        created=_seconds(fields, "created"),
        origin=cast("Origin", text(fields, "origin")),
        tags=tuple(texts(fields, "tags")),
        model=text(fields, "model"),
    )


def draft_fields(draft: Draft) -> bytes:
    return dumps({"base": str(draft.base), "author": draft.author, "saved": draft.saved, "revision": draft.revision})


def read_draft(data: bytes, body: bytes) -> Draft:
    fields = _fields(data)
    return Draft(
        body=read_body(body),
        base=_number(fields, "base"),
        author=text(fields, "author"),
        saved=_seconds(fields, "saved"),
        revision=integer(fields, "revision"),
    )


def move_fields(move: Move) -> bytes:
    return dumps(
        {
            "environment": move.environment,
            "before": _release_fields(move.before) if move.before else None,
            "after": _release_fields(move.after) if move.after else None,
            "author": move.author,
            "moved": move.moved,
            "kind": move.kind,
        }
    )


def read_move(data: bytes) -> Move:
    fields = _fields(data)
    return Move(
        environment=text(fields, "environment"),
        before=_release(mapping(fields, "before")),
        after=_release(mapping(fields, "after")),
        author=text(fields, "author"),
        moved=_seconds(fields, "moved"),
        kind=cast("MoveKind", text(fields, "kind")),
    )


def pack_body(body: JsonObject) -> bytes:
    """Compressed JSON. Raises BodyTooLarge."""
    plain = dumps(body)
    packed = gzip.compress(plain, mtime=0)
    if len(packed) > MOST_BYTES:
        raise BodyTooLarge(
            f"The prompt is {len(plain):,} bytes of JSON and {len(packed):,} compressed; {MOST_BYTES:,} compressed "
            "can be stored. Refer to images and files by URL, or move parts into prompts of their own (partials).",
            param="body",
        )
    return packed


def read_body(packed: bytes) -> JsonObject:
    return _fields(gzip.decompress(packed))


def _release_fields(release: Release) -> JsonObject:
    fields: JsonObject = {"version": str(release.version)}
    if release.candidate is not None:
        fields |= {"candidate": str(release.candidate), "percent": release.percent}
    return fields


def _releases(fields: Mapping[str, object]) -> dict[str, Release]:
    found = {name: _release(mapping(fields, name)) for name in fields}
    return {name: release for name, release in found.items() if release is not None}


def _release(fields: Json) -> Release | None:
    if not fields:
        return None
    candidate = _number(fields, "candidate") if "candidate" in fields else None
    return Release(_number(fields, "version"), candidate, _seconds(fields, "percent"))


def _number(fields: Json, name: str) -> Number:
    major, _, minor = text(fields, name).partition(".")
    return Number(int(major), int(minor))


def _seconds(fields: Json, name: str) -> float:
    value = fields.get(name)
    return value if isinstance(value, int | float) else 0.0


def _fields(data: bytes) -> JsonObject:
    return parse_object(data) or {}
