"""The composition root: settings and adapters in, a running gateway out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.credentials import ProviderCredentials
from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
from ai_gateway.adapters.secrets import Secrets
from ai_gateway.core.context import Retries, Timeouts
from ai_gateway.ports import Configurations, Records, Upstream
from ai_gateway.runtime.settings import Settings
from ai_gateway.services.attempting import Attempts
from ai_gateway.services.authentication import Authenticator
from ai_gateway.services.gateway import Gateway
from ai_gateway.services.health import Health
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.shelf import Shelf
from ai_gateway.services.routes import Routes
from ai_gateway.web.app import GatewayApp, create_app
from ai_gateway.web.chat import ChatEndpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Adapters:
    """What differs between a laptop and Lambda. `without_key` are providers called without credentials; `close`
    is awaited when the server tells the application that it ends; `load_console` gives what serves every other path.
    """

    upstream: Upstream
    secrets: Secrets
    records: Records
    configurations: Configurations
    dynamodb: "DynamoDBClient"
    without_key: frozenset[str] = frozenset()
    close: Callable[[], Awaitable[None]] | None = None
    load_console: Callable[[], ASGIApp] | None = None


def wire(settings: Settings, adapters: Adapters) -> GatewayApp:
    clock = SystemClock()
    authenticator = Authenticator(
        DynamoDBCallers(adapters.dynamodb, settings.table), clock, remember=settings.key_cache
    )
    attempts = Attempts(
        upstream=adapters.upstream,
        credentials=ProviderCredentials(adapters.secrets, adapters.without_key),
        clock=clock,
        health=Health(clock, settings.cooldown),
        retries=Retries(most=settings.retries),
        timeouts=Timeouts(settings.connect_timeout, settings.first_chunk_timeout, settings.idle_timeout),
    )
    prompts = PromptFinder(
        Shelf(DynamoDBPrompts(adapters.dynamodb, settings.table), clock, remember=settings.prompt_cache)
    )
    gateway = Gateway(authenticator, adapters.configurations, prompts, Routes(), attempts, adapters.records, clock)
    chat = ChatEndpoint(
        gateway, clock, largest_body=settings.largest_body, deadline=settings.deadline, heartbeat=settings.heartbeat
    )
    return create_app(chat, adapters.configurations, authenticator, adapters.close, adapters.load_console)
