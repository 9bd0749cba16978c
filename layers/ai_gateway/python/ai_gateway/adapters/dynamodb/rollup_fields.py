"""Breakdowns as bytes, the same for all that are equal."""

import gzip
from typing import cast

from ai_gateway.core.measures import Measures
from ai_gateway.core.rollups import Breakdown
from ai_gateway.core.wire import JsonObject, dumps_sorted, items, mapping, parse_object

LARGEST = 380_000
"""Bytes: an item holds at most 400 KB."""


def written(breakdown: Breakdown) -> bytes:
    """Compressed JSON: `{"values": {VALUE: [sums, first, last, times]}, "other": the same or null}`. Where that is more
    than an item holds, half of the values are added up as others.
    """
    told: JsonObject = {
        "values": {value: _row(measures) for value, measures in breakdown.values.items()},
        "other": _row(breakdown.other) if breakdown.other else None,
    }
    data = gzip.compress(dumps_sorted(told), compresslevel=6, mtime=0)
    if len(data) <= LARGEST or len(breakdown.values) < 2:
        return data
    breakdown.bound(len(breakdown.values) // 2)
    return written(breakdown)


def read(data: bytes) -> Breakdown:
    told = parse_object(gzip.decompress(data)) or {}
    values = mapping(told, "values")
    other = items(told, "other")
    return Breakdown(
        {value: _measures(items(values, value)) for value in values},
        _measures(other) if other else None,
    )


def _row(measures: Measures) -> list[object]:
    sums, times = measures.written()
    return [sums, measures.first, measures.last, times]


def _measures(row: list[object]) -> Measures:
    """Rows of before had no times, but bins among the sums."""
    sums, first, last, *times = cast("tuple[dict[str, int], int | None, int | None, dict[str, str]]", tuple(row))
    return Measures.of((sums, times[0] if times else {}), first, last)
