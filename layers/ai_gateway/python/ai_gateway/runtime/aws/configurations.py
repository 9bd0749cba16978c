"""What is set up of a stack: the catalog, and the ways into providers that its table and its environment tell."""

from collections.abc import Mapping

from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions, DynamoDBConfigurations
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.additions import Additions
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.ports import Configuration
from ai_gateway.runtime.access import Surroundings, access_from
from ai_gateway.runtime.settings import Settings


def surroundings_of(environment: Mapping[str, str], settings: Settings) -> Surroundings:
    return Surroundings(
        environment, frozenset({"bedrock"} if calls_bedrock(environment) else ()), settings.allow_private_base_urls
    )


def calls_bedrock(environment: Mapping[str, str]) -> bool:
    """Whether the gateway's own role does, without a key."""
    return environment.get("AI_GATEWAY_BEDROCK_ACCESS") == "true"


def configurations_of(surroundings: Surroundings, additions: DynamoDBAdditions) -> DynamoDBConfigurations:
    def compose(added: Additions, day: str) -> Configuration:
        return Configuration(Catalog.standard(day), access_from(surroundings, PROVIDERS, additions=added))

    return DynamoDBConfigurations(additions, compose)
