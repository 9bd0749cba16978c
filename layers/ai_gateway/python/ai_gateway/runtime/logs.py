"""`ai-gateway logs`: the last requests as a table or as JSON, or one of them whole."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.core.pricing import dollars
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.usage import TokenCounts
from ai_gateway.core.wire import JsonObject, dumps_text, parse_object
from ai_gateway.runtime.installation import installation
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.tables import table

COLUMNS = ("time", "status", "model", "served by", "tokens", "cost $", "ttft ms", "ms", "user", "session", "attempts")


def print_logs(settings: Settings, *, limit: int, as_json: bool, stack: str | None = None) -> None:
    """The last records, oldest last; `as_json` one object a line, without the bodies."""
    now = datetime.now(UTC)
    with _records(settings, stack) as records:
        found = records.latest("default", now, now - timedelta(days=7), limit)
        if as_json:
            print("".join(f"{dumps_text(_told(record))}\n" for record in found), end="")
        else:
            print(table(COLUMNS, [row(record) for record in found], "No requests yet. Send one, then look again."))


def print_record(settings: Settings, request_id: str, stack: str | None = None) -> None:
    """One record whole, as JSON, with its bodies."""
    with _records(settings, stack) as records:
        record = records.one("default", request_id)
    if record is None:
        sys.exit(f"There is no request {request_id!r}. `ai-gateway logs --json` shows the ids.")
    print(json.dumps(_told(record), indent=2, ensure_ascii=False))


@contextmanager
def _records(settings: Settings, stack: str | None) -> Iterator[DynamoDBRecords]:
    with installation(settings, stack) as found:
        yield DynamoDBRecords(found.dynamodb, found.table)


def _told(record: RequestRecord) -> JsonObject:
    """The record's fields. A body that is no JSON is shown as text; the cost is in dollars, too."""
    fields = {**record._asdict(), "attempts": [attempt._asdict() for attempt in record.attempts]}
    for name in ("request", "response"):
        body = fields.pop(name)
        if body is not None:
            fields[name] = parse_object(body) or body.decode("utf-8", "replace")
    fields["cost_dollars"] = None if record.cost is None else dollars(record.cost)
    return fields


def row(record: RequestRecord) -> tuple[str, ...]:
    return (
        datetime.fromtimestamp(record.started, UTC).astimezone().strftime("%H:%M:%S"),
        f"{record.status}{' cancelled' if record.outcome == 'cancelled' else ''}",
        record.model_asked,
        f"{record.source or '-'}{' (simulated)' if record.simulated else ''}",
        f"{'~' if record.tokens_estimated else ''}{TokenCounts.of(record.tokens).total}" if record.tokens else "-",
        "unknown" if record.cost is None and record.tokens else dollars(record.cost or 0),
        "-" if record.ttft_ms is None else str(record.ttft_ms),
        str(record.duration_ms),
        record.user or "-",
        record.session_id or "-",
        "; ".join(_attempt(attempt) for attempt in record.attempts) or record.error_type or "-",
    )


def _attempt(attempt: AttemptRecord) -> str:
    if attempt.skipped:
        return f"{attempt.source} not tried ({attempt.error_type})"
    outcome = "served" if attempt.error_type is None else f"{attempt.status} {attempt.error_type}"
    return f"{attempt.source} {outcome} in {attempt.latency_ms} ms"
