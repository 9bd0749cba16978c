"""Bytes by which a summary is known to be none of those that a filter means: to look for them takes a tenth of reading
it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ai_gateway.core.filters import Filter
from ai_gateway.core.records import LONGEST_VALUE
from ai_gateway.core.wire import dumps

if TYPE_CHECKING:
    from ai_gateway.adapters.dynamodb.items import Item


def marks_of(wanted: Filter) -> list[bytes]:
    """Parts of JSON that the summary of every request holds that matches."""
    told = {"user": wanted.user, "session_id": wanted.session, "key_id": wanted.key, "outcome": wanted.outcome}
    prompt = (wanted.prompt or "").partition("@")[0]
    values = wanted.model, wanted.provider, wanted.called, prompt, *wanted.properties.values()
    found = [dumps(name) + b":" + _mark(value) for name, value in told.items() if value]
    found += [_mark(value) for value in values if value]
    if wanted.status is not None:
        found.append(f'"status":{wanted.status.rstrip("x")}'.encode())
    flags = (b'"session_id":', wanted.in_session), (b'"cached":true', wanted.cached)
    return [*found, *(flag for flag, holds in flags if holds)]


def is_marked(item: "Item", marks: Sequence[bytes]) -> bool:
    data = item["data"].get("B", b"")
    return all(mark in data for mark in marks)


def _mark(value: str) -> bytes:
    """What is as long as sums name values may be the beginning of one."""
    return dumps(value)[:-1] if len(value) == LONGEST_VALUE else dumps(value)
