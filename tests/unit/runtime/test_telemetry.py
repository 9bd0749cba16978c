"""What CloudWatch gets of a request."""

import json
import logging
from collections.abc import Iterator

import pytest

from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.runtime.telemetry import MeasuredRecords, Named, log_as_json
from tests.fakes import FakeRecords

RECORD = RequestRecord(
    "id-1", 1.0, "success", 200, duration_ms=120, ttft_ms=40, tokens={"input": 3, "output": 4}, cost=7
)


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Logging as it was before, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    root.handlers = handlers
    root.setLevel(level)


async def measured(record: RequestRecord, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    records = FakeRecords()
    await MeasuredRecords(records, "prod").save(record)
    assert records.saved == [record]
    line: dict[str, object] = json.loads(capsys.readouterr().out)
    return line


async def test_a_record_is_saved_and_measured(capsys: pytest.CaptureFixture[str]) -> None:
    line = await measured(RECORD, capsys)
    assert line["stage"] == "prod"
    assert line["id"] == "id-1"
    assert (line["Requests"], line["Failures"], line["Fallbacks"], line["UnknownCosts"]) == ([1], [0], [0], [0])
    assert (line["Tokens"], line["Duration"], line["TimeToFirstToken"]) == ([7], [120], [40])


async def test_failures_fallbacks_and_missing_prices_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    failed = await measured(RequestRecord("1", 1.0, "error", 503), capsys)
    assert failed["Failures"] == [1]
    assert "TimeToFirstToken" not in failed
    tried = tuple(AttemptRecord(source, "p", "m") for source in ("m/a", "m/b"))
    assert (await measured(RequestRecord("1", 1.0, "success", 200, attempts=tried), capsys))["Fallbacks"] == [1]
    retried = tuple(AttemptRecord("m/a", "p", "m", retry=number) for number in (0, 1))
    assert (await measured(RequestRecord("1", 1.0, "success", 200, attempts=retried), capsys))["Fallbacks"] == [0]
    free = RequestRecord("1", 1.0, "success", 200, tokens={"input": 1}, cost=None)
    assert (await measured(free, capsys))["UnknownCosts"] == [1]


@pytest.mark.usefixtures("own_logging")
async def test_log_lines_name_their_invocation(capsys: pytest.CaptureFixture[str]) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        logging.getLogger("ai_gateway").warning("It is %s", "late")

    async def receive() -> dict[str, object]:
        return {}

    async def send(message: object) -> None:
        pass

    log_as_json("INFO")
    scope = {"type": "http", "extensions": {"lambda": {"request_id": "r-1", "trace_id": None}}}
    await Named(app)(scope, receive, send)
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["message"], line["function_request_id"]) == ("WARNING", "It is late", "r-1")
    assert "xray_trace_id" not in line


@pytest.mark.usefixtures("own_logging")
def test_libraries_do_not_chatter(capsys: pytest.CaptureFixture[str]) -> None:
    log_as_json("INFO")
    logging.getLogger("httpx").info("HTTP Request: POST https://api.openai.com")
    assert capsys.readouterr().out == ""
