"""Summaries have the marks of every filter that they match, and mostly lack those of others."""

from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.adapters.dynamodb.items import request_items
from ai_gateway.adapters.dynamodb.marks import is_marked, marks_of
from ai_gateway.core.filters import Filter
from ai_gateway.core.records import LONGEST_VALUE, RequestRecord
from tests.unit.rollups.strategies import NOON, records

PLAIN = RequestRecord("id-1", NOON, "success", 200)
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
    assert is_marked(request_items(of, None)[0], marks_of(wanted))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=LONGEST_VALUE, max_size=LONGEST_VALUE + 3))
def test_a_long_value_has_the_marks_of_its_beginning(value: str) -> None:
    long = PLAIN._replace(user=value, properties={"team": value})
    wanted = Filter(user=value[:LONGEST_VALUE], properties={"team": value[:LONGEST_VALUE]})
    assert wanted.matches(long)
    assert is_marked(request_items(long, None)[0], marks_of(wanted))


def test_what_a_filter_does_not_mean_mostly_lacks_its_marks() -> None:
    (summary, _) = request_items(PLAIN._replace(user="ann", model="o3", properties={"team": "a"}, key_id="key-1"), None)
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
        assert not is_marked(summary, marks_of(other)), other
