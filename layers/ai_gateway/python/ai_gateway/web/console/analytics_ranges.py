"""The period that an analysis is of, as addresses have it: `?last=30d&grain=week`."""

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.periods import DAY, HOUR, Grain, floor, following
from ai_gateway.web.console.request_filters import period_of
from ai_gateway.web.console.times import milliseconds

LONGEST = {"hour": 31 * DAY, "day": 400 * DAY, "week": 1500 * DAY, "month": 4000 * DAY}
"""Of a range, by its grain: what has no more points than a screen."""
DEFAULT = "24h"


class Between(NamedTuple):
    """Whole hours, in Unix milliseconds; `end` is not in it."""

    start: int
    end: int
    grain: Grain


class AnalyticsRange(BaseModel):
    """Hours count whole: the one that the range begins in, too."""

    model_config = ConfigDict(extra="forbid")

    last: Annotated[str | None, Field(description=f"The last `24h` or `30d`; `{DEFAULT}` unless `since` is given.")] = (
        None
    )
    since: datetime | None = None
    until: datetime | None = None
    grain: Annotated[Grain | None, Field(description="Of series; by the length of the range if it is left out.")] = None

    @field_validator("last")
    @classmethod
    def _is_period(cls, last: str | None) -> str | None:
        if last is not None and period_of(last) is None:
            raise ValueError("must be a number of minutes, hours or days such as 24h or 30d, up to 400d")
        return last

    def between(self, now: int) -> Between:
        """Raises InvalidRequest for a range that holds nothing, or more than can be shown. `now` is in Unix ms."""
        if self.last is not None and (self.since is not None or self.until is not None):
            raise InvalidRequest("'last' stands instead of 'since' and 'until'.", param="last")
        newest = following("hour", floor("hour", now))
        end = newest if self.until is None else min(newest, milliseconds(self.until, "until"))
        if self.since is not None:
            start = milliseconds(self.since, "since")
        else:
            start = (end if self.until is not None else now) - (period_of(self.last or DEFAULT) or DAY)
        start = floor("hour", start)
        if start >= end:
            raise InvalidRequest("The range is empty: 'since' is not before 'until', or in the future.", param="since")
        grain = self.grain or _grain(end - start)
        if end - start > LONGEST[grain] + HOUR:
            raise InvalidRequest(
                f"That is too long by the {grain}: at most {LONGEST[grain] // DAY} days. Use a longer 'grain'.",
                param="grain",
            )
        return Between(start, end, grain)


def _grain(length: int) -> Grain:
    if length <= 3 * DAY:
        return "hour"
    if length <= 92 * DAY:
        return "day"
    return "week" if length <= 200 * DAY else "month"
