"""The period that a page looks at, as its address says: `?range=7d`."""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request

from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.periods import DAY, Grain, floor, following
from ai_gateway.web.console.times import when


class Span(NamedTuple):
    name: str
    length: int
    grain: Grain


SPANS = {
    "24h": Span("24 hours", DAY, "hour"),
    "7d": Span("7 days", 7 * DAY, "day"),
    "30d": Span("30 days", 30 * DAY, "day"),
    "12mo": Span("12 months", 365 * DAY, "month"),
}


class Option(NamedTuple):
    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` up to `end`, and the period of the same length before it; whole periods of the grain, in Unix
    milliseconds. The last of them is not over.
    """

    start: int
    end: int
    grain: Grain
    name: str
    options: tuple[Option, ...]

    @property
    def before(self) -> int:
        """Where the period before starts."""
        return floor("hour", self.start - (self.end - self.start))

    @property
    def since(self) -> str:
        """The start, as the filters of requests have it."""
        return when(self.start).isoformat().replace("+00:00", "Z")


def range_of(request: Request, now: int, default: str = "24h") -> Range:
    """Raises InvalidRequest for a name that there is not."""
    asked = request.query_params.get("range", default)
    span = SPANS.get(asked)
    if span is None:
        raise InvalidRequest(f"There is no range {asked[:40]!r}. Use {', '.join(SPANS)}.", param="range")
    end = following("hour", floor("hour", now))
    start = floor(span.grain, end - span.length) if span.grain != "day" else floor("day", end - span.length + DAY)
    others = {name: value for name, value in request.query_params.items() if name not in ("range", "cursor")}
    options = tuple(
        Option(one.name, f"{request.url.path}?{urlencode({**others, 'range': key})}", key == asked)
        for key, one in SPANS.items()
    )
    return Range(start, end, span.grain, span.name, options)
