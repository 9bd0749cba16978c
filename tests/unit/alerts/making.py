"""Records and rules, with only what a test is about."""

from typing import Any

from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.pricing import PICO
from ai_gateway.core.records import AttemptRecord, RequestRecord

NOW = 1_790_000_000.0
DOLLAR = PICO


def record(number: int = 1, *, before: float = 30, **fields: Any) -> RequestRecord:
    """One that finished `before` seconds before NOW, in 100 ms unless said otherwise."""
    known: dict[str, Any] = {
        "id": f"request-{number}",
        "outcome": "success",
        "status": 200,
        "duration_ms": 100,
        "model": "gpt-4o",
        "provider": "openai",
        "source": "gpt-4o/openai",
        "cost": 1_000_000,
        "tokens": {"input": 10, "output": 5},
        **fields,
    }
    return RequestRecord(started=NOW - before - known["duration_ms"] / 1000, **known)


def failed(number: int = 1, *, status: int = 500, **fields: Any) -> RequestRecord:
    return record(
        number,
        **{"outcome": "error", "status": status, "error_type": "upstream_error", "cost": None, "tokens": {}, **fields},
    )


def attempt(provider: str, status: int = 200, **fields: Any) -> AttemptRecord:
    error = None if status == 200 else "upstream_error"
    return AttemptRecord(f"gpt-4o/{provider}", provider, "gpt-4o", **{"status": status, "error_type": error, **fields})


def rule(**fields: Any) -> Rule:
    return Rule(**{"id": "errors", "name": "Errors", "metric": "error_rate", "threshold": 5.0, **fields})
