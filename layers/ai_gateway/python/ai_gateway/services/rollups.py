"""Rollups on a schedule: hours made anew from their records, days and months merged from hours.

Every run makes whole buckets and overwrites them, so that runs that come late, twice or at once, or that are cut off,
leave the same numbers. What must not be lost is only how far the rollups are, which is written last.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ai_gateway.core.periods import DAY, HOUR, StoredGrain, floor, following, starts
from ai_gateway.core.rollups import Breakdown, Dimension, fold, merge
from ai_gateway.ports import Clock, RecordReader, Rollups

SETTLING = 10_000
"""Milliseconds that a record may take into the table; what ended later is left to the next run, and to live reading."""
CLOSING = 5 * 60_000
"""How long the buckets of what ended are made anew, for records that took longer."""
REPAIRED = 2 * DAY
"""How far back a repair goes, for records that took longer still; also where the first run begins."""


@dataclass(frozen=True, slots=True)
class RollupRun:
    """`retention` is how long records are kept, in milliseconds: buckets that began longer ago are left as they are,
    since their records may be gone.
    """

    records: RecordReader
    rollups: Rollups
    clock: Clock
    retention: int | None = None

    def catch_up(self) -> None:
        """Bring the rollups of every organisation up to date. Raises StoreUnavailable."""
        for organization in self.rollups.organizations():
            done = self.rollups.through(organization)
            self._make(organization, done - CLOSING if done else self._now() - REPAIRED, done)

    def repair(self) -> None:
        """The same, after making anew what ended within the last two days. Raises StoreUnavailable."""
        for organization in self.rollups.organizations():
            done = self.rollups.through(organization)
            self._make(organization, (done or self._now()) - REPAIRED, done)

    def _make(self, organization: str, since: int, done: int) -> None:
        through = self._now() - SETTLING
        remakes = self.rollups.remakes(organization)
        hours = {*starts("hour", since, through), *(remake.hour for remake in remakes)}
        changed = [hour for hour in self._kept(hours) if self._make_hour(organization, hour, through)]
        days = self._to_merge("day", changed, done, through)
        changed = [day for day in days if self._merge(organization, "hour", "day", day)]
        for month in self._to_merge("month", changed, done, through):
            self._merge(organization, "day", "month", month)
        for remake in remakes:
            self.rollups.remade(organization, remake)
        self.rollups.advance(organization, through)

    def _make_hour(self, organization: str, hour: int, through: int) -> bool:
        version, end = self._now(), min(hour + HOUR, through)
        found = self.records.hour(organization, hour, until=end)
        return self.rollups.put(organization, "hour", hour, fold(found), through=end, version=version)

    def _merge(self, organization: str, parts: StoredGrain, grain: StoredGrain, start: int) -> bool:
        version, end = self._now(), following(grain, start)

        def breakdowns(dimension: Dimension) -> Iterator[Breakdown]:
            stored = self.rollups.stored(organization, dimension, parts, start, end - 1)
            return (part.breakdown for part in stored)

        return self.rollups.put(organization, grain, start, merge(breakdowns), through=end, version=version)

    def _to_merge(self, grain: StoredGrain, changed: Iterable[int], done: int, through: int) -> list[int]:
        """The periods that are over: those with changes, and those that ended since the last run."""
        ended = {start for start in starts(grain, done, through) if following(grain, start) > done} if done else set()
        touched = {floor(grain, start) for start in changed} | ended
        return sorted(start for start in touched if following(grain, start) <= through)

    def _kept(self, hours: Iterable[int]) -> list[int]:
        # A record is forgotten by its start, which may be in the hour before.
        oldest = 0 if self.retention is None else self._now() - self.retention + HOUR
        return sorted(hour for hour in hours if hour >= oldest)

    def _now(self) -> int:
        return int(self.clock.time() * 1000)
