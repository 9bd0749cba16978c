"""Runs of the rollups among fakes: whatever happens to them, the numbers are those of the records."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core import rollups
from ai_gateway.core.measures import Measures
from ai_gateway.core.periods import DAY, HOUR, StoredGrain, floor
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.rollups import Breakdown
from ai_gateway.services.requests import Requests
from ai_gateway.services.rollups import CLOSING, SETTLING, RollupRun
from tests.fakes import Cut, FakeRollups, FakeTable
from tests.unit.rollups.strategies import NOON, records

MINUTE = 60.0
PLAIN = RequestRecord("id", NOON, "success", 200, organization="acme", cost=5, tokens={"input": 2})


@dataclass(slots=True)
class SetClock:
    now: float = NOON

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(slots=True)
class Stage:
    clock: SetClock = field(default_factory=SetClock)
    table: FakeTable = field(default_factory=FakeTable)
    stored: FakeRollups = field(default_factory=FakeRollups)
    retention: int | None = None

    @property
    def run(self) -> RollupRun:
        return RollupRun(self.table, self.stored, self.clock, self.retention)

    def catch_up_at(self, moment: float) -> None:
        self.clock.now = moment
        self.run.catch_up()

    def sums(self, grain: StoredGrain, dimension: str = rollups.TOTAL) -> dict[int, dict[str, Measures]]:
        found = self.stored.stored("acme", dimension, grain, 0, 10**15)
        return {stored.start: stored.breakdown.values for stored in found if stored.breakdown.values}

    def requests(self, grain: StoredGrain) -> dict[int, int]:
        return {start: values[rollups.WHOLE].requests for start, values in self.sums(grain).items()}


def straight(found: Iterable[RequestRecord], dimension: str) -> dict[int, dict[str, Measures]]:
    by_hour: dict[int, list[RequestRecord]] = {}
    for record in found:
        by_hour.setdefault(floor("hour", record.ended_ms), []).append(record)
    values = {hour: rollups.fold(own).get(dimension, Breakdown()).values for hour, own in by_hour.items()}
    return {hour: of_hour for hour, of_hour in values.items() if of_hour}


@given(
    st.lists(records, max_size=10),
    st.lists(records, max_size=5),
    st.integers(0, 12),
    st.lists(st.floats(0, 4 * 3600), min_size=1, max_size=4).map(sorted),
)
def test_runs_that_are_late_twice_or_cut_off_leave_the_straight_sums(
    known: list[RequestRecord], late: list[RequestRecord], cut: int, moments: list[float]
) -> None:
    stage = Stage()
    stage.table.keep(*known)
    for moment in moments:
        stage.catch_up_at(NOON + moment)
    stage.stored.breaks_after = stage.stored.writes + cut
    stage.table.keep(*late, *known)
    stage.clock.now = NOON + 5 * 3600
    for run in (stage.run.repair, stage.run.repair, stage.run.catch_up):
        try:
            run()
        except Cut:
            continue
    found = {(record.ended_ms, record.id): record for record in (*known, *late)}.values()
    for dimension in (rollups.TOTAL, rollups.USER, rollups.PROMPT_VERSION, rollups.ATTEMPT, "property:env"):
        assert stage.sums("hour", dimension) == straight(found, dimension)


def test_an_older_run_that_writes_last_takes_nothing_back() -> None:
    stage = Stage()
    stage.catch_up_at(NOON + 3600)
    stage.table.keep(PLAIN)
    hour = floor("hour", PLAIN.ended_ms)
    early = rollups.fold([])
    version = int(stage.clock.now * 1000)
    stage.clock.now += MINUTE
    stage.run.repair()
    stage.stored.put("acme", "hour", hour, early, through=hour + HOUR, version=version)
    assert stage.requests("hour") == {hour: 1}


def test_what_has_not_settled_is_left_to_the_next_run() -> None:
    stage = Stage()
    stage.table.keep(PLAIN._replace(started=NOON + 30), PLAIN._replace(id="2", started=NOON + 59))
    stage.catch_up_at(NOON + MINUTE)
    assert stage.requests("hour") == {int(NOON * 1000): 1}
    assert stage.stored.through("acme") == int((NOON + MINUTE) * 1000) - SETTLING
    stage.catch_up_at(NOON + 2 * MINUTE)
    assert stage.requests("hour") == {int(NOON * 1000): 2}


def test_a_record_that_comes_late_into_an_hour_that_is_over_is_counted() -> None:
    stage = Stage()
    stage.catch_up_at(NOON + 3600 + MINUTE)
    stage.table.keep(PLAIN._replace(started=NOON + 3599))
    stage.catch_up_at(NOON + 3600 + CLOSING / 1000)
    assert stage.requests("hour") == {int(NOON * 1000): 1}


def test_one_that_comes_later_still_is_counted_by_the_repair() -> None:
    stage = Stage()
    stage.catch_up_at(NOON + 7200)
    stage.table.keep(PLAIN)
    stage.catch_up_at(NOON + 7200 + MINUTE)
    assert stage.requests("hour") == {}
    stage.run.repair()
    assert stage.requests("hour") == {int(NOON * 1000): 1}


def test_a_run_goes_on_where_the_last_one_was_however_long_ago() -> None:
    stage = Stage()
    stage.catch_up_at(NOON)
    stage.table.keep(PLAIN._replace(started=NOON + 100), PLAIN._replace(id="2", started=NOON + 20 * 86400))
    stage.catch_up_at(NOON + 60 * 86400)
    assert list(stage.requests("hour").values()) == [1, 1]
    assert list(stage.requests("day").values()) == [1, 1]
    assert stage.requests("month") == {floor("month", PLAIN.ended_ms): 1, floor("month", PLAIN.ended_ms + 20 * DAY): 1}


def test_days_and_months_are_merged_when_they_are_over() -> None:
    stage = Stage()
    stage.table.keep(PLAIN, PLAIN._replace(id="2", started=NOON + 3600))
    stage.catch_up_at(NOON + 7200)
    assert stage.requests("day") == {}
    stage.catch_up_at(NOON + 13 * 3600)
    assert stage.requests("day") == {floor("day", PLAIN.ended_ms): 2}
    assert stage.requests("month") == {}
    stage.catch_up_at(NOON + 20 * 86400)
    assert stage.requests("month") == {floor("month", PLAIN.ended_ms): 2}


def test_a_change_in_an_old_hour_reaches_its_day_and_its_month() -> None:
    stage = Stage()
    stage.table.keep(PLAIN, PLAIN._replace(id="2"))
    stage.catch_up_at(NOON)
    stage.catch_up_at(NOON + 40 * 86400)
    stage.table.delete("acme", "2")
    stage.stored.remake("acme", floor("hour", PLAIN.ended_ms))
    stage.catch_up_at(NOON + 40 * 86400 + MINUTE)
    assert [list(stage.requests(grain).values()) for grain in ("hour", "day", "month")] == [[1], [1], [1]]
    assert stage.stored.remakes("acme") == []


def test_a_score_given_to_an_old_request_reaches_its_version_in_hour_day_and_month() -> None:
    stage = Stage()
    stage.table.keep(PLAIN._replace(prompt_id="bot", prompt_version="0.1"), PLAIN._replace(id="2"))
    stage.catch_up_at(NOON)
    stage.catch_up_at(NOON + 40 * 86400)
    Requests(stage.table, stage.stored, stage.clock).score("acme", PLAIN.id, {"stars": 4})
    stage.catch_up_at(NOON + 40 * 86400 + MINUTE)
    grains: list[StoredGrain] = ["hour", "day", "month"]
    for grain in grains:
        (values,) = stage.sums(grain, rollups.PROMPT_VERSION).values()
        assert values["bot@0.1"].scores() == {"stars": (1, 4.0)}
        assert values["bot@0.1"].requests == 1
    assert stage.stored.remakes("acme") == []


def test_buckets_outlive_their_records() -> None:
    stage = Stage(retention=30 * DAY)
    stage.table.keep(PLAIN)
    stage.catch_up_at(NOON + 3600)
    stage.table.delete("acme", PLAIN.id)
    stage.stored.remake("acme", floor("hour", PLAIN.ended_ms))
    stage.catch_up_at(NOON + 31 * 86400)
    assert stage.requests("hour") == {floor("hour", PLAIN.ended_ms): 1}


def test_nothing_is_written_while_nothing_happens() -> None:
    stage = Stage()
    stage.table.keep(PLAIN)
    stage.catch_up_at(NOON + MINUTE)
    before = stage.stored.writes
    for minute in range(2, 5):
        stage.catch_up_at(NOON + minute * MINUTE)
    # How far the rollups are is all that is written.
    assert stage.stored.writes == before + 3
