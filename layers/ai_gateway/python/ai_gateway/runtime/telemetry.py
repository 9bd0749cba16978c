"""What CloudWatch gets: log lines as JSON that name their invocation, and metrics of every record.

Wired once, in the composition root. `xray` has X-Ray, off unless asked for; infra/decisions/telemetry.md says why.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Protocol, TypeAlias

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from starlette.types import ASGIApp, Receive, Scope, Send

from ai_gateway.core.records import RequestRecord
from ai_gateway.core.usage import TokenCounts
from ai_gateway.ports import Records
from ai_gateway.runtime.xray import traced


class LambdaContext(Protocol):
    aws_request_id: str


Handler: TypeAlias = Callable[[Mapping[str, object], LambdaContext], object]

_invocation: ContextVar[dict[str, str]] = ContextVar("invocation", default={})  # noqa: B039  never changed in place


def log_as_json(level: str) -> None:
    """Every logger's lines, from `level` on, in the form by which Lambda tells their level and time."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LambdaPowertoolsFormatter(use_rfc3339=True, utc=True))
    handler.addFilter(_name_invocation)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Their own lines tell addresses and nothing that the gateway does not.
    for chatty in ("botocore", "httpcore", "httpx", "mangum", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class Named:
    """ASGI. What is logged during an invocation carries its `function_request_id` and X-Ray's trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = (scope.get("extensions") or {}).get("lambda", {})
        _name(told.get("request_id"), told.get("trace_id"))
        await self._app(scope, receive, send)


def naming(handler: Handler) -> Handler:
    """As `Named`, for the handler that Lambda's own client calls, and traced if the stack asks for it."""

    def named(event: Mapping[str, object], context: LambdaContext) -> object:
        _name(context.aws_request_id, os.environ.get("_X_AMZN_TRACE_ID"))
        return handler(event, context)

    return traced(named)


def trace_header() -> str | None:
    """X-Ray's, of the invocation under way."""
    return _invocation.get().get("xray_trace_id")


class MeasuredRecords:
    """Counts and times of every record as metrics, in CloudWatch's embedded metric format; saves it in `records`."""

    def __init__(self, records: Records, stage: str) -> None:
        self._records = records
        self._stage = stage

    async def room(self) -> None:
        await self._records.room()

    async def save(self, record: RequestRecord) -> None:
        await self._records.save(record)
        _measure(record, self._stage)


def _measure(record: RequestRecord, stage: str) -> None:
    # One for each record: several invocations may share this process.
    metrics = EphemeralMetrics(namespace="ai-gateway", service="gateway")
    metrics.add_dimension("stage", stage)
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    metrics.add_metric("Failures", MetricUnit.Count, int(record.status >= 500))
    metrics.add_metric("Fallbacks", MetricUnit.Count, int(record.outcome == "success" and len(_tried(record)) > 1))
    metrics.add_metric("UnknownCosts", MetricUnit.Count, int(bool(record.tokens) and record.cost is None))
    metrics.add_metric("Tokens", MetricUnit.Count, TokenCounts.of(record.tokens).total)
    metrics.add_metric("Duration", MetricUnit.Milliseconds, record.duration_ms)
    if record.ttft_ms is not None:
        metrics.add_metric("TimeToFirstToken", MetricUnit.Milliseconds, record.ttft_ms)
    for name in ("id", "status", "source", "error_type"):
        metrics.add_metadata(name, getattr(record, name))
    metrics.flush_metrics()


def _tried(record: RequestRecord) -> set[str]:
    return {attempt.source for attempt in record.attempts if not attempt.skipped}


def _name(request_id: str | None, trace_id: str | None) -> None:
    names = {"function_request_id": request_id, "xray_trace_id": trace_id}
    _invocation.set({name: value for name, value in names.items() if value})


def _name_invocation(line: logging.LogRecord) -> bool:
    vars(line).update(_invocation.get())
    return True
