"""The console on Lambda: the table of the stack, and the gateway at another URL."""

import os
from collections.abc import Mapping

from starlette.types import ASGIApp

from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions
from ai_gateway.runtime import collector
from ai_gateway.runtime.aws.alerts import alert_clients
from ai_gateway.runtime.aws.clients import PATIENT, Clients
from ai_gateway.runtime.aws.configurations import configurations_of, surroundings_of
from ai_gateway.runtime.console import create_console_app
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.telemetry import log_as_json


def create_app(environment: Mapping[str, str] = os.environ) -> ASGIApp:
    """Everything that lives as long as the process."""
    log_as_json(environment.get("AWS_LAMBDA_LOG_LEVEL") or "INFO")
    settings = Settings()
    clients = alert_clients(Clients(environment, settings.aws_endpoint_url, PATIENT))
    additions = DynamoDBAdditions(clients.dynamodb, settings.table)
    app = create_console_app(settings, clients, configurations_of(surroundings_of(environment, settings), additions))
    collector.relax()
    return app
