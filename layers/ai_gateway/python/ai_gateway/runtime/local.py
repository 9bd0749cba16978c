"""The gateway on a laptop: embedded AWS emulator, provider keys from the environment, the simulator for the rest."""

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from dotenv import dotenv_values

from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions, DynamoDBConfigurations
from ai_gateway.adapters.dynamodb.records import BackgroundRecords, DynamoDBRecords
from ai_gateway.adapters.dynamodb.table import ensure_table
from ai_gateway.adapters.secrets import EnvironmentSecrets
from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.additions import Additions
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.ports import Configuration
from ai_gateway.runtime.access import Surroundings, access_from, with_own_base_url
from ai_gateway.runtime.emulator import Emulator, answers
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.simulator import Simulator
from ai_gateway.runtime.state import State
from ai_gateway.runtime.wiring import Adapters, dynamodb_client, wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DEMO_DEPLOYMENT = Deployment("my-deployment", "azure", "gpt-4o", options={"deployment": "my-deployment"})
"""What the README's `gpt-4o/azure/my-deployment` finds while Azure is simulated."""


@dataclass(frozen=True, slots=True)
class Options:
    port: int = 8787
    host: str = "127.0.0.1"
    ephemeral: bool = False
    simulate: bool = False


@contextmanager
def storage(settings: Settings, state: State, environment: Mapping[str, str]) -> Iterator["DynamoDBClient"]:
    """A client of the table: of the endpoint in the settings, of the emulator that already runs, or of one started."""
    if settings.aws_endpoint_url is not None:
        real = settings.aws_endpoint_url == "aws"
        has_keys = bool(environment.get("AWS_ACCESS_KEY_ID") or environment.get("AWS_PROFILE"))
        url = None if real else settings.aws_endpoint_url
        yield dynamodb_client(url, emulated=not real and not has_keys, environment=environment)
        return
    running = state.running_emulator()
    if running is not None and answers(running):
        yield dynamodb_client(running, emulated=True, environment=environment)
        return
    emulator = Emulator(free_port(), state.emulator_folder)
    state.remember_emulator(emulator.url)
    try:
        client = dynamodb_client(emulator.url, emulated=True, environment=environment)
        emulator.wait()
        yield client
    finally:
        emulator.stop()


def run(settings: Settings, options: Options) -> None:
    """Serve until interrupted."""
    environment = surrounding_environment()
    state = State.at(settings.state_dir, ephemeral=options.ephemeral)
    with ExitStack() as stack:
        dynamodb = stack.enter_context(storage(settings, state, environment))
        simulator = stack.enter_context(Simulator())
        if settings.aws_endpoint_url != "aws":
            ensure_table(dynamodb, settings.table)
        key = settings.key.get_secret_value() if settings.key else state.gateway_key()
        DynamoDBCallers(dynamodb, settings.table).put(hash_key(key), Caller("local", "This laptop"), created=0)
        # The writer's thread must not keep the event loop waiting for the interpreter for the usual 5 ms.
        sys.setswitchinterval(0.0005)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, options, environment, dynamodb, simulator.url, key))


def surrounding_environment() -> dict[str, str]:
    """`.env` in the working directory, under what the shell exports."""
    return {**{name: value for name, value in dotenv_values(".env").items() if value}, **os.environ}


async def _serve(
    settings: Settings,
    options: Options,
    environment: Mapping[str, str],
    dynamodb: "DynamoDBClient",
    simulator: str,
    key: str,
) -> None:
    configurations, without_key = local_configurations(
        settings, environment, DynamoDBAdditions(dynamodb, settings.table), simulator, simulate_all=options.simulate
    )
    configuration = await configurations.current()
    upstream = AiohttpUpstream()
    records = BackgroundRecords(DynamoDBRecords(dynamodb, settings.table, settings.retention))
    app = wire(
        settings,
        Adapters(
            upstream=upstream,
            secrets=EnvironmentSecrets(environment, PROVIDERS),
            records=records,
            configurations=configurations,
            dynamodb=dynamodb,
            without_key=without_key,
        ),
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=options.host,
            port=options.port,
            log_level="warning",
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
        )
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    announcing = asyncio.create_task(_announce(server, options, configuration, key))
    try:
        await server.serve()
    finally:
        announcing.cancel()
        await records.flush()
        await upstream.close()


def local_configurations(
    settings: Settings,
    environment: Mapping[str, str],
    additions: DynamoDBAdditions,
    simulator: str | None,
    *,
    simulate_all: bool,
) -> tuple[DynamoDBConfigurations, frozenset[str]]:
    """The configurations, and the providers that may be called without a key: those whose base URL was set here."""
    surroundings = Surroundings(
        environment, EnvironmentSecrets(environment, PROVIDERS).names(), settings.allow_private_base_urls
    )

    def compose(added: Additions) -> Configuration:
        access = access_from(
            surroundings,
            PROVIDERS,
            simulator=simulator,
            simulate_all=simulate_all or settings.simulate,
            additions=added,
        )
        azure = access.providers.get(DEMO_DEPLOYMENT.provider)
        if azure is not None and azure.simulated:
            access = replace(access, deployments={DEMO_DEPLOYMENT.id: DEMO_DEPLOYMENT, **access.deployments})
        return Configuration(Catalog.standard(), access)

    return DynamoDBConfigurations(additions, compose), with_own_base_url(surroundings, PROVIDERS)


async def _announce(server: uvicorn.Server, options: Options, configuration: Configuration, key: str) -> None:
    while not server.started:  # noqa: ASYNC110  uvicorn tells it by a flag only
        await asyncio.sleep(0.01)
    print(greeting(f"http://{options.host}:{options.port}", configuration, key), flush=True)


def greeting(url: str, configuration: Configuration, key: str) -> str:
    ways = configuration.access.providers
    real = sorted(name for name, way in ways.items() if not way.simulated)
    simulated = len(ways) - len(real)
    return f"""
ai-gateway at {url}   gateway key: {key}
providers with credentials: {", ".join(real) or "none"}; {simulated} simulated (answers carry Gateway-Simulated: true)

  curl {url}/v1/chat/completions -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello"}}]}}'

  from openai import OpenAI
  client = OpenAI(base_url="{url}/v1", api_key="{key}")
  answer = client.chat.completions.create(
      model="claude-sonnet-4", messages=[{{"role": "user", "content": "Hello"}}])
  print(answer.choices[0].message.content)
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
