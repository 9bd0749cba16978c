"""Which requests are looked for, and where among them a reader is."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ai_gateway.core.conditions import Tree, holds, reads_bodies
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.records import LONGEST_VALUE, Outcome, RequestRecord
from ai_gateway.core.wire import dumps, dumps_text, parse_object


class Position(NamedTuple):
    """A request's place in the order of ends and ids; `ended` is in Unix milliseconds."""

    ended: int
    id: str

    @classmethod
    def of(cls, record: RequestRecord) -> "Position":
        return cls(record.ended_ms, record.id)

    @classmethod
    def read(cls, cursor: str) -> "Position":
        """Raises InvalidRequest for what `cursor` never gave."""
        try:
            ended, _, request_id = urlsafe_b64decode(cursor.encode("ascii")).decode().partition(".")
            position = cls(int(ended), request_id)
        except ValueError:
            position = None
        if position is None or position.cursor != cursor or not 0 <= position.ended < LAST_MOMENT:
            raise InvalidRequest(
                f"{cursor[:80]!r} is no cursor. Pass on the 'next' of the page before, or leave it out.", param="cursor"
            )
        return position

    @property
    def cursor(self) -> str:
        return urlsafe_b64encode(f"{self.ended}.{self.id}".encode()).decode()


LAST_MOMENT = 10**13
"""Unix milliseconds: the year 2286, beyond which sort keys have no room."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What holds for all requests that are looked for; None asks nothing. Moments are Unix milliseconds of ends, from
    `since` on and before `until`. `status` is a code (`429`) or a class (`4xx`), `prompt` an id or `id@version`. Costs
    are pico-dollars, latencies milliseconds; both are to be reached or exceeded. `called` is a provider that was asked,
    whoever served in the end. `text` is looked for in the bodies. `tree` holds what the other fields cannot say.
    """

    since: int | None = None
    until: int | None = None
    model: str | None = None
    provider: str | None = None
    called: str | None = None
    status: str | None = None
    outcome: Outcome | None = None
    user: str | None = None
    session: str | None = None
    in_session: bool | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    prompt: str | None = None
    key: str | None = None
    cached: bool | None = None
    fallback: bool | None = None
    priced: bool | None = None
    cost: int | None = None
    latency: int | None = None
    text: str | None = None
    tree: Tree | None = None

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than a range of time."""
        return Filter(self.since, self.until) != self

    @property
    def reads_bodies(self) -> bool:
        return self.text is not None or (self.tree is not None and reads_bodies(self.tree))

    def matches(self, record: RequestRecord) -> bool:
        """Whether all hold that needs no bodies. Model and provider are those that the rollups count the request by."""
        return (
            (self.since is None or record.ended_ms >= self.since)
            and (self.until is None or record.ended_ms < self.until)
            and (self.model is None or _is_one(self.model, record.model or record.model_asked, record.model_id))
            and (self.provider is None or self.provider == record.served_or_last_called)
            and (self.called is None or any(one.provider == self.called for one in record.attempts if not one.skipped))
            and (self.status is None or _has_status(record, self.status))
            and (self.outcome is None or self.outcome == record.outcome)
            and (self.user is None or _is_one(self.user, record.user))
            and (self.session is None or self.session == record.session_id)
            and (self.in_session is None or self.in_session == (record.session_id is not None))
            and all(_has_property(record, name, value) for name, value in self.properties.items())
            and (self.prompt is None or _of_prompt(record, self.prompt))
            and (self.key is None or self.key == record.key_id)
            and (self.cached is None or self.cached == record.cached)
            and (self.fallback is None or self.fallback == (len(record.tried) > 1))
            and (self.priced is None or self.priced == record.priced)
            and (self.cost is None or (record.cost is not None and record.cost >= self.cost))
            and (self.latency is None or record.duration_ms >= self.latency)
            and (self.tree is None or holds(self.tree, record, bodies=False) is not False)
        )

    def matches_with(self, record: RequestRecord) -> bool:
        """Whether what needs the bodies holds too, of a record that comes with them."""
        return (self.text is None or in_bodies(self.text, record.request, record.response)) and (
            self.tree is None or holds(self.tree, record, bodies=True) is True
        )


def in_bodies(text: str, *bodies: bytes | None) -> bool:
    """Whether one of the bodies has the text; upper and lower case are the same."""
    if not text:
        return True
    wanted = {text.casefold(), dumps_text(text)[1:-1].casefold()}
    return any(one in body for body in map(_readable, bodies) for one in wanted)


STATUS = re.compile(r"[1-5](xx|\d\d)")


def _is_one(wanted: str, *values: str | None) -> bool:
    """Sums name a value that is very long by its beginning: what they name is found by that too."""
    return wanted in values or (
        len(wanted) == LONGEST_VALUE and any(value is not None and value.startswith(wanted) for value in values)
    )


def _has_status(record: RequestRecord, status: str) -> bool:
    return str(record.status)[: len(status.rstrip("x"))] == status.rstrip("x")


def _has_property(record: RequestRecord, name: str, value: str) -> bool:
    """Names have no case."""
    wanted = name.casefold()
    return any(one.casefold() == wanted and _is_one(value, held) for one, held in record.properties.items())


def _of_prompt(record: RequestRecord, prompt: str) -> bool:
    name, _, version = prompt.partition("@")
    return record.prompt_id == name and version in ("", record.prompt_version)


def _readable(body: bytes | None) -> str:
    """A body with its characters as themselves: JSON may have them as numbers."""
    if body is None:
        return ""
    if b"\\u" in body and (parsed := parse_object(body)) is not None:
        body = dumps(parsed)
    return body.decode("utf-8", "replace").casefold()
