"""Requests found among those that were recorded."""

from itertools import pairwise
from typing import Any

import pytest

from ai_gateway.core.errors import InvalidRequest, NotFound
from ai_gateway.core.filters import Filter, Position
from ai_gateway.core.periods import DAY, HOUR
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.services import requests as service
from ai_gateway.services.requests import Requests
from ai_gateway.services.rollups import RollupRun
from tests.fakes import FakeClock, FakeRollups, FakeTable

NOW = 1_800_001_000


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def rollups() -> FakeRollups:
    return FakeRollups()


@pytest.fixture
def requests(table: FakeTable, rollups: FakeRollups) -> Requests:
    return Requests(table, rollups, FakeClock())


def record(number: int, ago: float = 0, **fields: object) -> RequestRecord:
    """One that ended `ago` seconds ago."""
    known: dict[str, object] = {"outcome": "success", "status": 200, "organization": "acme", "model": "gpt-4o"}
    return RequestRecord(id=f"id-{number:04d}", started=NOW - ago, **{**known, **fields})  # type: ignore[arg-type]


def found(requests: Requests, wanted: Filter | None = None, limit: int = 100) -> list[str]:
    return [one.id for one in requests.page("acme", wanted or Filter(), limit).records]


def test_pages_follow_each_other_without_gaps_and_repetitions(
    requests: Requests, table: FakeTable, rollups: FakeRollups
) -> None:
    kept = [record(number, ago=number // 3 * 1500.0) for number in range(100)]
    table.keep(*kept)
    RollupRun(table, rollups, FakeClock()).catch_up()
    expected = sorted(kept, key=Position.of, reverse=True)
    before, pages = None, []
    while True:
        page = requests.page("acme", Filter(), 7, before)
        pages.append([one.id for one in page.records])
        before = page.next
        if before is None:
            break
        before = Position.read(before.cursor)
    assert [one for page in pages for one in page] == [one.id for one in expected]
    assert {len(page) for page in pages[:-1]} == {7}


def test_what_came_since_the_rollups_is_there(requests: Requests, table: FakeTable, rollups: FakeRollups) -> None:
    table.keep(record(1, ago=3 * HOUR / 1000))
    RollupRun(table, rollups, FakeClock()).catch_up()
    table.keep(record(2))
    assert found(requests) == ["id-0002", "id-0001"]


def test_hours_without_requests_are_not_visited(requests: Requests, table: FakeTable, rollups: FakeRollups) -> None:
    table.keep(record(1), record(2, ago=40 * DAY / 1000 + 60))
    RollupRun(table, rollups, FakeClock(FakeClock().now - 40 * 86_400)).catch_up()
    rollups.progress["acme"] = 0
    RollupRun(table, rollups, FakeClock()).catch_up()
    visited: list[int] = []

    def counting(organization: str, start: int, wanted: Filter, **bounds: Any) -> object:
        visited.append(start)
        return table.search(organization, start, wanted, **bounds)

    table_with_counter = type("Counting", (), {"search": staticmethod(counting)})()
    page = Requests(table_with_counter, rollups, FakeClock()).page("acme", Filter(), 10)
    assert [one.id for one in page.records] == ["id-0001", "id-0002"]
    assert len(visited) == 2


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        (Filter(model="claude"), {"model": "claude"}),
        (Filter(model="nothing-4"), {"model": None, "model_asked": "nothing-4"}),
        (Filter(provider="azure"), {"provider": "azure"}),
        (Filter(provider="azure"), {"attempts": (AttemptRecord("gpt-4o/azure", "azure", "gpt-4o", 500),)}),
        (Filter(status="4xx"), {"status": 404}),
        (Filter(status="429"), {"status": 429}),
        (Filter(outcome="cancelled"), {"outcome": "cancelled"}),
        (Filter(user="ann"), {"user": "ann"}),
        (Filter(session="s-1"), {"session_id": "s-1"}),
        (Filter(properties={"team": "a", "env": "b"}), {"properties": {"team": "a", "env": "b", "x": "y"}}),
        (Filter(prompt="bot"), {"prompt_id": "bot", "prompt_version": "1.0"}),
        (Filter(prompt="bot@1.0"), {"prompt_id": "bot", "prompt_version": "1.0"}),
        (Filter(key="k"), {"key_id": "k"}),
        (Filter(cached=True), {"cached": True}),
        (Filter(priced=False), {"tokens": {"input": 3}}),
        (Filter(cost=5), {"cost": 5}),
        (Filter(latency=20), {"duration_ms": 20}),
        (Filter(text='Zoë says "hi"'), {"request": rb'{"messages":[{"content":"zo\u00eb says \"HI\""}]}'}),
        (Filter(text="world"), {"response": b"no JSON: World \xff"}),
    ],
)
def test_a_filter_finds_what_it_describes_and_nothing_else(
    requests: Requests, table: FakeTable, wanted: Filter, fields: dict[str, object]
) -> None:
    table.keep(record(1)._replace(**fields), record(2))  # type: ignore[arg-type]
    assert found(requests, wanted) == ["id-0001"]


def test_a_range_of_time_is_kept_to_the_millisecond(requests: Requests, table: FakeTable) -> None:
    table.keep(*(record(number, ago=number) for number in range(10)))
    wanted = Filter(since=(NOW - 5) * 1000, until=(NOW - 2) * 1000)
    assert found(requests, wanted) == ["id-0003", "id-0004", "id-0005"]
    assert found(requests, Filter(since=NOW * 1000 + DAY)) == []


def test_a_search_says_where_it_stopped_and_goes_on_from_there(
    requests: Requests, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_EXAMINED", 10)
    table.keep(*(record(number, ago=number, user="ann" if number == 25 else "bob") for number in range(30)))
    wanted = Filter(user="ann")
    first = requests.page("acme", wanted, 5)
    assert (first.records, first.examined, first.stopped) == ([], 10, True)
    second = requests.page("acme", wanted, 5, first.next)
    third = requests.page("acme", wanted, 5, second.next)
    assert [one.id for one in third.records] == ["id-0025"]
    assert table.read <= 33


def test_a_text_is_looked_for_in_so_many_bodies(
    requests: Requests, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_BODIES", 32)
    bodies = {90: b'{"content": "needle"}'}
    table.keep(*(record(number, ago=number, request=bodies.get(number, b"{}")) for number in range(100)))
    before, seen = None, []
    for _ in range(4):
        page = requests.page("acme", Filter(text="NEEDLE"), 5, before)
        seen += [one.id for one in page.records]
        before = page.next
    assert seen == ["id-0090"]
    assert table.bodies_read == 100
    assert before is None


def test_many_hours_are_not_visited_at_once(
    requests: Requests, table: FakeTable, rollups: FakeRollups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_HOURS", 3)
    table.keep(*(record(number, ago=number * 3600) for number in range(8)))
    RollupRun(table, rollups, FakeClock()).catch_up()
    page = requests.page("acme", Filter(user="nobody"), 5)
    assert page.stopped
    assert page.examined == 3
    assert requests.page("acme", Filter(), 2, page.next).records[0].id == "id-0003"


def test_a_session_is_read_by_its_index(requests: Requests, table: FakeTable) -> None:
    table.keep(*(record(number, ago=number * 86_400, session_id="s") for number in range(5)), record(9))
    page = requests.page("acme", Filter(session="s"), 3)
    assert [one.id for one in page.records] == ["id-0000", "id-0001", "id-0002"]
    rest = requests.page("acme", Filter(session="s"), 3, page.next)
    assert [one.id for one in rest.records] == ["id-0003", "id-0004"]
    assert table.read == 0


def test_an_export_goes_on_beyond_a_page(requests: Requests, table: FakeTable) -> None:
    table.keep(*(record(number, ago=number, request=b"{}") for number in range(1200)))
    every = list(requests.every("acme", Filter(), bodies=True, limit=1100))
    assert [one.id for one in every] == [f"id-{number:04d}" for number in range(1100)]
    assert every[-1].request == b"{}"


def test_others_requests_are_not_there(requests: Requests, table: FakeTable) -> None:
    table.keep(record(1, organization="others"))
    assert found(requests) == []
    for call in (requests.one, requests.delete):
        with pytest.raises(NotFound):
            call("acme", "id-0001")
    with pytest.raises(NotFound):
        requests.score("acme", "id-0001", {"stars": 3})


def test_scores_are_added_to_those_there_are(requests: Requests, table: FakeTable) -> None:
    table.keep(record(1))
    requests.score("acme", "id-0001", {"stars": 3, "helpful": True})
    assert requests.score("acme", "id-0001", {"stars": 4}) == {"stars": 4, "helpful": True}
    with pytest.raises(InvalidRequest, match="at most 50"):
        requests.score("acme", "id-0001", {f"s{number}": 1 for number in range(60)})


@pytest.mark.parametrize("name", ["", "x" * 101, "\ud800", "a\nb"])
def test_a_score_needs_a_name_that_can_be_read(name: str, requests: Requests, table: FakeTable) -> None:
    table.keep(record(1))
    with pytest.raises(InvalidRequest, match="printable"):
        requests.score("acme", "id-0001", {name: 1})


def test_sums_follow_when_a_request_is_scored(requests: Requests, table: FakeTable, rollups: FakeRollups) -> None:
    table.keep(record(1, ago=9 * 86_400))
    requests.score("acme", "id-0001", {"stars": 3})
    assert {remake.hour for remake in rollups.wishes["acme"]} == {(NOW - 9 * 86_400) // 3600 * HOUR}


def test_sums_follow_when_a_request_is_taken_away(requests: Requests, table: FakeTable, rollups: FakeRollups) -> None:
    table.keep(record(1, ago=9 * 86_400, cost=7))
    requests.delete("acme", "id-0001")
    assert table.records == {}
    assert {remake.hour for remake in rollups.wishes["acme"]} == {(NOW - 9 * 86_400) // 3600 * HOUR}


@pytest.mark.parametrize("cursor", ["", "x", "é", "MTIz", "LTUuaWQ=", "OTk5OTk5OTk5OTk5OTk5LmE=", "1" * 5000])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="no cursor"):
        Position.read(cursor)


def test_positions_are_in_the_order_of_the_table() -> None:
    positions = [Position(5, "a"), Position(5, "b"), Position(6, "")]
    assert all(one < other for one, other in pairwise(positions))
