"""Requests told to OpenTelemetry, once their records are kept."""

from ai_gateway.core.records import RequestRecord
from ai_gateway.core.spans import span_of
from ai_gateway.ports import Records, Traces


class TracedRecords:
    """Records that become spans. `content` puts the messages into them."""

    def __init__(self, records: Records, traces: Traces, *, content: bool) -> None:
        self._records = records
        self._traces = traces
        self._content = content

    async def room(self) -> None:
        await self._records.room()

    async def save(self, record: RequestRecord) -> None:
        await self._records.save(record)
        await self._traces.tell(span_of(record, content=self._content))
