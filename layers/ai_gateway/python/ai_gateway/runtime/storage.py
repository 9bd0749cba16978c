"""Where this machine's gateway keeps its table: the endpoint in the settings, or the embedded emulator."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from ai_gateway.runtime.emulator import Emulator, answers
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.state import State

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

REAL_AWS = "aws"


@dataclass(frozen=True, slots=True)
class Opening:
    """Clients of the table's home: AWS itself without an `endpoint_url`. Calling it waits until the home answers, makes
    the table where the stack does not, and gives a client of it; `secrets_manager` waits for nothing.

    An emulator takes any credentials, and gets none of the real ones.
    """

    settings: Settings
    environment: Mapping[str, str]
    endpoint_url: str | None
    emulated: bool
    wait: Callable[[], None] = lambda: None

    def __call__(self) -> "DynamoDBClient":
        from ai_gateway.adapters.dynamodb.table import ensure_table

        client = self._session().client("dynamodb", endpoint_url=self.endpoint_url, config=_config())
        self.wait()
        if self.settings.aws_endpoint_url != REAL_AWS:
            ensure_table(client, self.settings.table)
        return client

    def secrets_manager(self) -> "SecretsManagerClient":
        return self._session().client("secretsmanager", endpoint_url=self.endpoint_url, config=_config())

    def sns(self, region: str) -> "SNSClient":
        return self._session(region).client("sns", endpoint_url=self.endpoint_url, config=_config())

    def ses(self) -> "SESV2Client":
        return self._session().client("sesv2", endpoint_url=self.endpoint_url, config=_config())

    def sqs(self) -> "SQSClient":
        return self._session().client("sqs", endpoint_url=self.endpoint_url, config=_config())

    def webhook_queue(self) -> str:
        """The URL of the queue of webhooks, made where the emulator has none yet; empty where there is no queue."""
        from ai_gateway.adapters.sqs import ensure_queues

        if self.settings.webhook_queue or not self.emulated:
            return self.settings.webhook_queue
        return ensure_queues(self.sqs(), f"{self.settings.table}-webhooks")

    def _session(self, region: str = "") -> "Session":
        region = (
            region or self.environment.get("AWS_REGION") or self.environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        )
        return _session("emulated" if self.emulated else None, region)


@contextmanager
def storage(settings: Settings, state: State, environment: Mapping[str, str]) -> Iterator[Opening]:
    """Starts the emulator when one is needed and none runs yet; it ends with the context."""
    endpoint = settings.aws_endpoint_url
    if endpoint is not None:
        keyed = bool(environment.get("AWS_ACCESS_KEY_ID") or environment.get("AWS_PROFILE"))
        url = None if endpoint == REAL_AWS else endpoint
        yield Opening(settings, environment, url, emulated=url is not None and not keyed)
        return
    running = state.running_emulator()
    if running is not None and answers(running):
        yield Opening(settings, environment, running, emulated=True)
        return
    emulator = Emulator(free_port(), state.emulator_folder)
    state.remember_emulator(emulator.url)
    try:
        yield Opening(settings, environment, emulator.url, emulated=True, wait=emulator.wait)
    finally:
        emulator.stop()


def surrounding_environment() -> dict[str, str]:
    """`.env` in the working directory, under what the shell exports."""
    return {**{name: value for name, value in dotenv_values(".env").items() if value}, **os.environ}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@cache
def _session(key: str | None, region: str) -> "Session":
    """One for all clients: it keeps the descriptions of services that it has read."""
    import boto3

    return boto3.Session(aws_access_key_id=key, aws_secret_access_key=key, region_name=region)


def _config() -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=3,
        read_timeout=10,
        max_pool_connections=32,
        parameter_validation=False,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
