"""Request webhooks: which finished requests are told to an application, and in which words (Helicone's)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from ai_gateway.core.alerts.destinations import check_url
from ai_gateway.core.alerts.fields import Fields, written
from ai_gateway.core.pricing import dollars
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.usage import TokenCounts
from ai_gateway.core.wire import Json, JsonObject, present

LARGEST_BODY = 10 * 1024
"""Bytes of a request or response body that a webhook carries; Helicone's limit."""


@dataclass(frozen=True, slots=True)
class RequestWebhook:
    """`sample_percent` of the requests whose properties are all as in `properties` are told, with their bodies and
    metadata when `include_data`.
    """

    id: str
    url: str
    organization: str = "default"
    sample_percent: float = 100.0
    properties: Mapping[str, str] = field(default_factory=dict)
    include_data: bool = True
    enabled: bool = True

    @property
    def secret_name(self) -> str:
        return f"webhooks/{self.organization}/{self.id}"


def wants(webhook: RequestWebhook, record: RequestRecord) -> bool:
    """The sample is drawn by the request's id: the same requests however often it is asked."""
    if not webhook.enabled or record.organization != webhook.organization:
        return False
    if any(record.properties.get(name) != value for name, value in webhook.properties.items()):
        return False
    drawn = int.from_bytes(sha256(f"{webhook.id}:{record.id}".encode()).digest()[:8]) / 2**64
    return drawn * 100 < webhook.sample_percent


def webhook_payload(webhook: RequestWebhook, record: RequestRecord, console: str | None = None) -> JsonObject:
    body: JsonObject = {
        "request_id": record.id,
        "request_body": _text(record.request),
        "response_body": _text(record.response),
    }
    if not webhook.include_data:
        return body
    tokens = TokenCounts.of(record.tokens)
    return {
        **body,
        **present(
            user_id=record.user,
            model=record.model or record.model_asked,
            provider=record.provider,
            request_response_url=f"{console.rstrip('/')}/requests/{record.id}" if console else None,
        ),
        "status": record.status,
        "properties": dict(record.properties),
        "metadata": {
            "cost": None if record.cost is None else float(dollars(record.cost)),
            "promptTokens": tokens.prompt,
            "completionTokens": tokens.completion,
            "totalTokens": tokens.total,
            "latencyMs": record.duration_ms,
        },
    }


def read_webhook(source: Json, organization: str) -> RequestWebhook:
    """Raises InvalidRequest, which names the field."""
    fields = Fields(source, "The webhook")
    webhook_id, url = fields.id(), fields.needed_text("url", most=2000)
    check_url(fields, "url", url)
    sample = fields.decimal("sample_percent")
    percent = 100.0 if sample is None else float(sample)
    if not 0 <= percent <= 100:
        raise fields.refused("sample_percent", f"is {percent:g}; it must be from 0 to 100")
    webhook = RequestWebhook(
        id=webhook_id,
        url=url,
        organization=organization,
        sample_percent=percent,
        properties={name.lower(): value for name, value in fields.named_texts("properties").items()},
        include_data=fields.flag("include_data", default=True),
        enabled=fields.flag("enabled", default=True),
    )
    fields.end()
    return webhook


def webhook_fields(webhook: RequestWebhook) -> JsonObject:
    fields = written(id=webhook.id, url=webhook.url, properties=dict(webhook.properties))
    percent = webhook.sample_percent
    return {
        **fields,
        "sample_percent": int(percent) if percent == int(percent) else percent,
        "include_data": webhook.include_data,
        "enabled": webhook.enabled,
    }


def _text(body: bytes | None) -> str | None:
    """A body that is too large is replaced by a word of it."""
    if body is None or len(body) <= LARGEST_BODY:
        return None if body is None else body.decode(errors="replace")
    return f"The body has {len(body):,} bytes, more than the {LARGEST_BODY:,} that a webhook carries."
