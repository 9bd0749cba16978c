"""`ai-gateway alerts pull` and `push`: all that is set up of alerts as one YAML file."""

import asyncio
import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from ai_gateway.core.errors import GatewayError
from ai_gateway.core.wire import JsonObject
from ai_gateway.runtime.alerts import AlertClients, wire_alerts
from ai_gateway.runtime.installation import installation
from ai_gateway.runtime.plain_yaml import read_yaml, write_yaml
from ai_gateway.runtime.settings import Settings
from ai_gateway.services.alerts.documents import SECTIONS, Definitions, Documents

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

SECRET = "AI_GATEWAY_SECRET_"  # noqa: S105  where a secret is
"""And the id in capitals, with underscores: the environment variable that has a destination's or webhook's secret."""


def alerts(settings: Settings, options: Namespace) -> str:
    """Raises ValueError for what cannot be done, with what to do instead."""
    with installation(settings, options.stack) as found:
        wired = wire_alerts(found.settings, AlertClients(found.dynamodb, found.secrets_manager, _sns))
        documents = Documents(wired.desk, wired.places)
        path = Path(options.file)
        try:
            if options.action == "pull":
                path.write_text(
                    write_yaml(_written(asyncio.run(documents.pull(options.organization)))), encoding="utf-8"
                )
                return f"{path}: pulled"
            return asyncio.run(_push(documents, options, read(path)))
        except GatewayError as error:
            raise ValueError(f"{path}: {error.message}") from error


def read(path: Path) -> Definitions:
    """What a file says. Raises ValueError for one that is no such file."""
    try:
        found = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(found, dict) or not set(found) <= set(SECTIONS):
        raise ValueError(f"{path} must hold {', '.join(SECTIONS)}, any of them and nothing else.")
    return {section: _definitions(found.get(section) or {}, f"{path}: {section}") for section in SECTIONS}


def secret_of(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    return environment.get(SECRET + name.upper().replace("-", "_"))


def _sns(region: str) -> "SNSClient":
    return boto3.client("sns", region)


async def _push(documents: Documents, options: Namespace, wanted: Definitions) -> str:
    steps = await documents.plan(options.organization, wanted, secret_of, prune=options.prune)
    if options.dry_run:
        told = [f"{step} (not done)" for step in steps]
    else:
        told = await documents.apply(options.organization, steps)
    return "\n".join(told) or "Nothing to push: all is as the file says."


def _definitions(found: object, what: str) -> Mapping[str, JsonObject]:
    if not isinstance(found, dict) or not all(isinstance(fields, dict) for fields in found.values()):
        raise ValueError(f"{what} must be definitions by their ids.")
    return {str(name): fields for name, fields in found.items()}


def _written(definitions: Definitions) -> JsonObject:
    return {section: dict(found) for section, found in definitions.items() if found}
