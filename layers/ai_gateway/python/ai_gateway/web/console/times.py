"""Moments as the console's API says and hears them: ISO 8601, UTC, with milliseconds."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer

from ai_gateway.core.errors import InvalidRequest

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def iso(when: datetime) -> str:
    """`2026-11-24T09:30:00.000Z`."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment: TypeAlias = Annotated[datetime, PlainSerializer(iso, return_type=str, when_used="json")]


def when(milliseconds: int) -> datetime:
    """Of Unix milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def milliseconds(when: datetime, param: str) -> int:
    """Unix milliseconds; without a zone UTC is meant. Raises InvalidRequest for what no request can have ended at."""
    zoned = when if when.tzinfo else when.replace(tzinfo=UTC)
    if not EARLIEST <= zoned < LATEST:
        raise InvalidRequest(f"{param!r} is outside of the years 2000 to 2099.", param=param)
    return round(zoned.timestamp() * 1000)
