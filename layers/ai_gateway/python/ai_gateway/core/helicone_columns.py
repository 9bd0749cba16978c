"""The columns that filters name in Helicone's words, and where a request has them.

Names are those of https://github.com/Helicone/helicone packages/filters/filterDefs.ts. As there, a text that a request
has not is empty.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from ai_gateway.core.pricing import PICO
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.usage import TokenCounts

FEEDBACK = "helicone-score-feedback"
"""The score that feedback is kept as."""

Texts: TypeAlias = Callable[[RequestRecord], tuple[str, ...]]
Numbers: TypeAlias = Callable[[RequestRecord], Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Text:
    """One of the texts is to meet what is asked, and none of them what is denied. `of_session` says that it is the id
    of a session, which an index finds.
    """

    read: Texts
    of_session: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    read: Numbers


@dataclass(frozen=True, slots=True)
class Moment:
    """Unix milliseconds. `of_end` says that it is the request's end; else it is its beginning."""

    read: Callable[[RequestRecord], int]
    of_end: bool


@dataclass(frozen=True, slots=True)
class Flag:
    read: Callable[[RequestRecord], bool | None]


@dataclass(frozen=True, slots=True)
class Body:
    read: Callable[[RequestRecord], bytes | None]


Column: TypeAlias = Text | Number | Moment | Flag | Body
Table: TypeAlias = Mapping[str, Column]
Named: TypeAlias = Callable[[str], Column]
"""A column for every name there may be: of a property, of a score."""


def property_column(name: str) -> Column:
    """Names have no case. What the gateway keeps of sessions is with Helicone a property."""
    own = name.casefold()
    if own in _SESSION:
        return _SESSION[own]
    return Text(lambda record: (record.properties.get(own, ""),))


def score_column(name: str) -> Column:
    return Number(lambda record: None if (score := record.scores.get(name)) is None else Decimal(str(float(score))))


def _text(read: Callable[[RequestRecord], str | None]) -> Text:
    return Text(lambda record: (read(record) or "",))


def _tokens(*kinds: str) -> Number:
    return Number(lambda record: sum(record.tokens.get(kind, 0) for kind in kinds))


def _feedback(record: RequestRecord) -> bool | None:
    rating = record.scores.get(FEEDBACK)
    return None if rating is None else bool(rating)


def _models(record: RequestRecord) -> tuple[str, ...]:
    return (record.model or record.model_asked, record.model_id or record.model or record.model_asked)


_ID = _text(lambda record: record.id)
_USER = _text(lambda record: record.user)
_MODEL = Text(_models)
_STATUS = Number(lambda record: record.status)
_TOTAL = Number(lambda record: TokenCounts.of(record.tokens).total)
_BEGAN = Moment(lambda record: int(record.started * 1000), of_end=False)
_ENDED = Moment(lambda record: record.ended_ms, of_end=True)
_PROMPT = _text(lambda record: record.prompt_id)
_PROPERTY_NAMES = Text(lambda record: (*record.properties,))
_RATING = Flag(_feedback)
_REQUEST = Body(lambda record: record.request)
_RESPONSE = Body(lambda record: record.response)
_SESSION_ID = Text(lambda record: (record.session_id or "",), of_session=True)
_SESSION_NAME = _text(lambda record: record.session_name)
_SESSION = {
    "helicone-session-id": _SESSION_ID,
    "helicone-session-name": _SESSION_NAME,
    "helicone-session-path": _text(lambda record: record.session_path),
}

TABLES: Mapping[str, Table] = {
    "request_response_rmt": {
        "request_id": _ID,
        "request_created_at": _BEGAN,
        "response_created_at": _ENDED,
        "status": _STATUS,
        "model": _MODEL,
        "provider": _text(lambda record: record.served_or_last_called),
        "user_id": _USER,
        "latency": Number(lambda record: record.duration_ms),
        "time_to_first_token": Number(lambda record: record.ttft_ms),
        "cost": Number(lambda record: None if record.cost is None else Decimal(record.cost) / PICO),
        "total_tokens": _TOTAL,
        "prompt_tokens": Number(lambda record: TokenCounts.of(record.tokens).prompt),
        "completion_tokens": Number(lambda record: TokenCounts.of(record.tokens).completion),
        "prompt_cache_read_tokens": _tokens("cache_read"),
        "prompt_cache_write_tokens": _tokens("cache_write_5m", "cache_write_1h"),
        "reasoning_tokens": _tokens("reasoning"),
        "prompt_id": _PROMPT,
        "prompt_version": _text(lambda record: record.prompt_version),
        "property_key": _PROPERTY_NAMES,
        "scores_column": Text(lambda record: (*record.scores,)),
        "cached": Flag(lambda record: record.cached),
        "cache_enabled": Flag(lambda record: record.cached),
        "is_passthrough_billing": Flag(lambda record: record.mode == "PTB"),
        FEEDBACK: _RATING,
        "request_body": _REQUEST,
        "response_body": _RESPONSE,
    },
    "request": {
        "id": _ID,
        "created_at": _BEGAN,
        "user_id": _USER,
        "model": _text(lambda record: record.model_asked),
        "path": _text(lambda record: record.path),
        "prompt_id": _PROMPT,
        "prompt": _REQUEST,
    },
    "response": {
        "status": _STATUS,
        "model": _MODEL,
        "body_model": _MODEL,
        "body_tokens": _TOTAL,
        "body_completion": _RESPONSE,
    },
    "request_response_search": {"request_body_vector": _REQUEST, "response_body_vector": _RESPONSE},
    "feedback": {"rating": _RATING},
    "sessions_request_response_rmt": {"session_session_id": _SESSION_ID, "session_session_name": _SESSION_NAME},
    "users_view": {"user_user_id": _USER},
    "properties": {},
    "values": {},
}
NAMED: Mapping[tuple[str, ...], Named] = {
    ("request_response_rmt", "properties"): property_column,
    ("request_response_rmt", "search_properties"): lambda _: _PROPERTY_NAMES,
    ("request_response_rmt", "scores"): score_column,
    ("properties",): property_column,
}
"""Where a table, or a column of one, has names of its own below it."""
