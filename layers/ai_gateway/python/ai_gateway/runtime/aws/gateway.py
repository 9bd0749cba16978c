"""The gateway on Lambda: provider keys in Secrets Manager, httpx for its short import.

Providers are those that the operator set in the table, and Bedrock where the stack lets the function's role call it.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions
from ai_gateway.adapters.dynamodb.writing import BatchWriter, RecordWriter
from ai_gateway.adapters.secrets import RoleSecrets, Secrets, SecretsInTurn, SecretsManagerSecrets
from ai_gateway.adapters.upstream_httpx import HttpxUpstream
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.ports import Records
from ai_gateway.runtime.access import with_own_base_url
from ai_gateway.runtime.aws.clients import SHORT, Clients
from ai_gateway.runtime.aws.configurations import calls_bedrock, configurations_of, surroundings_of
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.telemetry import MeasuredRecords, Named, log_as_json, trace_header
from ai_gateway.runtime.wiring import Adapters, wire
from ai_gateway.runtime.xray import traced_records
from ai_gateway.web.edge import EdgeGuard

if TYPE_CHECKING:
    from ai_gateway.adapters.otlp import OtlpTraces


def create_app(environment: Mapping[str, str] = os.environ) -> ASGIApp:
    """Everything that lives as long as the process. Raises ValueError when an edge is set up without its secret, and
    StoreUnavailable when that cannot be read.
    """
    log_as_json(environment.get("AWS_LAMBDA_LOG_LEVEL") or "INFO")
    settings = Settings()
    clients = Clients(environment, settings.aws_endpoint_url, SHORT)
    dynamodb = clients.dynamodb()
    stored = SecretsManagerSecrets(clients.secrets_manager(), settings.secrets_prefix)
    role = clients.session.get_credentials() if calls_bedrock(environment) else None
    secrets: Secrets = SecretsInTurn(stored, RoleSecrets(role)) if role else stored
    surroundings = surroundings_of(environment, settings)
    upstream, storage = HttpxUpstream(Reach(settings.allow_private_base_urls)), HttpxUpstream(Reach(private=True))
    batches = BatchWriter(dynamodb, settings.table, storage)

    traces = _traces(environment, stored)

    async def close() -> None:
        if traces is not None:
            await traces.close()
        await upstream.close()
        await storage.close()

    gateway = wire(
        settings,
        Adapters(
            upstream=upstream,
            secrets=secrets,
            records=traced_records(
                MeasuredRecords(
                    _traced(_told(RecordWriter(batches, settings.retention), settings, clients), traces, environment),
                    environment.get("AI_GATEWAY_STAGE", "dev"),
                ),
                trace_header,
                environment,
            ),
            configurations=configurations_of(surroundings, DynamoDBAdditions(dynamodb, settings.table)),
            dynamodb=dynamodb,
            without_key=with_own_base_url(surroundings, PROVIDERS),
            close=close,
        ),
    )
    app = Named(gateway)
    name = environment.get("AI_GATEWAY_EDGE_SECRET")
    return EdgeGuard(app, (stored.read(name) or {}).get("api_key", "")) if name else app


def _told(records: Records, settings: Settings, clients: Clients) -> Records:
    if not settings.webhook_queue:
        return records
    from ai_gateway.adapters.dynamodb.alert_definitions import DynamoDBAlertDefinitions
    from ai_gateway.adapters.sqs import SqsWebhookQueue
    from ai_gateway.services.alerts.request_webhooks import ToldRecords

    definitions = DynamoDBAlertDefinitions(clients.dynamodb(), settings.table)
    return ToldRecords(records, definitions, SqsWebhookQueue(clients.sqs, settings.webhook_queue), SystemClock())


def _traces(environment: Mapping[str, str], stored: SecretsManagerSecrets) -> "OtlpTraces | None":
    """None of it is imported where no collector is named."""
    if not any(environment.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("ENDPOINT", "TRACES_ENDPOINT")):
        return None
    from ai_gateway.runtime.tracing import traces_of

    return traces_of(environment, stored.read, at_once=True)


def _traced(records: Records, traces: "OtlpTraces | None", environment: Mapping[str, str]) -> Records:
    if traces is None:
        return records
    from ai_gateway.runtime.tracing import wants_content
    from ai_gateway.services.tracing import TracedRecords

    return TracedRecords(records, traces, content=wants_content(environment))
