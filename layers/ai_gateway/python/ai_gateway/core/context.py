"""What came with a request besides its body: who sends it, how to group it, and how to treat it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.wire import Json, JsonObject, dumps_text, mapping, text, texts


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    name: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Retries:
    """Calls of one endpoint again after a 429 or a 5xx; waits are in seconds."""

    most: int = 0
    factor: float = 2.0
    shortest: float = 1.0
    longest: float = 10.0

    def wait(self, retry: int, retry_after: float | None) -> float:
        """Seconds before retry number `retry` (from 0); what the provider asks for wins when it is longer."""
        return max(min(self.longest, self.shortest * self.factor**retry), retry_after or 0.0)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: until connected, until the first chunk, between chunks. All end with the request's deadline."""

    connect: float = 10.0
    first_chunk: float = 300.0
    idle: float = 120.0


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`key` is the gateway key as sent; it is used to authenticate and goes nowhere else.

    `started` is Unix time in seconds; `begun` and `deadline` are on the monotonic clock. Property names are in lower
    case, since HTTP header names have no case. `retries` and `timeouts` are None where the caller left them to the
    gateway. `simulator` are headers for simulated endpoints only.
    """

    id: str
    started: float
    begun: float
    deadline: float
    key: str | None = None
    path: str = "/v1/chat/completions"
    user: str | None = None
    session: Session | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    omit_request: bool = False
    omit_response: bool = False
    strict: bool = False
    retries: Retries | None = None
    timeouts: Timeouts | None = None
    simulator: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Who shall see the same of what is tried on a part of all: the user, else the session, else this request."""
        return self.user or (self.session.id if self.session else self.id)


def with_body(context: RequestContext, request: ChatRequest) -> RequestContext:
    """Add what the body says of user, session and properties. Headers win over the body, and the body's `helicone`
    object over OpenAI's `user` and `metadata`.

    The object is `{"session": {"id", "name", "path"}, "user", "properties"}` or flat: `{sessionId, sessionName,
    sessionPath, userId, properties, tags}`.
    """
    own = mapping(request, "helicone")
    user = context.user or text(own, "user") or text(own, "userId") or text(request, "user")
    if not user:
        user = text(request, "safety_identifier")
    properties = {**_strings(mapping(request, "metadata")), **_tags(own), **_strings(mapping(own, "properties"))}
    if not (own or user or properties):
        return context
    return replace(
        context,
        user=user or None,
        session=context.session or _session(own),
        properties={**properties, **context.properties},
    )


def _session(own: Json) -> Session | None:
    nested = mapping(own, "session")
    session_id = text(nested, "id") or text(own, "sessionId")
    if not session_id:
        return None
    return Session(
        session_id,
        text(nested, "name") or text(own, "sessionName") or None,
        text(nested, "path") or text(own, "sessionPath") or None,
    )


def _strings(values: JsonObject) -> dict[str, str]:
    return {
        key.lower(): value if isinstance(value, str) else dumps_text(value)
        for key, value in values.items()
        if value is not None
    }


def _tags(own: Json) -> dict[str, str]:
    return {f"tag-{tag.lower()}": "true" for tag in texts(own, "tags")}
