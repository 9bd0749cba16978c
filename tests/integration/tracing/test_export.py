"""Requests at a collector, over real sockets and read from its protocol buffers."""

import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from ai_gateway.adapters.otlp import Collector, OtlpTraces
from ai_gateway.adapters.otlp.sdk import LONGEST_EXPORT
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.spans import span_of
from ai_gateway.runtime.tracing import traces_of, wants_content
from ai_gateway.services.tracing import TracedRecords
from tests.fakes import FakeRecords
from tests.integration.tracing.collector import CollectorServer, collecting, read
from tests.unit.core.test_spans import RECORD

TOKEN = "collector-token-abcdef123456"


@pytest.fixture
def collector() -> Iterator[CollectorServer]:
    with collecting() as server:
        yield server


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The level that exporting gives to the SDK's lines is taken back."""
    logger = logging.getLogger("opentelemetry")
    monkeypatch.setattr(logger, "level", logger.level)


@asynccontextmanager
async def tracing(*, at_once: bool = True, **environment: str) -> AsyncIterator[OtlpTraces]:
    traces = traces_of(environment, None, at_once=at_once)
    assert traces is not None
    try:
        yield traces
    finally:
        await traces.close()


async def test_a_request_is_there_when_its_record_is_saved(collector: CollectorServer) -> None:
    records = FakeRecords()
    headers = f"x-team={TOKEN},authorization=Basic%20YQ%3D%3D"
    async with tracing(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_EXPORTER_OTLP_HEADERS=headers, AI_GATEWAY_STAGE="prod"
    ) as traces:
        await TracedRecords(records, traces, content=False).save(RECORD)
        assert len(collector.spans) == 3
    assert records.saved == [RECORD]
    assert collector.paths == ["/v1/traces"]
    assert (collector.headers[0]["x-team"], collector.headers[0]["authorization"]) == (TOKEN, "Basic YQ==")
    assert collector.headers[0]["content-type"] == "application/x-protobuf"
    assert collector.resource["service.name"] == "ai-gateway"
    assert collector.resource["deployment.environment.name"] == "prod"

    (root,) = (span for span in collector.spans if not span.parent_span_id)
    told = read(list(root.attributes))
    expected = span_of(RECORD)
    assert told == dict(expected.attributes)
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (expected.start, expected.end)
    assert root.trace_id == UUID(RECORD.id).bytes
    assert (root.kind, root.status.code) == (Span.SPAN_KIND_CLIENT, Status.STATUS_CODE_UNSET)
    assert [event.name for event in root.events] == ["gateway.passed_over"]
    children = {span.name: span for span in collector.spans if span.parent_span_id == root.span_id}
    assert children.keys() == {"attempt gpt-4o/azure", "attempt claude-sonnet-4/bedrock"}
    assert {span.trace_id for span in children.values()} == {root.trace_id}
    failed = children["attempt gpt-4o/azure"]
    assert (failed.status.code, failed.status.message) == (Status.STATUS_CODE_ERROR, "Slow down.")


async def test_bodies_leave_only_when_the_standard_variable_says_so(collector: CollectorServer) -> None:
    variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
    for environment in ({}, {variable: "false"}, {variable: "true"}):
        async with tracing(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.url}/own") as traces:
            await TracedRecords(FakeRecords(), traces, content=wants_content(environment)).save(RECORD)
    spoken = [b"Be brief." in request.SerializeToString() for request in collector.requests]
    assert spoken == [False, False, True]
    assert collector.paths == ["/own"] * 3


async def test_a_process_that_goes_on_exports_behind_the_requests(collector: CollectorServer) -> None:
    collector.answers.clear()
    async with tracing(at_once=False, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as traces:
        traced = TracedRecords(FakeRecords(), traces, content=False)
        for number in range(200):
            await traced.save(RECORD._replace(id=str(UUID(int=number + 1)), attempts=()))
        assert collector.requests == []
        collector.answers.set()
    assert sorted(span.trace_id for span in collector.spans) == [UUID(int=n + 1).bytes for n in range(200)]


async def test_a_collector_that_is_away_costs_a_span_and_no_record(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://user:{TOKEN}@127.0.0.1:{unused.getsockname()[1]}"
    await check_away(url, caplog)


@pytest.mark.parametrize("status", [400, 401, 429, 503])
async def test_a_collector_that_refuses_costs_a_span_and_no_record(
    collector: CollectorServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = status
    await check_away(collector.url, caplog)


async def test_a_collector_that_hangs_is_waited_for_once(
    collector: CollectorServer, caplog: pytest.LogCaptureFixture
) -> None:
    collector.answers.clear()
    await check_away(collector.url, caplog)


async def check_away(url: str, caplog: pytest.LogCaptureFixture) -> None:
    records = FakeRecords()
    started = time.monotonic()
    with caplog.at_level(logging.DEBUG, "ai_gateway"):
        async with tracing(OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_EXPORTER_OTLP_HEADERS=f"x-team={TOKEN}") as traces:
            traced = TracedRecords(records, traces, content=False)
            for number in range(20):
                await traced.save(RECORD._replace(id=f"not a UUID {number}"))
    assert len(records.saved) == 20
    assert time.monotonic() - started < 2 * LONGEST_EXPORT + 2
    (line,) = [one for one in caplog.records if one.name.startswith("ai_gateway")]
    assert line.getMessage().startswith("The collector at 127.0.0.1 did not take 3 spans.")
    assert TOKEN not in caplog.text


async def test_headers_come_from_the_secret_where_the_environment_has_none(collector: CollectorServer) -> None:
    asked: list[str] = []

    def stored(name: str) -> dict[str, str]:
        asked.append(name)
        return {"headers": f"X-Team={TOKEN}"}

    traces = traces_of({"OTEL_EXPORTER_OTLP_ENDPOINT": f"{collector.url}/"}, stored, at_once=True)
    assert traces is not None
    assert asked == []
    for _ in range(2):
        await traces.tell(span_of(RECORD))
    await traces.close()
    assert asked == ["otlp"]
    assert {headers["x-team"] for headers in collector.headers} == {TOKEN}


async def test_a_secret_that_cannot_be_read_loses_the_span_and_is_asked_for_again(
    collector: CollectorServer, caplog: pytest.LogCaptureFixture
) -> None:
    times = 0

    def found() -> Collector:
        nonlocal times
        times += 1
        if times == 1:
            raise StoreUnavailable("Secrets Manager is away.")
        return Collector(f"{collector.url}/v1/traces", {}, {})

    traces = OtlpTraces(found, at_once=True)
    await traces.tell(span_of(RECORD))
    assert "could not be read" in caplog.text
    await traces.tell(span_of(RECORD._replace(attempts=())))
    await traces.close()
    assert len(collector.spans) == 1


@pytest.mark.parametrize(
    "environment",
    [
        {}, {"OTEL_EXPORTER_OTLP_HEADERS": "a=b"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"},
    ],
)  # fmt: skip
def test_it_is_off_unless_a_collector_is_named(environment: dict[str, str]) -> None:
    assert traces_of(environment, None, at_once=True) is None


@pytest.mark.parametrize(
    "environment",
    [
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "ftp://c"},
    ],
)  # fmt: skip
def test_what_cannot_be_spoken_to_is_refused_at_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="OTEL_EXPORTER_OTLP"):
        traces_of(environment, None, at_once=True)
