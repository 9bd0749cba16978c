"""A console among fakes."""

from starlette.types import ASGIApp

from ai_gateway.core.catalog import Catalog
from ai_gateway.ports import Configuration
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
from tests.fakes import (
    FakeCallers,
    FakeClock,
    FakePrompts,
    FakeRollups,
    FakeSignIns,
    FakeTable,
    FixedConfigurations,
    access,
)
from tests.unit.alerts.fakes import AlertWorld


def console_of(table: FakeTable, clock: FakeClock, callers: FakeCallers) -> ASGIApp:
    prompts = FakePrompts()
    editing = Editing(prompts, clock)
    finder = PromptFinder(Shelf(prompts, clock, remember=0))
    return create_console(
        Console(
            SigningIn(FakeSignIns(), Authenticator(callers, clock, remember=0), clock),
            Library(editing, Releases(editing, finder)),
            Previews(finder),
            Analytics(table, FakeRollups(), clock),
            Requests(table, FakeRollups(), clock),
            AlertWorld().desk(),
            AlertWorld().places(),
            FixedConfigurations(Configuration(Catalog.standard(), access("openai"))),
            KeyLender(callers, clock),
        )
    )
