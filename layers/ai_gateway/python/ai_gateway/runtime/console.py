"""The console wired: what its pages and its API ask of the table."""

from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from ai_gateway.ports import Configurations
from ai_gateway.runtime.settings import Settings

if TYPE_CHECKING:
    from ai_gateway.runtime.alerts import AlertClients


def create_console_app(settings: Settings, clients: "AlertClients", configurations: Configurations) -> ASGIApp:
    from ai_gateway.adapters.clock import SystemClock
    from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
    from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
    from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
    from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
    from ai_gateway.adapters.dynamodb.sign_ins import DynamoDBSignIns
    from ai_gateway.runtime.alerts import wire_alerts
    from ai_gateway.services.analytics import Analytics
    from ai_gateway.services.authentication import Authenticator
    from ai_gateway.services.gateway_keys import KeyLender
    from ai_gateway.services.prompts.editing import Editing
    from ai_gateway.services.prompts.finding import PromptFinder
    from ai_gateway.services.prompts.library import Library
    from ai_gateway.services.prompts.previews import Previews
    from ai_gateway.services.prompts.releases import Releases
    from ai_gateway.services.prompts.shelf import Shelf
    from ai_gateway.services.requests import Requests
    from ai_gateway.services.signing_in import SigningIn
    from ai_gateway.web.console.app import Console, create_console

    clock, table, dynamodb = SystemClock(), settings.table, clients.dynamodb
    alerts = wire_alerts(settings, clients)
    callers = DynamoDBCallers(dynamodb, table)
    authenticator = Authenticator(callers, clock, remember=settings.key_cache)
    prompts = DynamoDBPrompts(dynamodb, table)
    finder = PromptFinder(Shelf(prompts, clock, remember=0))
    editing = Editing(prompts, clock)
    records, rollups = DynamoDBRecords(dynamodb, table), DynamoDBRollups(dynamodb, table)
    return create_console(
        Console(
            SigningIn(DynamoDBSignIns(dynamodb, table), authenticator, clock),
            Library(editing, Releases(editing, finder)),
            Previews(finder),
            Analytics(records, rollups, clock),
            Requests(records, rollups, clock),
            alerts.desk,
            alerts.places,
            configurations,
            KeyLender(callers, clock),
            settings.gateway_url.rstrip("/"),
        )
    )
