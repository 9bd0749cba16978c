from dataclasses import dataclass, field

import pytest

from ai_gateway.core.prompts.versions import Prompt
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.prompts.editing import Editing, Editor, NewVersion
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf
from tests.fakes import FakeClock, FakePrompts

ANN = Editor("acme", "ann")


def said(text: str, **fields: object) -> JsonObject:
    return {"messages": [{"role": "system", "content": text}], **fields}


@dataclass(slots=True)
class Office:
    """The services of prompts among fakes."""

    prompts: FakePrompts = field(default_factory=FakePrompts)
    clock: FakeClock = field(default_factory=FakeClock)
    shelf: Shelf = field(init=False)
    finder: PromptFinder = field(init=False)
    editing: Editing = field(init=False)
    releases: Releases = field(init=False)
    library: Library = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.prompts, self.clock, remember=20, patience=0.01)
        self.finder = PromptFinder(self.shelf)
        self.editing = Editing(self.prompts, self.clock)
        self.releases = Releases(self.editing, PromptFinder(Shelf(self.prompts, self.clock, remember=0)))
        self.library = Library(self.editing, self.releases)

    async def created(self, prompt_id: str, text: str, *environments: str) -> Prompt:
        prompt, _ = await self.library.create(
            ANN, prompt_id, NewVersion(said(text)), prompt_id=prompt_id, environments=environments or ("production",)
        )
        return prompt

    async def saved(self, prompt_id: str, text: str, environment: str | None = None) -> Prompt:
        new = NewVersion(said(text), "changed", environment=environment)
        prompt, _ = await self.library.save(ANN, prompt_id, new)
        self.clock.now += 1
        return prompt


@pytest.fixture
def office() -> Office:
    return Office()
