"""Filters in Helicone's words, on records."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.conditions import holds
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.filters import Filter
from ai_gateway.core.helicone_filters import LONGEST_TEXT, MOST_CONDITIONS, read_filter
from ai_gateway.core.records import AttemptRecord, RequestRecord

BEGAN = 1_800_000_000
RECORD = RequestRecord(
    id="r-1",
    started=BEGAN,
    outcome="error",
    status=502,
    model_asked="gpt-5,gpt-4o",
    model="gpt-4o",
    model_id="gpt-4o-2024-08-06",
    duration_ms=1500,
    attempts=(AttemptRecord("gpt-4o/azure", "azure", "gpt-4o", 500, "upstream_error"),),
    tokens={"input": 10, "cache_read": 5, "cache_write_5m": 2, "cache_write_1h": 1, "reasoning": 4, "web_searches": 9},
    cost=123_456_789_012,
    user="Ann",
    session_id="s-1",
    session_name="Trip",
    session_path="/plan",
    properties={"team": "Search", "empty": ""},
    scores={"stars": 4, "helicone-score-feedback": True},
    request=b'{"messages": [{"content": "Gr\\u00fcezi"}]}',
    response=b'{"choices": []}',
    prompt_id="bot",
    prompt_version="1.2",
    mode="PTB",
)


def rmt(**columns: object) -> dict[str, object]:
    return {"request_response_rmt": columns}


def found(source: object, record: RequestRecord = RECORD) -> bool:
    wanted = read_filter(source)
    return wanted.matches(record) and wanted.matches_with(record)


@pytest.mark.parametrize(
    "source",
    [
        "all", {}, {"values": {}}, {"properties": {}}, rmt(),
        rmt(request_id={"equals": "r-1"}), rmt(user_id={"not-equals": ""}), rmt(user_id={"ilike": "a_n"}),
        rmt(user_id={"like": "A%"}), rmt(user_id={"contains": "NN"}), rmt(user_id={"not-contains": "bob"}),
        rmt(model={"equals": "gpt-4o"}), rmt(model={"equals": "gpt-4o-2024-08-06"}), rmt(provider={"equals": "azure"}),
        rmt(status={"gte": 500, "lt": 503}), rmt(latency={"equals": 1500}), rmt(cost={"gt": 0.123456789}),
        rmt(cost={"equals": 0.123456789012}), rmt(prompt_tokens={"equals": 18}), rmt(completion_tokens={"equals": 4}),
        rmt(total_tokens={"equals": 22}), rmt(prompt_cache_read_tokens={"equals": 5}),
        rmt(prompt_cache_write_tokens={"equals": 3}), rmt(time_to_first_token={"not-equals": 5}),
        rmt(request_created_at={"equals": "2027-01-15T08:00:00Z"}),
        rmt(request_created_at={"gte": "1970-01-01T00:00:00.000Z", "lte": "2027-01-15 08:00:00"}),
        rmt(response_created_at={"gt": "2027-01-15T08:00:01.499Z", "lt": "2027-01-15T09:00:01.501+01:00"}),
        rmt(properties={"Team": {"equals": "Search"}}), rmt(properties={"other": {"equals": ""}}),
        rmt(properties={"Helicone-Session-Id": {"equals": "s-1"}, "Helicone-Session-Path": {"like": "/p%"}}),
        rmt(search_properties={"team": {"equals": "team"}}), rmt(property_key={"equals": "team"}),
        rmt(scores={"stars": {"gte": 4}}), rmt(scores_column={"equals": "stars"}),
        rmt(**{"helicone-score-feedback": {"equals": True}}), rmt(is_passthrough_billing={"equals": True}),
        rmt(cached={"equals": False}), rmt(request_body={"contains": "grüezi"}), rmt(response_body={"contains": "CHOICES"}),
        rmt(prompt_id={"equals": "bot"}, prompt_version={"equals": "1.2"}),
        {"request": {"user_id": {"equals": "Ann"}}, "response": {"status": {"equals": 502}}},
        {"properties": {"TEAM": {"equals": "Search"}}}, {"feedback": {"rating": {"equals": True}}},
        {"request": {"prompt": {"contains": "Grüezi"}, "model": {"contains": ","}}},
        {"sessions_request_response_rmt": {"session_session_name": {"equals": "Trip"}}},
        {"users_view": {"user_user_id": {"equals": "Ann"}}},
        {"left": rmt(status={"equals": 1}), "operator": "or", "right": rmt(request_body={"contains": "grüezi"})},
        {"left": "all", "operator": "and", "right": rmt(user_id={"equals": "Ann"})},
    ],
)  # fmt: skip
def test_what_holds_is_found(source: object) -> None:
    assert found(source)


@pytest.mark.parametrize(
    "source",
    [
        rmt(user_id={"equals": "ann"}), rmt(user_id={"like": "a%"}), rmt(user_id={"equals": "Ann", "not-equals": "Ann"}),
        rmt(model={"not-equals": "gpt-4o"}), rmt(model={"not-contains": "2024"}), rmt(status={"lt": 500}),
        rmt(cost={"lt": 0.123456789012}), rmt(time_to_first_token={"lte": 5}), rmt(scores={"none": {"lt": 5}}),
        rmt(response_created_at={"lt": "2027-01-15T08:00:01.500Z"}), rmt(properties={"team": {"equals": "search"}}),
        rmt(cached={"equals": True}), rmt(request_body={"contains": "choices"}), rmt(user_id={"like": "A__n"}),
        {"feedback": {"rating": {"equals": False}}}, {"properties": {"team": {"not-equals": "Search"}}},
        {"left": rmt(status={"equals": 502}), "operator": "and", "right": rmt(response_body={"contains": "no"})},
    ],
)  # fmt: skip
def test_what_does_not_hold_is_not(source: object) -> None:
    assert not found(source)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("some", "\"all\""), (None, "\"all\""), (5, "\"all\""), ([], "\"all\""),
        ({"colour": {}}, "request_response_rmt, request"),
        ({"request_created_at": {"gte": "2026-01-01"}}, "no table 'request_created_at'"),
        (rmt(colour={"equals": "red"}), "request_id, request_created_at"),
        (rmt(country_code={"equals": "CH"}), "'country_code'"),
        (rmt(status={"like": 5}), "There are equals, not-equals, gte"), (rmt(user_id={"gt": "a"}), "ilike, contains"),
        (rmt(request_created_at={"not-equals": "2026-01-01"}), "gte, lte"), (rmt(request_body={"equals": "x"}), "contains"),
        (rmt(status={"equals": "200"}), "a number"), (rmt(status={"equals": True}), "a number"),
        (rmt(status={"equals": float("nan")}), "a number"), (rmt(cost={"gt": 1e300}), "a number"),
        (rmt(cost={"gt": 10**400}), "a number"),
        (rmt(user_id={"equals": 5}), "text"), (rmt(user_id={"equals": "x" * (LONGEST_TEXT + 1)}), "at most 500"),
        (rmt(request_created_at={"gte": "yesterday"}), "a time"), (rmt(request_created_at={"gte": 1_800_000_000}), "a time"),
        (rmt(cached={"equals": "true"}), "true or false"), (rmt(status=200), "an object at"), ({"request_response_rmt": 5}, "an object"),
        (rmt(properties={"a": "b"}), "an object at"), ({"left": "all", "operator": "xor", "right": "all"}, "'operator' (and, or)"),
        ({"left": "all", "right": "all"}, "'left', 'operator'"),
        ({"left": "all", "operator": "and", "right": "all", "colour": 1}, "nothing else"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_with_what_is(source: object, told: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_filter(source)
    assert told in refused.value.message
    assert refused.value.param == "filter"


def test_filters_have_bounds() -> None:
    deep: Any = "all"
    for _ in range(60):
        deep = {"left": deep, "operator": "and", "right": "all"}
    wide = {"properties": {f"p{number}": {"equals": "x"} for number in range(MOST_CONDITIONS + 1)}}
    for source in (deep, wide):
        with pytest.raises(InvalidRequest):
            read_filter(source)


def test_bodies_can_be_left_out_of_what_there_is() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_filter(rmt(request_body={"contains": "x"}), bodies=False)
    assert "response_body" not in refused.value.message


def test_patterns_take_no_longer_for_being_hostile() -> None:
    long = RECORD._replace(user="a" * 10_000)
    assert not found(rmt(user_id={"like": "%a" * 200 + "b"}), long)
    assert found(rmt(user_id={"like": r"100\% [a]_*"}), RECORD._replace(user="100% [a]!*"))
    assert not found(rmt(user_id={"like": r"100\%"}), RECORD._replace(user="100 and more"))


def test_bodies_are_read_only_where_they_decide() -> None:
    either = {"left": rmt(status={"equals": 502}), "operator": "or", "right": rmt(request_body={"contains": "x"})}
    tree = read_filter(either).tree
    assert tree is not None
    without = RECORD._replace(request=None, response=None)
    assert holds(tree, without, bodies=False) is True
    assert holds(tree, without._replace(status=200), bodies=False) is None
    assert holds(tree, without._replace(status=200), bodies=True) is False


def test_a_search_begins_and_ends_where_the_filter_says() -> None:
    begun = rmt(request_created_at={"gte": "2027-01-15T08:00:00Z", "lt": "2027-01-15T09:00:00Z"})
    one = read_filter(
        {"left": begun, "operator": "and", "right": rmt(properties={"helicone-session-id": {"equals": "s"}})}
    )
    assert (one.since, one.until, one.session) == (1_800_000_000_000, 1_800_007_200_001, "s")
    either = read_filter({"left": begun, "operator": "or", "right": "all"})
    assert (either.since, either.until, either.session) == (None, None, None)


MOMENTS = ["2027-01-15T07:59:59Z", "2027-01-15T08:00:00Z", "2027-01-15T08:00:01.500Z", "2027-01-15T08:30:00Z"]
LEAVES = st.one_of(
    st.builds(
        lambda column, operator, moment: rmt(**{column: {operator: moment}}),
        st.sampled_from(["request_created_at", "response_created_at"]),
        st.sampled_from(["equals", "gte", "gt", "lte", "lt"]),
        st.sampled_from(MOMENTS),
    ),
    st.builds(
        lambda name: rmt(properties={"Helicone-Session-Id": {"equals": name}}), st.sampled_from(["s-1", "s-2", ""])
    ),
    st.builds(lambda text: rmt(request_body={"contains": text}), st.sampled_from(["grüezi", "no"])),
)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.builds(
        lambda left, operator, right: {"left": left, "operator": operator, "right": right},
        parts, st.sampled_from(["and", "or"]), parts,
    ),
    max_leaves=6,
)  # fmt: skip


@given(source=TREES, began=st.sampled_from([-1.5, 0, 0.5, 1800]), session=st.sampled_from(["s-1", None]))
def test_bounds_leave_out_nothing_that_the_tree_finds(source: object, began: float, session: str | None) -> None:
    record = RECORD._replace(started=BEGAN + began, session_id=session)
    wanted = read_filter(source)
    assert wanted.tree is not None
    without = record._replace(request=None)
    found_by_tree = holds(wanted.tree, record, bodies=True)
    assert (wanted.matches(without) and wanted.matches_with(record)) == found_by_tree
    assert Filter(wanted.since, wanted.until, session=wanted.session).matches(without) or not found_by_tree
