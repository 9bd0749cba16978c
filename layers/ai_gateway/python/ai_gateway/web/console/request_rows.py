"""What the console's API says of requests."""

from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from ai_gateway.core.pricing import dollars
from ai_gateway.core.records import AttemptRecord, Outcome, RequestRecord
from ai_gateway.core.wire import parse_object
from ai_gateway.web.console.times import Moment, when

Dollars = Annotated[str | None, Field(description="US dollars, exact; null where no price is known.", examples=["0.2"])]


def _as_score(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """One fault for all that a score can be."""
    try:
        return read(value)
    except ValidationError:
        raise ValueError("must be true, false or a finite number") from None


ScoreValue = Annotated[
    StrictBool
    | Annotated[StrictInt, Field(ge=-(2**53), le=2**53)]
    | Annotated[StrictFloat, Field(allow_inf_nan=False)],
    WrapValidator(_as_score),
]


def money(pico: int | None) -> str | None:
    return None if pico is None else dollars(pico)


class AttemptRow(BaseModel):
    """One endpoint called or passed over, and why it failed."""

    source: str
    provider: str
    model_id: str
    status: int | None
    error_type: str | None
    error: str | None
    started_ms: int
    latency_ms: int
    ttft_ms: int | None
    retry: int
    skipped: bool
    cost_estimate: Dollars

    @classmethod
    def of(cls, attempt: AttemptRecord) -> Self:
        return cls(
            source=attempt.source,
            provider=attempt.provider,
            model_id=attempt.model_id,
            status=attempt.status,
            error_type=attempt.error_type,
            error=attempt.error,
            started_ms=attempt.started_ms,
            latency_ms=attempt.latency_ms,
            ttft_ms=attempt.ttft_ms,
            retry=attempt.retry,
            skipped=attempt.skipped,
            cost_estimate=money(attempt.cost_estimate),
        )


class PromptUsed(BaseModel):
    id: str
    version: str | None
    environment: str | None


class SessionOf(BaseModel):
    id: str
    name: str | None
    path: str | None


class RequestRow(BaseModel):
    id: str
    started: Moment
    ended: Moment
    outcome: Outcome
    status: int
    error_type: str | None
    error: str | None
    path: str
    stream: bool
    model_asked: str
    model: str | None
    model_id: str | None
    provider: str | None
    source: str | None
    mode: str | None
    simulated: bool
    cached: bool
    finish_reason: str | None
    duration_ms: int
    ttft_ms: int | None
    tokens: dict[str, int]
    tokens_estimated: bool
    cost: Dollars
    cost_parts: dict[str, str]
    cost_uncached: Dollars
    cost_dearest: Dollars
    cost_billed: Dollars
    price_source: str | None
    dropped: list[str]
    attempts: list[AttemptRow]
    key_id: str | None
    user: str | None
    session: SessionOf | None
    prompt: PromptUsed | None
    properties: dict[str, str]
    scores: dict[str, int | float | bool]

    @classmethod
    def of(cls, record: RequestRecord) -> Self:
        return cls(**_fields(record))


class RequestWithBodies(RequestRow):
    """Bodies are JSON, or text where they are not; null where they were not kept."""

    request: object
    response: object

    @classmethod
    def of(cls, record: RequestRecord) -> Self:
        return cls(**_fields(record), request=shown(record.request), response=shown(record.response))


class RequestPage(BaseModel):
    data: list[RequestRow]
    next: Annotated[str | None, Field(description="The cursor of the next page; null at the end.")]
    examined: Annotated[int, Field(description="How many requests were looked at.")]
    stopped: Annotated[
        bool, Field(description="The page was given up before it was full; `next` goes on from `searched_to`.")
    ]
    searched_to: Annotated[Moment | None, Field(description="Nothing older was looked at; null at the end.")]


class Live(BaseModel):
    data: list[RequestRow]
    complete: Annotated[bool, Field(description="False: there were more than fit, which are older.")]
    now: Moment


class ScoresOf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    scores: Annotated[dict[str, ScoreValue], Field(examples=[{"helpful": True, "stars": 4}])]


class Scores(BaseModel):
    scores: dict[str, int | float | bool]


class Feedback(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rating: Annotated[StrictBool, Field(description="Good or bad.")]


def shown(body: bytes | None) -> object:
    """A body as JSON, or as text where it is none."""
    if body is None:
        return None
    parsed = parse_object(body)
    return parsed if parsed is not None else body.decode("utf-8", "replace")


def _fields(record: RequestRecord) -> dict[str, object]:
    session = prompt = None
    if record.session_id is not None:
        session = SessionOf(id=record.session_id, name=record.session_name, path=record.session_path)
    if record.prompt_id is not None:
        prompt = PromptUsed(id=record.prompt_id, version=record.prompt_version, environment=record.prompt_environment)
    same = {name: getattr(record, name) for name in _SAME}
    return same | {
        "started": when(int(record.started * 1000)),
        "ended": when(record.ended_ms),
        "tokens": dict(record.tokens),
        "cost": money(record.cost),
        "cost_parts": {kind: dollars(part) for kind, part in record.cost_parts.items()},
        "cost_uncached": money(record.cost_uncached),
        "cost_dearest": money(record.cost_dearest),
        "cost_billed": money(record.cost_billed),
        "dropped": list(record.dropped),
        "attempts": [AttemptRow.of(attempt) for attempt in record.attempts],
        "session": session,
        "prompt": prompt,
        "properties": dict(record.properties),
        "scores": dict(record.scores),
    }


_SAME = (
    "id", "outcome", "status", "error_type", "error", "path", "stream", "model_asked", "model", "model_id", "provider",
    "source", "mode", "simulated", "cached", "finish_reason", "duration_ms", "ttft_ms", "tokens_estimated",
    "price_source", "key_id", "user",
)  # fmt: skip
