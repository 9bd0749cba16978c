"""What a record becomes in the table, and what comes back."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.adapters.dynamodb import items
from ai_gateway.core.filters import Filter
from ai_gateway.core.records import LONGEST_VALUE, AttemptRecord, RequestRecord
from ai_gateway.core.wire import dumps, objects, parse_object
from tests.unit.rollups.strategies import records

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


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def status_class(record: RequestRecord) -> str:
    return f"{record.status // 100}xx"


@given(records, texts, texts, texts, st.data())
def test_a_request_has_the_marks_of_every_filter_that_it_matches(
    plain: RequestRecord, user: str, session: str, team: str, data: st.DataObject
) -> None:
    of = plain._replace(
        user=user, session_id=session, properties={"Team": team}, cached=True, model_id="gpt-4o-2024", scores={}
    )
    asked = {
        "model": data.draw(st.sampled_from([of.model or of.model_asked, of.model_id])),
        "provider": of.served_or_last_called,
        "called": of.attempts[0].provider if of.attempts else None,
        "status": data.draw(st.sampled_from([str(of.status), status_class(of)])),
        "outcome": of.outcome,
        "user": of.user,
        "session": of.session_id,
        "in_session": True,
        "properties": {"team": team},
        "prompt": of.prompt_id and f"{of.prompt_id}@{of.prompt_version}" if of.prompt_version else of.prompt_id,
        "key": of.key_id,
        "cached": True,
    }
    chosen = data.draw(st.sets(st.sampled_from(sorted(asked))))
    wanted = Filter(**{name: asked[name] for name in chosen})  # type: ignore[arg-type]
    assert wanted.matches(of)
    assert items.is_marked(items.request_items(of, None)[0], items.marks(wanted))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=LONGEST_VALUE, max_size=LONGEST_VALUE + 3))
def test_a_long_value_has_the_marks_of_its_beginning(value: str) -> None:
    long = record(user=value, properties={"team": value})
    wanted = Filter(user=value[:LONGEST_VALUE], properties={"team": value[:LONGEST_VALUE]})
    assert wanted.matches(long)
    assert items.is_marked(items.request_items(long, None)[0], items.marks(wanted))


def test_what_a_filter_does_not_mean_mostly_lacks_its_marks() -> None:
    (summary, _) = items.request_items(record(user="ann", model="o3", properties={"team": "a"}, key_id="key-1"), None)
    for other in (
        Filter(user="an"),
        Filter(model="gpt-4o"),
        Filter(status="5xx"),
        Filter(status="429"),
        Filter(outcome="error"),
        Filter(session="s-1"),
        Filter(in_session=True),
        Filter(cached=True),
        Filter(properties={"team": "b"}),
        Filter(key="key-2"),
        Filter(prompt="bot"),
        Filter(provider="azure"),
        Filter(called="azure"),
    ):
        assert not items.is_marked(summary, items.marks(other)), other
