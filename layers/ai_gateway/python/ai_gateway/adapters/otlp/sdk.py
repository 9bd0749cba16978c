"""OpenTelemetry's SDK set up for requests that are over: spans with the times and the names that they had."""

import logging
import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, set_span_in_context

from ai_gateway.core.spans import Span

if TYPE_CHECKING:
    from ai_gateway.adapters.otlp import Collector

LONGEST_EXPORT = 3.0
"""Seconds, with all tries."""
PAUSE = 30.0
"""Seconds without a try after an export that failed."""
LARGEST_BATCH = 128

log = logging.getLogger(__name__)
_request: ContextVar[str] = ContextVar("request", default="")


class Exporting:
    """Blocks, but for `add`. A collector that is away loses spans and nothing else."""

    def __init__(self, collector: "Collector") -> None:
        # The SDK's own lines repeat addresses, and what a collector answers.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        exporter = OTLPSpanExporter(collector.url, headers=dict(collector.headers), timeout=LONGEST_EXPORT)
        surrounding = OTELResourceDetector().detect().attributes
        self._provider = TracerProvider(
            resource=Resource.create({**collector.resource, **surrounding}),
            id_generator=_Ids(),
            shutdown_on_exit=False,
        )
        host = urlsplit(collector.url).hostname or ""
        self._provider.add_span_processor(
            BatchSpanProcessor(PausingExporter(exporter, host), max_export_batch_size=LARGEST_BATCH)
        )

    def add(self, span: Span) -> None:
        token = _request.set(span.request)
        try:
            _emit(self._provider.get_tracer("ai-gateway"), span, Context())
        finally:
            _request.reset(token)

    def flush(self) -> None:
        self._provider.force_flush()

    def end(self) -> None:
        self._provider.shutdown()


class PausingExporter(SpanExporter):
    """Tries nothing for a while after an export that failed, so that nobody waits for one after the other."""

    def __init__(self, exporter: SpanExporter, host: str) -> None:
        self._exporter = exporter
        self._host = host
        self._again = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if time.monotonic() < self._again:
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._again = time.monotonic() + PAUSE
            log.warning(
                "The collector at %s did not take %d spans. They are lost, and so are those of the next %g seconds.",
                self._host, len(spans), PAUSE,
            )  # fmt: skip
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class _Ids(RandomIdGenerator):
    """A trace is named as its request is, so that one finds the other."""

    def generate_trace_id(self) -> int:
        try:
            return UUID(_request.get()).int or super().generate_trace_id()
        except ValueError:
            return super().generate_trace_id()


def _emit(tracer: Tracer, span: Span, parent: Context) -> None:
    told = tracer.start_span(span.name, parent, SpanKind.CLIENT, dict(span.attributes), start_time=span.start)
    for event in span.events:
        told.add_event(event.name, dict(event.attributes), timestamp=span.start)
    if span.error is not None:
        told.set_status(Status(StatusCode.ERROR, span.error))
    for child in span.children:
        _emit(tracer, child, set_span_in_context(told, parent))
    told.end(span.end)
