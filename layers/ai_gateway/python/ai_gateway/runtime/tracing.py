"""OpenTelemetry wired, where the environment names a collector: its own variables, with the meaning they have."""

from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from ai_gateway.adapters.otlp import Collector, OtlpTraces

ENDPOINT, TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
HEADERS, TRACES_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
PROTOCOL, TRACES_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
SPOKEN = "http/protobuf"
SECRET = "otlp"  # noqa: S105  a name
"""Of the headers in Secrets Manager: `{"headers": "name=value,..."}`."""

Stored = Callable[[str], Mapping[str, str] | None]
"""Reads a secret by its name. Raises StoreUnavailable."""


def traces_of(environment: Mapping[str, str], stored: Stored | None, *, at_once: bool) -> OtlpTraces | None:
    """None where no collector is named. Raises ValueError for one that cannot be spoken to. Headers that the
    environment does not have are looked for in `stored`, when the first span is told.
    """
    if not names_collector(environment):
        return None
    url = _url(environment)
    resource = {"service.name": environment.get("OTEL_SERVICE_NAME") or "ai-gateway"}
    if stage := environment.get("AI_GATEWAY_STAGE"):
        resource["deployment.environment.name"] = stage

    def collector() -> Collector:
        text = environment.get(TRACES_HEADERS) or environment.get(HEADERS)
        if not text and stored is not None:
            text = (stored(SECRET) or {}).get("headers")
        return Collector(url, headers_of(text or ""), resource)

    return OtlpTraces(collector, at_once=at_once)


def names_collector(environment: Mapping[str, str]) -> bool:
    off = (
        environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"
    )
    return not off and bool(environment.get(ENDPOINT) or environment.get(TRACES_ENDPOINT))


def wants_content(environment: Mapping[str, str]) -> bool:
    return environment.get(CONTENT, "").lower() in ("true", "span_only", "span_and_event")


def headers_of(text: str) -> dict[str, str]:
    """Of `name=value,name=value`, values percent-encoded."""
    pairs = (pair.partition("=") for pair in text.split(","))
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs if name.strip() and value.strip()}


def _url(environment: Mapping[str, str]) -> str:
    protocol = environment.get(TRACES_PROTOCOL) or environment.get(PROTOCOL) or SPOKEN
    if protocol != SPOKEN:
        raise ValueError(f"{PROTOCOL} is {protocol!r}. The gateway exports {SPOKEN!r} only: unset it.")
    url = environment.get(TRACES_ENDPOINT) or f"{environment[ENDPOINT].rstrip('/')}/v1/traces"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{ENDPOINT} is no address such as https://collector.example.com:4318.")
    return url
