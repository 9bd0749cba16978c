"""Headers to a RequestContext: Helicone's names, and the gateway's own where Helicone has none."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from ai_gateway.core.context import RequestContext, Retries, Session, Timeouts
from ai_gateway.core.errors import InvalidRequest

PROPERTY = "helicone-property-"
SIMULATOR = "simulator-"


def decode_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """ASGI headers as text, names in lower case. Values are UTF-8 where they can be, else Latin-1 (RFC 9110, 5.5)."""
    return {name.decode("latin-1").lower(): _text(value) for name, value in raw}


def read_context(
    headers: Mapping[str, str], *, path: str, request_id: str, started: float, begun: float, deadline: float
) -> RequestContext:
    """Raises InvalidRequest for a header whose value cannot be read. The key is taken before anything can fail."""
    context = RequestContext(request_id, started, begun, deadline, key=gateway_key(headers), path=path)
    if not any(name.startswith(("helicone-", "gateway-", SIMULATOR)) for name in headers):
        return context
    total = _timeouts(headers).get("total")
    return replace(
        context,
        id=_request_id(headers) or request_id,
        deadline=deadline if total is None else min(deadline, begun + total),
        user=headers.get("helicone-user-id"),
        session=_session(headers),
        properties={name.removeprefix(PROPERTY): value for name, value in headers.items() if name.startswith(PROPERTY)},
        omit_request=_is_true(headers, "helicone-omit-request"),
        omit_response=_is_true(headers, "helicone-omit-response"),
        strict=_is_true(headers, "gateway-strict"),
        retries=_retries(headers),
        timeouts=_waits(_timeouts(headers)),
        simulator={name: value for name, value in headers.items() if name.startswith(SIMULATOR)},
    )


def gateway_key(headers: Mapping[str, str]) -> str | None:
    """The gateway key: `Helicone-Auth` before `Authorization`, then the headers other SDKs use."""
    for name in ("helicone-auth", "authorization"):
        scheme, _, key = headers.get(name, "").partition(" ")
        if scheme.lower() == "bearer" and key.strip():
            return key.strip()
    return headers.get("x-api-key") or headers.get("api-key") or None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _is_true(headers: Mapping[str, str], name: str) -> bool:
    return headers.get(name, "").strip().lower() == "true"


def _request_id(headers: Mapping[str, str]) -> str | None:
    text = headers.get("helicone-request-id")
    if text is None:
        return None
    try:
        return str(UUID(text))
    except ValueError:
        raise InvalidRequest(
            f"Helicone-Request-Id must be a UUID, got {text!r}.", param="Helicone-Request-Id"
        ) from None


def _session(headers: Mapping[str, str]) -> Session | None:
    session_id = headers.get("helicone-session-id")
    if not session_id:
        return None
    return Session(session_id, headers.get("helicone-session-name"), headers.get("helicone-session-path"))


def _retries(headers: Mapping[str, str]) -> Retries | None:
    if not _is_true(headers, "helicone-retry-enabled"):
        return None
    return Retries(
        most=min(20, int(_number(headers, "helicone-retry-num", 5))),
        factor=min(1000, _number(headers, "helicone-retry-factor", 2)),
        shortest=_number(headers, "helicone-retry-min-timeout", 1000) / 1000,
        longest=_number(headers, "helicone-retry-max-timeout", 10_000) / 1000,
    )


def _number(headers: Mapping[str, str], name: str, default: float) -> float:
    text = headers.get(name)
    return default if text is None else _positive(text, name)


def _timeouts(headers: Mapping[str, str]) -> dict[str, float]:
    """`Gateway-Timeout: connect=2, first-chunk=20, idle=10, total=60`, in seconds, any of them."""
    given: dict[str, float] = {}
    for text in filter(None, (part.strip() for part in headers.get("gateway-timeout", "").split(","))):
        name, _, value = text.partition("=")
        if name.strip() not in ("connect", "first-chunk", "idle", "total"):
            raise InvalidRequest(
                f"Gateway-Timeout has {text!r}; write seconds for connect, first-chunk, idle or total: 'total=60'.",
                param="Gateway-Timeout",
            )
        given[name.strip()] = _positive(value, "Gateway-Timeout")
    return given


def _waits(given: Mapping[str, float]) -> Timeouts | None:
    if not given:
        return None
    usual = Timeouts()
    return Timeouts(
        connect=given.get("connect", usual.connect),
        first_chunk=given.get("first-chunk", usual.first_chunk),
        idle=given.get("idle", usual.idle),
    )


def _positive(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise InvalidRequest(f"{name} must be a number that is not negative, got {text!r}.", param=name)
    return number
