"""Breakdowns as bytes, the same for all that are equal."""

import gzip
from typing import TypeAlias, cast

from ai_gateway.core.measures import Measures
from ai_gateway.core.rollups import Breakdown
from ai_gateway.core.sketches import Bins
from ai_gateway.core.wire import JsonObject, dumps_sorted, loads

LARGEST = 380_000
"""Bytes: an item holds at most 400 KB."""
_Row: TypeAlias = tuple[dict[str, int], int | None, int | None, dict[str, str]]


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
    told = cast("JsonObject", loads(gzip.decompress(data)))
    values, other = cast("dict[str, _Row]", told["values"]), cast("_Row | None", told["other"])
    return Breakdown({value: _measures(row) for value, row in values.items()}, _measures(other) if other else None)


def _row(measures: Measures) -> _Row:
    bins = {"latency_ms": measures.latency.written(), "ttft_ms": measures.ttft.written()}
    return measures.sums, measures.first, measures.last, {name: text for name, text in bins.items() if text}


def _measures(row: _Row) -> Measures:
    """Of rows of before, whose times stood elsewhere, those are not known."""
    sums, first, last, *times = row
    bins = times[0] if times else {}
    return Measures(first, last, sums, Bins({}, [bins.get("latency_ms", "")]), Bins({}, [bins.get("ttft_ms", "")]))
