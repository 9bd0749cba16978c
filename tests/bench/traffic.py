"""Requests as a large team sends them, the same for the same seed: few models serve most of them, few users send most of
them and many send one, some are in sessions, some fail or fall back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from uuid import UUID

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.pricing import cost, uncached
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.usage import Usage
from ai_gateway.core.wire import dumps

MODELS = (
    "gpt-4o-mini",
    "gpt-4o",
    "claude-sonnet-4",
    "gemini-2.5-flash",
    "claude-3.5-haiku",
    "gpt-5",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gemini-2.5-pro",
    "o3",
    "claude-opus-4-1",
    "gpt-4.1-nano",
)
USERS = tuple(f"user-{number}@example.com" for number in range(5_000))
TEAMS = tuple(f"team-{number}" for number in range(30))
FEATURES = ("search", "chat", "summary", "triage", "extraction", "review", "translation", "agent")
SESSION_NAMES = ("Customer onboarding", "Support", "Code review", "Research", "Nightly digest")
FAILURES = ((429, "rate_limit_exceeded"), (500, "server_error"), (503, "overloaded_error"), (504, "upstream_timeout"))
MESSAGES = [{"role": "user", "content": "Where is my parcel? It was promised for yesterday."}]
ANSWER = {"index": 0, "message": {"role": "assistant", "content": "It is on its way."}, "finish_reason": "stop"}


def traffic(count: int, start: int, end: int, organization: str, *, bodies: bool = True) -> Iterator[RequestRecord]:
    """`count` records that ended from `start` to before `end` (Unix milliseconds), in the order of their ends."""
    team = _Team(Random(1), organization, bodies=bodies)
    for number in range(count):
        yield team.request(start + (end - start) * number // count)


class _Weighted:
    """Values of which the one in place n is picked in proportion to 1 / n."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        self._weights = list(accumulate(1 / place for place in range(1, len(values) + 1)))

    def pick(self, random: Random) -> str:
        return random.choices(self._values, cum_weights=self._weights)[0]


@dataclass(frozen=True, slots=True)
class _Session:
    id: str
    name: str
    user: str


class _Team:
    """Sessions are under way beside each other, and each ends after some requests."""

    def __init__(self, random: Random, organization: str, *, bodies: bool) -> None:
        self._random = random
        self._organization = organization
        self._bodies = bodies
        self._models, self._users = _Weighted(MODELS), _Weighted(USERS)
        self._features = _Weighted(FEATURES)
        self._endpoints = _endpoints()
        self._sessions: list[_Session] = []

    def request(self, ended: int) -> RequestRecord:
        random = self._random
        model = self._models.pick(random)
        served, *others = self._endpoints[model]
        session = self._session() if random.random() < 0.4 else None
        fails, falls_back = random.random() < 0.03, random.random() < 0.06
        attempts = [_failed(random, others[0])] if falls_back and others else []
        attempts.append(
            _failed(random, served) if fails else _served(random, served, sum(a.latency_ms for a in attempts))
        )
        status, error_type = (attempts[-1].status or 502, attempts[-1].error_type) if fails else (200, None)
        duration = sum(one.latency_ms for one in attempts) + (0 if fails else int(random.expovariate(1 / 2500)))
        return RequestRecord(
            id=str(UUID(int=random.getrandbits(128), version=4)),
            started=(ended - duration) / 1000,
            outcome="error" if fails else "success",
            status=status,
            key_id=f"key-{random.randrange(8)}",
            organization=self._organization,
            path="/v1/chat/completions",
            stream=random.random() < 0.6,
            model_asked=model,
            model=None if fails else model,
            model_id=None if fails else served.model_id,
            provider=None if fails else served.provider.name,
            source=None if fails else served.source,
            mode=None if fails else "BYOK",
            error_type=error_type,
            error=attempts[-1].error,
            finish_reason=None if fails else "stop",
            duration_ms=duration,
            ttft_ms=None if fails else attempts[-1].started_ms + (attempts[-1].ttft_ms or 0),
            attempts=tuple(attempts),
            user=session.user if session else self._users.pick(random),
            session_id=session.id if session else None,
            session_name=session.name if session else None,
            session_path=f"/{session.name.lower().replace(' ', '-')}/{random.randrange(4)}" if session else None,
            properties={
                "team": random.choice(TEAMS),
                "feature": self._features.pick(random),
                "environment": "production",
            },
            prompt_id="support" if random.random() < 0.2 else None,
            prompt_version="1.2" if random.random() < 0.2 else None,
            request=dumps({"model": model, "messages": MESSAGES}) if self._bodies else None,
            response=dumps({"model": model, "choices": [ANSWER]}) if self._bodies else None,
            **({} if fails else _money(random, served)),  # type: ignore[arg-type]
        )

    def _session(self) -> _Session:
        random = self._random
        if len(self._sessions) < 50:
            name = random.choice(SESSION_NAMES)
            self._sessions.append(_Session(f"session-{random.getrandbits(64):x}", name, self._users.pick(random)))
        place = random.randrange(len(self._sessions))
        return self._sessions.pop(place) if random.random() < 0.1 else self._sessions[place]


def _endpoints() -> Mapping[str, Sequence[Endpoint]]:
    """Of each model those with a known price."""
    catalog = Catalog.standard()
    found = {name: catalog.model(name) for name in MODELS}
    return {name: [one for one in catalog.endpoints(model) if one.prices] for name, model in found.items() if model}


def _failed(random: Random, endpoint: Endpoint) -> AttemptRecord:
    status, error_type = random.choice(FAILURES)
    return AttemptRecord(
        endpoint.source,
        endpoint.provider.name,
        endpoint.model_id,
        status=status,
        error_type=error_type,
        error=f"{endpoint.provider.name} answered {status}: try again later.",
        latency_ms=int(random.lognormvariate(5.5, 0.8)),
        cost_estimate=random.randrange(10**8, 10**10),
    )


def _served(random: Random, endpoint: Endpoint, started: int) -> AttemptRecord:
    first = int(random.lognormvariate(6.2, 0.6))
    return AttemptRecord(
        endpoint.source,
        endpoint.provider.name,
        endpoint.model_id,
        status=200,
        started_ms=started,
        latency_ms=first,
        ttft_ms=first,
        cost_estimate=random.randrange(10**8, 10**10),
    )


def _money(random: Random, endpoint: Endpoint) -> Mapping[str, object]:
    """Tokens, and what they cost there."""
    usage = Usage(
        input=int(random.lognormvariate(6.5, 1.2)),
        output=int(random.lognormvariate(5.0, 1.0)),
        cache_read=random.choice((0, 0, 0, 1024, 4096)),
    )
    tokens = {"input": usage.input, "output": usage.output, "cache_read": usage.cache_read}
    price = cost(usage, endpoint.prices, None)
    if price is None or endpoint.prices is None:
        return {"tokens": tokens}
    return {
        "tokens": {kind: count for kind, count in tokens.items() if count},
        "cost": price.total,
        "cost_computed": price.computed,
        "cost_parts": price.parts,
        "cost_uncached": uncached(usage, endpoint.prices, None),
        "cost_dearest": price.total + random.randrange(10**8),
        "price_source": endpoint.prices.source,
    }
