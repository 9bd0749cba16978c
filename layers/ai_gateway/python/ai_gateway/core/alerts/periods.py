"""Days, weeks and months as people have them, in their time zone; and the hours in which they want to be left alone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ai_gateway.core.alerts.fields import Fields
from ai_gateway.core.wire import Json, JsonObject

Period: TypeAlias = Literal["day", "week", "month"]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Every day from `start` to `end`, wall-clock times in the zone; past midnight when the end is the earlier one.
    `days` are those on which they begin, 0 for Monday; none means all.
    """

    start: time
    end: time
    zone: str = "UTC"
    days: tuple[str, ...] = ()

    def covers(self, moment: float) -> bool:
        here = datetime.fromtimestamp(moment, ZoneInfo(self.zone))
        clock = here.time()
        if self.start < self.end:
            return self.start <= clock < self.end and self._begins_on(here)
        if clock >= self.start:
            return self._begins_on(here)
        return clock < self.end and self._begins_on(here - timedelta(days=1))

    def _begins_on(self, day: datetime) -> bool:
        return not self.days or DAYS[day.weekday()] in self.days


def period_at(moment: float, period: Period, zone: str) -> tuple[float, float]:
    """Start and end, in Unix seconds, of the day, week (from Monday) or month that holds the moment."""
    midnight = datetime.fromtimestamp(moment, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "day":
            start, end = midnight, midnight + timedelta(days=1)
        case "week":
            start = midnight - timedelta(days=midnight.weekday())
            end = start + timedelta(days=7)
        case "month":
            start = midnight.replace(day=1)
            end = (start + timedelta(days=32)).replace(day=1)
    return start.timestamp(), end.timestamp()


def shown(moment: float, zone: str = "UTC") -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read_zone(fields: Fields) -> str:
    zone = fields.text("zone", "UTC", most=64)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise fields.refused("zone", f"is {zone!r}, which is no time zone such as Europe/Berlin") from error
    return zone


def read_quiet_hours(source: Json) -> QuietHours:
    fields = Fields(source, "Quiet hours")
    days = fields.texts("days", most=7)
    if not set(days) <= set(DAYS):
        raise fields.refused("days", f"must be among {', '.join(DAYS)}")
    quiet = QuietHours(read_clock(fields, "start"), read_clock(fields, "end"), read_zone(fields), days)
    if quiet.start == quiet.end:
        raise fields.refused("end", "is the start; leave quiet hours out, or snooze the rule")
    fields.end()
    return quiet


def quiet_fields(quiet: QuietHours) -> JsonObject:
    written: JsonObject = {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}", "zone": quiet.zone}
    return {**written, "days": list(quiet.days)} if quiet.days else written


def read_clock(fields: Fields, name: str, default: str = "") -> time:
    """A wall-clock time, `HH:MM`."""
    text = fields.text(name, default)
    try:
        if len(text) == 5:
            return time.fromisoformat(text)
    except ValueError:
        pass
    raise fields.refused(name, f"is {text!r}; write it as 08:30")
