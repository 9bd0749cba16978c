"""Calls in X-Ray, where the stack asks for it (`Tracing=Active`), below the segment that Lambda itself writes.

X-Ray's SDK takes half as long to import as all of the gateway: it is imported where tracing is on and nowhere else.
"""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.ports import Records

if TYPE_CHECKING:
    from aws_lambda_powertools import Tracer

T = TypeVar("T", bound=Callable[..., object])


def traced(handler: T, environment: Mapping[str, str] = os.environ) -> T:
    """`handler` as a subsegment, and in it what it asks of AWS. No event and no answer is told."""
    tracer = _tracer(environment, patch_modules=("botocore",))
    return cast("T", tracer.capture_lambda_handler(handler, capture_response=False)) if tracer else handler


def traced_records(
    records: Records, trace: Callable[[], str | None], environment: Mapping[str, str] = os.environ
) -> Records:
    """`records`, which tell X-Ray of each record too. `trace` gives the invocation's trace header."""
    tracer = _tracer(environment, auto_patch=False)
    return TracedRecords(records, trace, tracer) if tracer else records


class TracedRecords:
    """A request is a subsegment with one for each attempt in it, made out of its record when it is over: the times are
    those of the record, and many requests at once in one process are not mixed up.
    """

    def __init__(self, records: Records, trace: Callable[[], str | None], tracer: "Tracer") -> None:
        self._records = records
        self._trace = trace
        self._recorder: Any = tracer.provider

    async def room(self) -> None:
        await self._records.room()

    async def save(self, record: RequestRecord) -> None:
        await self._records.save(record)
        if header := self._trace():
            self._tell(record, header)

    def _tell(self, record: RequestRecord, header: str) -> None:
        from aws_xray_sdk.core.models.facade_segment import FacadeSegment
        from aws_xray_sdk.core.models.trace_header import TraceHeader

        of_lambda = TraceHeader.from_header_str(header)
        if of_lambda.sampled != 1:
            return
        self._recorder.set_trace_entity(FacadeSegment("facade", of_lambda.parent, of_lambda.root, sampled=True))
        self._begin("request", "local", record.started, record.status, _annotations(record))
        for attempt in record.attempts:
            if not attempt.skipped:
                self._tell_attempt(attempt, record.started + attempt.started_ms / 1000)
        self._recorder.end_subsegment(record.ended_ms / 1000)
        self._recorder.clear_trace_entities()

    def _tell_attempt(self, attempt: AttemptRecord, started: float) -> None:
        annotations = {"error_type": attempt.error_type}
        subsegment = self._begin(attempt.source, "remote", started, attempt.status, annotations)
        if attempt.error_type and attempt.status is None:
            subsegment.add_fault_flag()
        self._recorder.end_subsegment(started + attempt.latency_ms / 1000)

    def _begin(
        self, name: str, namespace: str, started: float, status: int | None, annotations: Mapping[str, object]
    ) -> Any:
        subsegment = self._recorder.begin_subsegment(name, namespace)
        subsegment.start_time = started
        subsegment.put_http_meta("status", status)
        for key, value in annotations.items():
            if value is not None:
                subsegment.put_annotation(key, value)
        return subsegment


def _annotations(record: RequestRecord) -> Mapping[str, object]:
    """What traces can be searched by."""
    names = ("id", "outcome", "key_id", "model_asked", "source", "error_type")
    return {name: getattr(record, name) for name in names}


def _tracer(environment: Mapping[str, str], **patching: Any) -> "Tracer | None":
    """None where there is no X-Ray to tell: Powertools knows `sam local` and what is not Lambda."""
    if environment.get("AI_GATEWAY_TRACING") != "Active":
        return None
    from aws_lambda_powertools import Tracer

    tracer = Tracer(service="ai-gateway", **patching)
    return None if tracer.disabled else tracer
