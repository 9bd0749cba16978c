"""How one edit of a prompt is made: on what is there, by somebody, written whole or not at all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import uuid4

from ai_gateway.core.errors import EditConflict, UnknownPrompt
from ai_gateway.core.prompts import versions
from ai_gateway.core.prompts.asking import unknown_prompt, unknown_version
from ai_gateway.core.prompts.body import check_body
from ai_gateway.core.prompts.versions import (
    Change,
    Move,
    MoveKind,
    Number,
    Origin,
    Prompt,
    Release,
    Summary,
    Version,
    check_revision,
)
from ai_gateway.core.wire import JsonObject, text
from ai_gateway.ports import Clock, Prompts

RACES = 5
"""How often an edit that expects nothing is made when somebody else's comes first."""

Edit: TypeAlias = Callable[[Prompt], Awaitable[Change]]


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits, for which organisation and from where."""

    organization: str
    name: str
    origin: Origin = "api"


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What the next version shall be. `body` is None for what the draft holds. The number follows that of `base`, by
    default the latest version. `environment` is where it is published at once.
    """

    body: JsonObject | None = None
    message: str = ""
    tags: tuple[str, ...] = ()
    base: Number | None = None
    major: bool = False
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Editing:
    prompts: Prompts
    clock: Clock

    async def one(self, organization: str, prompt_id: str) -> Prompt:
        """Raises UnknownPrompt."""
        prompt = await self.prompts.one(organization, prompt_id)
        if prompt is None or prompt.deleted:
            raise unknown_prompt(prompt_id, [known.id for known in await self.prompts.all(organization)])
        return prompt

    async def number(self, organization: str, prompt: Prompt, version: str) -> Number:
        """The number that a version's number or id stands for. Raises UnknownPrompt for an id that is not known."""
        number = versions.parse_number(version)
        if number is not None:
            return number
        found = await self.prompts.find_version(organization, version)
        if found is None or found[0] != prompt.id:
            raise await self._no_version(organization, prompt, version)
        return found[1]

    async def version(self, organization: str, prompt: Prompt, number: Number) -> Version:
        """Raises UnknownPrompt."""
        version = await self.prompts.version(organization, prompt.id, number)
        if version is None:
            raise await self._no_version(organization, prompt, number)
        return version

    async def edit(self, editor: Editor, prompt_id: str, revision: int | None, edit: Edit) -> Change:
        """What `edit` makes of the prompt, written. A change that changes nothing is not. Raises EditConflict when the
        prompt is not at the revision.
        """
        for race in range(RACES):
            prompt = await self.one(editor.organization, prompt_id)
            check_revision(prompt, revision)
            change = await edit(prompt)
            if change == Change(prompt):
                return change
            try:
                return await self.commit(editor, change)
            except EditConflict:
                if revision is not None or race == RACES - 1:
                    raise
        raise AssertionError("the last race is won or raised")

    async def commit(self, editor: Editor, change: Change) -> Change:
        prompt = replace(change.prompt, revision=change.prompt.revision + 1, updated=self.clock.time())
        made = replace(change, prompt=prompt)
        await self.prompts.commit(editor.organization, made)
        return made

    def new_version(self, editor: Editor, number: Number, new: NewVersion, body: JsonObject) -> Version:
        """Raises PromptError for a body that cannot be sent or rendered."""
        check_body(body)
        tags = versions.check_words("a version", new.message, new.tags)
        now = self.clock.time()
        summary = Summary(str(uuid4()), number, new.message, editor.name, now, editor.origin, tags, text(body, "model"))
        return Version(summary, body)

    def moved(
        self, editor: Editor, change: Change, environment: str, release: Release | None, kind: MoveKind = "publish"
    ) -> Change:
        """The change with the environment moved; publishing what is there already is no move."""
        versions.check_environment(environment)
        before = change.prompt.environments.get(environment)
        if before == release and kind == "publish":
            return change
        move = Move(environment, before, release, editor.name, self.clock.time(), kind)
        return replace(change, prompt=change.prompt.pointing(environment, release), moves=(*change.moves, move))

    async def _no_version(self, organization: str, prompt: Prompt, version: Number | str) -> UnknownPrompt:
        summaries = await self.prompts.versions(organization, prompt.id)
        return unknown_version(prompt, version, [summary.number for summary in reversed(summaries)])
