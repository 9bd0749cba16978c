"""The gateway on Lambda: the table of the stack, provider keys in Secrets Manager, httpx for its short import."""

import asyncio
import os
from collections.abc import Mapping

import boto3
from botocore.config import Config
from starlette.types import ASGIApp

from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions, DynamoDBConfigurations
from ai_gateway.adapters.dynamodb.writing import BatchWriter, RecordWriter
from ai_gateway.adapters.secrets import SecretsManagerSecrets
from ai_gateway.adapters.upstream_httpx import HttpxUpstream
from ai_gateway.core.addresses import AddressRule
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.additions import Additions
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.ports import Configuration
from ai_gateway.runtime.access import Surroundings, access_from
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.wiring import Adapters, wire
from ai_gateway.web.edge import EdgeGuard

SHORT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})


def create_app(environment: Mapping[str, str] = os.environ) -> ASGIApp:
    """Everything that lives as long as the process. Raises ValueError when an edge is set up without its secret."""
    settings = Settings()
    region = environment.get("AWS_REGION")
    endpoint = settings.aws_endpoint_url
    dynamodb = boto3.client("dynamodb", region_name=region, endpoint_url=endpoint, config=SHORT)
    secrets = SecretsManagerSecrets(
        boto3.client("secretsmanager", region_name=region, endpoint_url=endpoint, config=SHORT), settings.secrets_prefix
    )
    surroundings = Surroundings(environment, frozenset(), settings.allow_private_base_urls)

    def compose(additions: Additions) -> Configuration:
        return Configuration(Catalog.standard(), access_from(surroundings, PROVIDERS, additions=additions))

    upstream, storage = HttpxUpstream(AddressRule(settings.allow_private_base_urls)), HttpxUpstream(None)
    app: ASGIApp = wire(
        settings,
        Adapters(
            upstream=upstream,
            secrets=secrets,
            records=RecordWriter(BatchWriter(dynamodb, settings.table, storage), settings.retention),
            configurations=DynamoDBConfigurations(DynamoDBAdditions(dynamodb, settings.table), compose),
            dynamodb=dynamodb,
            close=upstream.close,
        ),
    )
    name = environment.get("AI_GATEWAY_EDGE_SECRET")
    return EdgeGuard(app, _edge_secret(secrets, name)) if name else app


def _edge_secret(secrets: SecretsManagerSecrets, name: str) -> str:
    return (asyncio.run(secrets.get(name)) or {}).get("api_key", "")
