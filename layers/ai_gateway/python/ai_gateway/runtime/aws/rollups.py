"""The rollups on Lambda: a handler for the events that EventBridge Scheduler sends."""

import os
from collections.abc import Mapping

from ai_gateway.runtime import collector
from ai_gateway.runtime.aws.clients import PATIENT, Clients
from ai_gateway.runtime.rollups import rollup_run
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.telemetry import Handler, LambdaContext, log_as_json, naming


def create_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """Of events `{"task": "catch-up"}` and `{"task": "repair"}`. A run that fails raises, so that Lambda counts it and
    runs it again.
    """
    log_as_json(environment.get("AWS_LAMBDA_LOG_LEVEL") or "INFO")
    settings = Settings()
    run = rollup_run(settings, Clients(environment, settings.aws_endpoint_url, PATIENT).dynamodb())
    tasks = {"catch-up": run.catch_up, "repair": run.repair}

    collector.relax()

    def handler(event: Mapping[str, object], _context: LambdaContext) -> None:
        tasks[str(event["task"])]()

    return naming(handler)
