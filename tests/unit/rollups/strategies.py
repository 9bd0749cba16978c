"""Requests of every kind, for properties that hold of all."""

from hypothesis import strategies as st

from ai_gateway.core.records import AttemptRecord, RequestRecord

NOON = 1_800_014_400.0
"""Of a Friday: 2027-01-15, 12:00 UTC."""

_names = st.sampled_from(["openai", "azure", "groq"])
_causes = st.sampled_from(["rate_limit_exceeded", "server_error", "upstream_timeout"])
_pico = st.integers(0, 10**15)

attempts = st.builds(
    lambda provider, cause, latency: AttemptRecord(
        f"m/{provider}", provider, "m", status=500 if cause else 200, error_type=cause, latency_ms=latency
    ),
    _names,
    st.none() | _causes,
    st.integers(0, 60_000),
)
records = st.builds(
    RequestRecord("id", NOON, "success", 200)._replace,
    id=st.uuids().map(str),
    started=st.integers(0, 3 * 3600 * 1000).map(lambda ms: NOON + ms / 1000),
    outcome=st.sampled_from(["success", "error", "cancelled"]),
    status=st.sampled_from([200, 400, 429, 500]),
    organization=st.just("acme"),
    key_id=st.sampled_from(["key-1", "key-2"]),
    model_asked=st.just("gpt-4o"),
    model=st.none() | st.sampled_from(["gpt-4o", "o3"]),
    provider=st.none() | _names,
    error_type=st.none() | _causes,
    duration_ms=st.integers(0, 900_000),
    ttft_ms=st.none() | st.integers(0, 5000),
    attempts=st.lists(attempts, max_size=3).map(tuple),
    tokens=st.dictionaries(st.sampled_from(["input", "output", "cache_read"]), st.integers(1, 100_000)),
    cost=st.none() | _pico,
    cost_computed=_pico,
    cost_uncached=st.none() | _pico,
    cost_dearest=st.none() | _pico,
    user=st.none() | st.sampled_from(["ada", "bob", "cy"]),
    session_name=st.none() | st.sampled_from(["chat", "search"]),
    prompt_id=st.none() | st.just("welcome"),
    prompt_version=st.none() | st.sampled_from(["0.0", "1.2"]),
    scores=st.dictionaries(
        st.sampled_from(["helpful", "stars", "a.b"]), st.booleans() | st.integers() | st.floats(allow_nan=False)
    ),
    properties=st.dictionaries(st.sampled_from(["env", "team"]), st.sampled_from(["a", "b"])),
)
