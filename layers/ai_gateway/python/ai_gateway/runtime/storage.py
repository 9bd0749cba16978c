"""Where this machine's gateway keeps its table: the endpoint in the settings, or the embedded emulator."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from dotenv import dotenv_values

from ai_gateway.runtime.emulator import Emulator, answers
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.state import State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Opening: TypeAlias = "Callable[[], DynamoDBClient]"
"""Waits until the table's home answers, makes the table where the stack does not, and gives a client."""

REAL_AWS = "aws"


@contextmanager
def storage(settings: Settings, state: State, environment: Mapping[str, str]) -> Iterator[Opening]:
    """Starts the emulator when one is needed and none runs yet; it ends with the context."""
    endpoint = settings.aws_endpoint_url
    if endpoint is not None:
        keyed = bool(environment.get("AWS_ACCESS_KEY_ID") or environment.get("AWS_PROFILE"))
        url = None if endpoint == REAL_AWS else endpoint
        yield lambda: _opened(settings, dynamodb_client(url, environment, emulated=url is not None and not keyed))
        return
    running = state.running_emulator()
    if running is not None and answers(running):
        yield lambda: _opened(settings, dynamodb_client(running, environment, emulated=True))
        return
    emulator = Emulator(free_port(), state.emulator_folder)
    state.remember_emulator(emulator.url)

    def opening() -> "DynamoDBClient":
        client = dynamodb_client(emulator.url, environment, emulated=True)
        emulator.wait()
        return _opened(settings, client)

    try:
        yield opening
    finally:
        emulator.stop()


def dynamodb_client(endpoint_url: str | None, environment: Mapping[str, str], *, emulated: bool) -> "DynamoDBClient":
    """A client of AWS itself (no endpoint), or of whatever stands at the endpoint. An emulator takes any credentials,
    and gets none of the real ones.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=3,
        read_timeout=10,
        max_pool_connections=32,
        parameter_validation=False,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
    key = "emulated" if emulated else None
    return boto3.client(
        "dynamodb",
        region_name=region,
        endpoint_url=endpoint_url,
        config=config,
        aws_access_key_id=key,
        aws_secret_access_key=key,
    )


def surrounding_environment() -> dict[str, str]:
    """`.env` in the working directory, under what the shell exports."""
    return {**{name: value for name, value in dotenv_values(".env").items() if value}, **os.environ}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _opened(settings: Settings, client: "DynamoDBClient") -> "DynamoDBClient":
    from ai_gateway.adapters.dynamodb.table import ensure_table

    if settings.aws_endpoint_url != REAL_AWS:
        ensure_table(client, settings.table)
    return client
