"""Whose keys and providers a command changes: those of a deployed stack, or of this machine's gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ai_gateway.adapters.secrets import SecretsManagerSecrets
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.state import State
from ai_gateway.runtime.storage import storage, surrounding_environment

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


class NotReached(ValueError):
    """The stack is not there, or AWS does not let this user do what the command does."""


@dataclass(frozen=True, slots=True)
class Installation:
    """`settings` are as its functions have them, as far as commands need to know."""

    settings: Settings
    dynamodb: "DynamoDBClient"
    secrets_manager: "SecretsManagerClient"

    @property
    def table(self) -> str:
        return self.settings.table

    @property
    def secrets(self) -> SecretsManagerSecrets:
        return SecretsManagerSecrets(self.secrets_manager, self.settings.secrets_prefix)


@contextmanager
def installation(settings: Settings, stack: str | None) -> Iterator[Installation]:
    """The stack's, found with the credentials and the region that AWS's own tools would use; without a stack, this
    machine's. Raises NotReached, also for what AWS refuses while the context lasts.
    """
    try:
        if stack is not None:
            yield _deployed(stack, settings)
            return
        state = State.at(settings.state_dir, ephemeral=False)
        with storage(settings, state, surrounding_environment()) as opening:
            yield Installation(settings, opening(), opening.secrets_manager())
    except (BotoCoreError, ClientError) as error:
        raise NotReached(f"{error} (AWS_PROFILE and AWS_REGION say which account and region are asked.)") from error


def _deployed(name: str, settings: Settings) -> Installation:
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    if not {"TableName", "SecretsPrefix"} <= outputs.keys():
        raise NotReached(
            f"The stack {name!r} ({stack['StackStatus']}) is no ai-gateway: it has no table among its outputs."
        )
    private = _parameters(stack).get("PrivateBaseUrls") == "true"
    there = {
        "table": outputs["TableName"],
        "secrets_prefix": outputs["SecretsPrefix"],
        "allow_private_base_urls": private,
        "allow_private_webhooks": private,
    }
    return Installation(settings.model_copy(update=there), boto3.client("dynamodb"), boto3.client("secretsmanager"))


def _parameters(stack: "StackTypeDef") -> dict[str, str]:
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", ())}
