"""Cohere's log probabilities, one entry for a piece of text that may be several tokens."""

from collections.abc import Iterable

from ai_gateway.core.wire import Json, JsonObject, items, text


def logprobs_of(entries: Iterable[Json]) -> JsonObject | None:
    """None when there are none."""
    content = [_entry(entry) for entry in entries]
    return {"content": content, "refusal": None} if content else None


def _entry(entry: Json) -> JsonObject:
    said = text(entry, "text")
    chance = sum(number for number in items(entry, "logprobs") if isinstance(number, int | float))
    return {"token": said, "logprob": chance, "bytes": list(said.encode()), "top_logprobs": []}
