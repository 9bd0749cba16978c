"""`ai-gateway logs`: the last requests as a table."""

from datetime import UTC, datetime, timedelta

from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.core.pricing import dollars
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.state import State
from ai_gateway.runtime.storage import storage, surrounding_environment
from ai_gateway.runtime.tables import table

COLUMNS = ("time", "status", "model", "served by", "tokens", "cost $", "ttft ms", "ms", "user", "session", "attempts")


def print_logs(settings: Settings, *, limit: int) -> None:
    state = State.at(settings.state_dir, ephemeral=False)
    with storage(settings, state, surrounding_environment()) as opening:
        now = datetime.now(UTC)
        found = DynamoDBRecords(opening(), settings.table).latest("default", now, now - timedelta(days=7), limit)
        print(table(COLUMNS, [row(record) for record in found], "No requests yet. Send one, then look again."))


def row(record: RequestRecord) -> tuple[str, ...]:
    return (
        datetime.fromtimestamp(record.started, UTC).astimezone().strftime("%H:%M:%S"),
        f"{record.status}{' cancelled' if record.outcome == 'cancelled' else ''}",
        record.model_asked,
        f"{record.source or '-'}{' (simulated)' if record.simulated else ''}",
        f"{'~' if record.tokens_estimated else ''}{sum(record.tokens.values())}" if record.tokens else "-",
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
