"""Requests as files, one line each: JSON Lines with everything, CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator

from ai_gateway.core.pricing import dollars
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.usage import TokenCounts
from ai_gateway.web.console.request_rows import RequestRow, RequestWithBodies
from ai_gateway.web.console.times import iso, when

COLUMNS = (
    "id", "started", "outcome", "status", "error_type", "model_asked", "model", "provider", "source", "duration_ms",
    "ttft_ms", "input_tokens", "output_tokens", "tokens", "tokens_estimated", "cost", "attempts", "key_id", "user",
    "session_id", "session_name", "session_path", "prompt_id", "prompt_version", "properties", "scores", "error",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula where a cell begins with it (CWE-1236)."""


def json_lines(records: Iterable[RequestRecord], *, bodies: bool) -> Iterator[bytes]:
    row = RequestWithBodies if bodies else RequestRow
    return (row.of(record).model_dump_json().encode() + b"\n" for record in records)


def comma_separated(records: Iterable[RequestRecord]) -> Iterator[bytes]:
    """RFC 4180. Properties and scores are `name=value; ...`, and costs empty where they are not known."""
    yield _line(COLUMNS)
    for record in records:
        yield _line([_cell(value) for value in _values(record)])


def _values(record: RequestRecord) -> tuple[object, ...]:
    tokens = TokenCounts.of(record.tokens)
    return (
        record.id,
        iso(when(int(record.started * 1000))),
        record.outcome,
        record.status,
        record.error_type,
        record.model_asked,
        record.model,
        record.provider,
        record.source,
        record.duration_ms,
        record.ttft_ms,
        tokens.prompt,
        tokens.completion,
        tokens.total,
        record.tokens_estimated,
        None if record.cost is None else dollars(record.cost),
        len(record.tried),
        record.key_id,
        record.user,
        record.session_id,
        record.session_name,
        record.session_path,
        record.prompt_id,
        record.prompt_version,
        _pairs(record.properties.items()),
        _pairs(record.scores.items()),
        record.error,
    )


def _pairs(pairs: Iterable[tuple[str, object]]) -> str:
    return "; ".join(f"{name}={value}" for name, value in pairs)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _line(cells: Iterable[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode("utf-8", "replace")
