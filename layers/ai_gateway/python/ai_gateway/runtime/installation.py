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


class NotReached(ValueError):
    """The stack is not there, or AWS does not let this user do what the command does."""


@dataclass(frozen=True, slots=True)
class Installation:
    """`allow_private` says whether its gateway calls base URLs that point to private addresses."""

    dynamodb: "DynamoDBClient"
    table: str
    secrets: SecretsManagerSecrets
    allow_private: bool


@contextmanager
def installation(settings: Settings, stack: str | None) -> Iterator[Installation]:
    """The stack's, found with the credentials and the region that AWS's own tools would use; without a stack, this
    machine's. Raises NotReached, also for what AWS refuses while the context lasts.
    """
    try:
        if stack is not None:
            yield _deployed(stack)
            return
        state = State.at(settings.state_dir, ephemeral=False)
        with storage(settings, state, surrounding_environment()) as opening:
            secrets = SecretsManagerSecrets(opening.secrets_manager(), settings.secrets_prefix)
            yield Installation(opening(), settings.table, secrets, settings.allow_private_base_urls)
    except (BotoCoreError, ClientError) as error:
        raise NotReached(f"{error} (AWS_PROFILE and AWS_REGION say which account and region are asked.)") from error


def _deployed(name: str) -> Installation:
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    if not {"TableName", "SecretsPrefix"} <= outputs.keys():
        raise NotReached(
            f"The stack {name!r} ({stack['StackStatus']}) is no ai-gateway: it has no table among its outputs."
        )
    secrets = SecretsManagerSecrets(boto3.client("secretsmanager"), outputs["SecretsPrefix"])
    allow_private = _parameters(stack).get("PrivateBaseUrls") == "true"
    return Installation(boto3.client("dynamodb"), outputs["TableName"], secrets, allow_private)


def _parameters(stack: "StackTypeDef") -> dict[str, str]:
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", ())}
