"""What a record becomes in the table, and what comes back."""

from datetime import timedelta

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.wire import dumps, objects, parse_object

STARTED = 1_800_000_000.0


def record(**fields: object) -> RequestRecord:
    return RequestRecord(**{"id": "id-1", "started": STARTED, "outcome": "success", "status": 200, **fields})  # type: ignore[arg-type]


def test_a_record_comes_back_as_it_was() -> None:
    attempt = AttemptRecord("a/b", "b", "m", status=500, error_type="server_error", error="said 500", latency_ms=3)
    whole = record(
        attempts=(attempt,), tokens={"input": 3}, cost=0, properties={"env": "prod"}, dropped=("seed",), cached=True,
        request=b'{"a": 1}', response=b"not JSON",
    )  # fmt: skip
    summary, *bodies = items.request_items(whole, timedelta(days=1))
    assert items.read_request(summary, bodies) == whole


def test_an_endpoint_that_was_passed_over_comes_back_without_a_model_id() -> None:
    passed_over = AttemptRecord("a/b", "b", "", error_type="not_configured", error="No key.", skipped=True)
    summary, *_ = items.request_items(record(attempts=(passed_over,)), None)
    assert items.read_request(summary).attempts == (passed_over,)


def test_what_a_later_version_wrote_is_read_without_what_is_new_in_it() -> None:
    known = record(attempts=(AttemptRecord("a/b", "b", "m"),))
    summary, *_ = items.request_items(known, None)
    written = parse_object(bytes(summary["data"]["B"])) or {}
    new = {
        **written,
        "invented": 1,
        "attempts": [{**attempt, "invented": 2} for attempt in objects(written, "attempts")],
    }
    assert items.read_request({**summary, "data": {"B": dumps(new)}}) == known


def test_an_unknown_cost_is_still_unknown_when_it_comes_back() -> None:
    summary, _ = items.request_items(record(cost=None), None)
    assert items.read_request(summary).cost is None


def test_a_record_stands_in_the_hour_that_it_ended_in() -> None:
    late = record(started=STARTED - 1, duration_ms=2500)
    pk, sk = items.request_key(late)
    assert pk.startswith("REQ#default#2027011508#")
    assert sk == f"{int(STARTED * 1000) + 1500:013d}#id-1"


def test_a_summary_leaves_out_what_says_nothing() -> None:
    summary, _ = items.request_items(record(), None)
    assert len(summary["data"]["B"]) < 200
