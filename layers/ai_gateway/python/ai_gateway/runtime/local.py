"""The gateway on a laptop: embedded AWS emulator, provider keys from the environment, the simulator for the rest."""

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

import uvicorn
import uvloop

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.alert_definitions import DynamoDBAlertDefinitions
from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions, DynamoDBConfigurations
from ai_gateway.adapters.dynamodb.writing import BackgroundWriter, BatchWriter, RecordWriter
from ai_gateway.adapters.secrets import EnvironmentSecrets, SecretsInTurn, SecretsManagerSecrets
from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.additions import Additions
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.core.dialects import DIALECTS
from ai_gateway.ports import Configuration, Records, Traces
from ai_gateway.ports.alerts import WebhookQueue
from ai_gateway.runtime import collector
from ai_gateway.runtime.access import Surroundings, access_from, with_own_base_url
from ai_gateway.runtime.alerts import AlertClients
from ai_gateway.runtime.console import create_console_app
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.simulator import Simulator
from ai_gateway.runtime.tracing import traces_of, wants_content
from ai_gateway.runtime.wiring import Adapters, wire
from ai_gateway.services.alerts.request_webhooks import ToldRecords
from ai_gateway.services.tracing import TracedRecords

DEMO_DEPLOYMENT = Deployment("my-deployment", "azure", "gpt-4o", options={"deployment": "my-deployment"})
"""What the README's `gpt-4o/azure/my-deployment` finds while Azure is simulated."""


@dataclass(frozen=True, slots=True)
class Laptop:
    """What one run serves with. `key` is the gateway key that is seeded and shown."""

    settings: Settings
    environment: Mapping[str, str]
    clients: AlertClients
    webhooks: WebhookQueue | None
    key: str
    host: str = "127.0.0.1"
    port: int = 8787
    simulate: bool = False

    def serve(self) -> None:
        """Serve until interrupted."""
        callers = DynamoDBCallers(self.clients.dynamodb, self.settings.table)
        callers.put(hash_key(self.key), Caller("local", "This laptop", admin=True), created=0)
        with Simulator() as simulator, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve(simulator.url))

    async def _serve(self, simulator: str) -> None:
        configurations, without_key = self._configurations(simulator)
        address = urlsplit(simulator)
        trusted = frozenset({(str(address.hostname), address.port or 0)})
        upstream = AiohttpUpstream(Reach(self.settings.allow_private_base_urls, trusted))
        storage = AiohttpUpstream(Reach(private=True))
        batches = BatchWriter(self.clients.dynamodb, self.settings.table, storage)
        records = BackgroundWriter(RecordWriter(batches, self.settings.retention))
        traces = traces_of(self.environment, None, at_once=False)
        app = wire(
            self.settings,
            Adapters(
                upstream=upstream,
                secrets=SecretsInTurn(
                    EnvironmentSecrets(self.environment, PROVIDERS),
                    SecretsManagerSecrets(self.clients.secrets_manager, self.settings.secrets_prefix),
                ),
                records=self._traced(self._told(records), traces),
                configurations=configurations,
                dynamodb=self.clients.dynamodb,
                without_key=without_key,
                load_console=partial(create_console_app, self.settings, self.clients, configurations),
            ),
        )
        server = _Server(
            uvicorn.Config(
                app,
                host=self.host,
                port=self.port,
                log_level="warning",
                access_log=False,
                lifespan="off",
                proxy_headers=False,
                server_header=False,
            )
        )
        # A server has the time that a cold start has not: no request waits for an import.
        tuple(DIALECTS.values())
        collector.relax()
        for signum in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signum, server.handle_exit, signum, None)
        announcing = asyncio.create_task(self._announce(server, await configurations.current()))
        try:
            await server.serve()
        finally:
            announcing.cancel()
            await records.flush()
            if traces is not None:
                await traces.close()
            await upstream.close()
            await storage.close()

    def _told(self, records: Records) -> Records:
        if self.webhooks is None:
            return records
        definitions = DynamoDBAlertDefinitions(self.clients.dynamodb, self.settings.table)
        return ToldRecords(records, definitions, self.webhooks, SystemClock())

    def _traced(self, records: Records, traces: Traces | None) -> Records:
        return TracedRecords(records, traces, content=wants_content(self.environment)) if traces else records

    def _configurations(self, simulator: str) -> tuple[DynamoDBConfigurations, frozenset[str]]:
        """The configurations, and the providers that are called without a key: those whose base URL was set here."""
        with_key = EnvironmentSecrets(self.environment, PROVIDERS).names()
        surroundings = Surroundings(self.environment, with_key, self.settings.allow_private_base_urls)
        simulate_all = self.simulate or self.settings.simulate

        def compose(additions: Additions, day: str) -> Configuration:
            access = access_from(
                surroundings, PROVIDERS, simulator=simulator, simulate_all=simulate_all, additions=additions
            )
            if access.providers[DEMO_DEPLOYMENT.provider].simulated:
                access = replace(access, deployments={DEMO_DEPLOYMENT.id: DEMO_DEPLOYMENT, **access.deployments})
            return Configuration(Catalog.standard(day), access)

        additions = DynamoDBAdditions(self.clients.dynamodb, self.settings.table)
        return DynamoDBConfigurations(additions, compose), with_own_base_url(surroundings, PROVIDERS)

    async def _announce(self, server: uvicorn.Server, configuration: Configuration) -> None:
        while not server.started:  # noqa: ASYNC110  uvicorn tells it by a flag only
            await asyncio.sleep(0.01)
        print(greeting(f"http://{self.host}:{self.port}", configuration, self.key), flush=True)


class _Server(uvicorn.Server):
    """Raises no signal again after it has ended: that would cancel the writing of the last records."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def greeting(url: str, configuration: Configuration, key: str) -> str:
    ways = configuration.access.providers
    real = sorted(name for name, way in ways.items() if not way.simulated)
    simulated = len(ways) - len(real)
    return f"""
ai-gateway at {url}   gateway key: {key}
dashboard: {url}/login#{key}
providers with credentials: {", ".join(real) or "none"}; {simulated} simulated (answers carry Gateway-Simulated: true)

  curl {url}/v1/chat/completions -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
    -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello"}}]}}'

  from openai import OpenAI
  client = OpenAI(base_url="{url}/v1", api_key="{key}")
  answer = client.chat.completions.create(
      model="claude-sonnet-4", messages=[{{"role": "user", "content": "Hello"}}])
  print(answer.choices[0].message.content)
"""
