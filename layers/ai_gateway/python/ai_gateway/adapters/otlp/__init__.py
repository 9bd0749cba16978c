"""Spans to an OpenTelemetry collector, by the official SDK over OTLP/HTTP.

The SDK is imported when the first span is told, in a thread: it takes as long as the rest of a cold start.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_gateway.core.errors import StoreUnavailable

if TYPE_CHECKING:
    from ai_gateway.adapters.otlp.sdk import Exporting
    from ai_gateway.core.spans import Span

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collector:
    """Where spans go: the URL of the traces, and the headers that authenticate there. `resource` are attributes of all
    spans; those of `OTEL_RESOURCE_ATTRIBUTES` go before them.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    resource: Mapping[str, str]


class OtlpTraces:
    """`at_once` exports each span before `tell` returns, for processes that stand still afterwards; else a thread of
    the SDK exports them by the batch.
    """

    def __init__(self, collector: Callable[[], Collector], *, at_once: bool) -> None:
        self._collector = collector
        self._at_once = at_once
        self._starting = threading.Lock()
        self._exporting: Exporting | None = None

    async def tell(self, span: "Span") -> None:
        await asyncio.to_thread(self._tell, span)

    async def close(self) -> None:
        """Export what is left."""
        if self._exporting is not None:
            await asyncio.to_thread(self._exporting.end)

    def _tell(self, span: "Span") -> None:
        try:
            exporting = self._started()
        except StoreUnavailable as error:
            log.warning("A span was lost: the headers of the collector could not be read: %s", error.message)
            return
        exporting.add(span)
        if self._at_once:
            exporting.flush()

    def _started(self) -> "Exporting":
        with self._starting:
            if self._exporting is None:
                from ai_gateway.adapters.otlp.sdk import Exporting

                self._exporting = Exporting(self._collector())
            return self._exporting
