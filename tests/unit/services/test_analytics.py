"""What pages add up, against a straight sum over the records."""

from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.measures import total
from ai_gateway.core.periods import DAY, HOUR, Grain, floor, starts
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.rollups import MODEL, TOTAL, fold
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.rollups import RollupRun
from tests.fakes import FakeClock, FakeRollups, FakeTable

NOW = FakeClock().now + 1_800_000_000

requests = st.builds(
    lambda number, ago, cost, model: RequestRecord(
        id=str(number), started=NOW - ago, outcome="success", status=200, cost=cost, model=model, tokens={"input": 1}
    ),
    st.integers(0, 10**9),
    st.integers(0, 40 * 3600),
    st.none() | st.integers(0, 10**15),
    st.sampled_from(["gpt-4o", "claude-sonnet-4", "<b>"]),
)


@given(st.lists(requests, max_size=30), st.sampled_from(["hour", "day"]), st.integers(0, 7200), st.booleans())
def test_stored_buckets_and_the_tail_are_the_records(
    records: list[RequestRecord], grain: Grain, later: int, advanced: bool
) -> None:
    table, rollups, clock = FakeTable(), FakeRollups(progress={"default": 0}), FakeClock()
    clock.now -= later
    table.keep(*(record for record in records if record.ended_ms < clock.time() * 1000))
    RollupRun(table, rollups, clock).catch_up()
    if not advanced:
        rollups.progress["default"] = max(0, rollups.progress["default"] - 1800_000)
    clock.now += later
    table.keep(*records)
    analytics = Analytics(table, rollups, clock)
    end = floor("hour", analytics.now()) + HOUR
    start = floor(grain, end - 2 * DAY + HOUR)
    tail = analytics.tail("default")
    kept = list(table.records.values())

    series = analytics.series("default", start, end, grain, tail)
    assert [moment for moment, _ in series] == list(starts(grain, start, end))
    for moment, measures in series:
        assert measures == total(
            fold(one for one in kept if floor(grain, one.ended_ms) == moment)[TOTAL].values.values()
        )
    assert analytics.breakdown("default", MODEL, start, end, tail) == fold(kept)[MODEL]
