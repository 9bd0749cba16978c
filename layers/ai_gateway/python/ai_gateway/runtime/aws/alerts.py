"""Alerts on Lambda: a handler for the events of EventBridge Scheduler, and for those of the queue of webhooks."""

import asyncio
import logging
import os
from collections.abc import Mapping

from ai_gateway.adapters.sqs import read_call
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.wire import JsonObject, objects, text
from ai_gateway.ports.alerts import DeliveryFailed
from ai_gateway.runtime import collector
from ai_gateway.runtime.alerts import AlertClients, Alerts, wire_alerts
from ai_gateway.runtime.aws.clients import PATIENT, Clients
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.telemetry import Handler, LambdaContext, log_as_json, naming

log = logging.getLogger(__name__)


def create_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """Of the event `{"task": "evaluate"}`, after which a run that fails raises, and of batches of SQS, of which the
    answer names the messages that are to come again.
    """
    log_as_json(environment.get("AWS_LAMBDA_LOG_LEVEL") or "INFO")
    settings = Settings()
    clients = Clients(environment, settings.aws_endpoint_url, PATIENT)
    alerts = wire_alerts(settings, alert_clients(clients))

    collector.relax()

    def handler(event: Mapping[str, object], _context: LambdaContext) -> object:
        if "Records" in event:
            return asyncio.run(_call(alerts, objects(dict(event), "Records")))
        outcome = asyncio.run(alerts.alerting.run())
        log.info("%d rules, %d changes, %d messages sent", outcome.rules, outcome.changes, outcome.sent)
        return None

    return naming(handler)


def alert_clients(clients: Clients) -> AlertClients:
    return AlertClients(clients.dynamodb(), clients.secrets_manager(), clients.sns, clients.ses)


async def _call(alerts: Alerts, messages: list[JsonObject]) -> JsonObject:
    failed = await asyncio.gather(*(_failed(alerts, text(message, "body")) for message in messages))
    again = [text(message, "messageId") for message, fails in zip(messages, failed, strict=True) if fails]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in again]}


async def _failed(alerts: Alerts, body: str) -> bool:
    call = read_call(body)
    try:
        await alerts.calls.make(call)
    except (DeliveryFailed, GatewayError) as error:
        log.warning("The webhook %s was not told of %s: %s", call.webhook, call.request, error)
        return True
    return False
