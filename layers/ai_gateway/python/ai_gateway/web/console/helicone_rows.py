"""Requests, sessions and users in the words of Helicone's answers (`HeliconeRequest`, `SessionResult`, ...).

Costs are numbers of dollars there, and null where no price is known. Names of properties are in lower case, since
headers have none; a session is three properties besides.
"""

from collections.abc import Mapping

from ai_gateway.core.helicone_columns import FEEDBACK
from ai_gateway.core.measures import STATUS, TOKENS, Measures
from ai_gateway.core.pricing import dollars
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.sessions import Session
from ai_gateway.core.usage import TokenCounts
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.user_metrics import UserUse
from ai_gateway.web.console.request_rows import shown
from ai_gateway.web.console.times import iso, when

NO_ROOM: Mapping[str, str] = {"helicone_message": "This answer has no room for the body. GET /v1/request/{id} has it."}


def request_row(record: RequestRecord, *, bodies: bool = True) -> JsonObject:
    """Without `bodies` a word stands in place of them."""
    tokens, kinds, properties = TokenCounts.of(record.tokens), record.tokens, _properties(record)
    began, ended = iso(when(int(record.started * 1000))), iso(when(record.ended_ms))
    model = record.model or record.model_asked
    rating = record.scores.get(FEEDBACK)
    known = bool(kinds)
    return {
        "request_id": record.id,
        "request_created_at": began,
        "request_body": shown(record.request) if bodies else NO_ROOM,
        "request_path": record.path,
        "request_user_id": record.user,
        "request_properties": properties,
        "request_model": record.model_asked,
        "request_referrer": "ai-gateway",
        "response_id": record.id,
        "response_created_at": ended,
        "response_body": shown(record.response) if bodies else NO_ROOM,
        "response_status": record.status,
        "response_model": record.model_id or record.model,
        "model": model,
        "model_override": None,
        "provider": record.served_or_last_called or "",
        "helicone_user": record.key_id,
        "delay_ms": record.duration_ms,
        "latency": record.duration_ms,
        "time_to_first_token": record.ttft_ms,
        "prompt_tokens": tokens.prompt if known else None,
        "completion_tokens": tokens.completion if known else None,
        "total_tokens": tokens.total if known else None,
        "prompt_cache_read_tokens": kinds.get("cache_read", 0) if known else None,
        "prompt_cache_write_tokens": _cache_writes(kinds) if known else None,
        "prompt_audio_tokens": kinds.get("input_audio", 0) if known else None,
        "completion_audio_tokens": kinds.get("output_audio", 0) if known else None,
        "reasoning_tokens": kinds.get("reasoning", 0) if known else None,
        "cost": _cost(record.cost),
        "costUSD": _cost(record.cost),
        "prompt_id": record.prompt_id,
        "prompt_version": record.prompt_version,
        "feedback_created_at": None,
        "feedback_id": None,
        "feedback_rating": None if rating is None else bool(rating),
        "scores": {name: int(score) if isinstance(score, bool) else score for name, score in record.scores.items()},
        "properties": properties,
        "cache_enabled": record.cached,
        "cache_reference_id": None,
        "is_passthrough_billing": record.mode == "PTB",
        "signed_body_url": None,
        "llmSchema": None,
        "country_code": None,
        "assets": [],
        "asset_ids": None,
        "asset_urls": None,
        "target_url": "",
        "ai_gateway_body_mapping": "OPENAI",
        "updated_at": ended,
    }


def session_row(session: Session) -> JsonObject:
    sums, tokens = session.sums, [TokenCounts.of(record.tokens) for record in session.records]
    return {
        "session_id": session.id,
        "session_name": session.name or "",
        "created_at": iso(when(sums.first or 0)),
        "latest_request_created_at": iso(when(max((int(one.started * 1000) for one in session.records), default=0))),
        "total_cost": _cost(sums.cost),
        "total_requests": sums.requests,
        "prompt_tokens": sum(one.prompt for one in tokens),
        "completion_tokens": sum(one.completion for one in tokens),
        "total_tokens": sums.tokens,
        "avg_latency": sums.busy / sums.requests if sums.requests else 0,
        "user_ids": session.users,
        "unpriced": sums.unpriced,
        "complete": session.complete,
    }


def user_row(use: UserUse) -> JsonObject:
    measures, days = use.measures, len(use.days)
    tokens = TokenCounts.of(measures.family(TOKENS))
    return {
        "id": use.user,
        "user_id": use.user,
        "active_for": days,
        "first_active": iso(when(measures.first or 0)),
        "last_active": iso(when(measures.last or 0)),
        "total_requests": measures.requests,
        "average_requests_per_day_active": measures.requests / days,
        "average_tokens_per_request": tokens.total / measures.requests,
        "total_prompt_tokens": tokens.prompt,
        "total_completion_tokens": tokens.completion,
        "cost": _cost(measures.cost),
        "unpriced": measures.unpriced,
        "rate_limited_count": measures.family(STATUS).get("429", 0),
    }


def user_sum(use: UserUse) -> JsonObject:
    tokens = TokenCounts.of(use.measures.family(TOKENS))
    return {
        "user_id": use.user,
        "count": use.measures.requests,
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "cost": _cost(use.measures.cost),
    }


def others(measures: Measures | None) -> JsonObject | None:
    """Of users beyond those that are told apart."""
    return None if measures is None else {"total_requests": measures.requests, "cost": _cost(measures.cost)}


def _properties(record: RequestRecord) -> dict[str, str]:
    session = {
        "Helicone-Session-Id": record.session_id,
        "Helicone-Session-Name": record.session_name,
        "Helicone-Session-Path": record.session_path,
    }
    return {**record.properties, **{name: value for name, value in session.items() if value is not None}}


def _cache_writes(kinds: Mapping[str, int]) -> int:
    return kinds.get("cache_write_5m", 0) + kinds.get("cache_write_1h", 0)


def _cost(pico: int | None) -> float | None:
    return None if pico is None else float(dollars(pico))
