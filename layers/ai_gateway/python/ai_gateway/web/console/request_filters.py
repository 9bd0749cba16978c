"""Filters as addresses have them: `?status=5xx&property=team=search&last=24h`, in the API and on pages."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.filters import STATUS, Filter
from ai_gateway.core.pricing import PICO
from ai_gateway.core.records import Outcome
from ai_gateway.web.console.times import milliseconds

Word = Annotated[str | None, StringConstraints(max_length=4000)]
"""As long as what a record keeps."""
LAST = re.compile(r"([1-9]\d{0,4})(m|h|d)")
UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST_LAST = 400 * UNITS["d"]


class RequestFilters(BaseModel):
    """Names that are not known are refused; empty values ask nothing, since forms send those."""

    model_config = ConfigDict(extra="forbid")

    last: Annotated[Word, Field(description="The last `15m`, `24h` or `30d`; instead of `since`.")] = None
    since: Annotated[datetime | None, Field(description="Ended then or later; ISO 8601, UTC without a zone.")] = None
    until: Annotated[datetime | None, Field(description="Ended before.")] = None
    model: Annotated[Word, Field(description="A model, or a provider's id of one.")] = None
    provider: Annotated[Word, Field(description="What served, or was called last.")] = None
    called: Annotated[Word, Field(description="A provider that was called, whoever served in the end.")] = None
    status: Annotated[Word, Field(description="`429`, or a class: `4xx`.")] = None
    outcome: Outcome | None = None
    user: Word = None
    session: Annotated[Word, Field(description="A session's id.")] = None
    property: Annotated[list[str], Field(description="`name=value`, as often as needed.", max_length=20)] = []
    prompt: Annotated[Word, Field(description="A prompt's id, or `id@version`.")] = None
    key: Annotated[Word, Field(description="A gateway key's id.")] = None
    cached: Annotated[bool | None, Field(description="Answered by the gateway's own cache.")] = None
    fallback: Annotated[bool | None, Field(description="More than one endpoint was called.")] = None
    priced: Annotated[bool | None, Field(description="False: tokens were used whose price is not known.")] = None
    cost_above: Annotated[Decimal | None, Field(ge=0, le=1_000_000, description="US dollars.")] = None
    latency_above: Annotated[int | None, Field(ge=0, le=86_400_000, description="Milliseconds.")] = None
    text: Annotated[
        str | None,
        Field(max_length=500, description="Words in the bodies, of which a page reads some and says where it stopped."),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        told = {name: value for name, value in values.items() if value not in ("", None)}
        if isinstance(pairs := told.get("property"), list):
            told["property"] = [pair for pair in pairs if pair != ""]
        return told

    @field_validator("status")
    @classmethod
    def _is_status(cls, status: str | None) -> str | None:
        if status is not None and not STATUS.fullmatch(status):
            raise ValueError("must be a status such as 429, or a class such as 4xx")
        return status

    @field_validator("last")
    @classmethod
    def _is_period(cls, last: str | None) -> str | None:
        if last is not None and period_of(last) is None:
            raise ValueError("must be a number of minutes, hours or days such as 15m, 24h or 30d, up to 400d")
        return last

    @field_validator("property")
    @classmethod
    def _are_pairs(cls, pairs: list[str]) -> list[str]:
        if not all(pair.find("=") > 0 and len(pair) <= 1500 for pair in pairs):
            raise ValueError("must be name=value")
        return pairs

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if self.last is not None and (self.since is not None or self.until is not None):
            raise ValueError("'last' stands instead of 'since' and 'until'")
        return self

    def filter(self, now: int) -> Filter:
        """Raises InvalidRequest for a range that holds nothing. `now` is in Unix milliseconds."""
        since = milliseconds(self.since, "since") if self.since is not None else None
        until = milliseconds(self.until, "until") if self.until is not None else None
        if since is not None and until is not None and since >= until:
            raise InvalidRequest("'since' is not before 'until'.", param="since")
        if self.last is not None:
            since = now - (period_of(self.last) or 0)
        return Filter(
            since=since,
            until=until,
            model=self.model,
            provider=self.provider,
            called=self.called,
            status=self.status,
            outcome=self.outcome,
            user=self.user,
            session=self.session,
            properties=dict(_pair(pair) for pair in self.property),
            prompt=self.prompt,
            key=self.key,
            cached=self.cached,
            fallback=self.fallback,
            priced=self.priced,
            cost=None if self.cost_above is None else int(self.cost_above * PICO),
            latency=self.latency_above,
            text=self.text,
        )


def _pair(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name, value


def period_of(last: str) -> int | None:
    """Milliseconds."""
    found = LAST.fullmatch(last)
    length = int(found[1]) * UNITS[found[2]] if found else None
    return length if length is not None and length <= LONGEST_LAST else None
