"""Which version an environment points at: publish, roll out, roll back, take away."""

from dataclasses import dataclass

from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts import versions
from ai_gateway.core.prompts.asking import unknown_environment
from ai_gateway.core.prompts.body import compile_body
from ai_gateway.core.prompts.versions import Change, Number, Prompt, Release, Version
from ai_gateway.services.prompts.editing import Editing, Editor
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.shelf import Shelved


@dataclass(frozen=True, slots=True)
class Releases:
    """All is done on a `revision` of the prompt, and raises EditConflict when it is another one now; without a revision
    it is done on whatever is there. All raise UnknownPrompt, PromptError and StoreUnavailable.
    """

    editing: Editing
    finder: PromptFinder

    async def publish(
        self,
        editor: Editor,
        prompt_id: str,
        environment: str,
        version: str,
        *,
        percent: float = 100.0,
        revision: int | None = None,
    ) -> Prompt:
        """Point an environment at a version, for all or, next to the version it points at now, for a percentage of the
        users or sessions. Raises PromptError when its partials cannot be put in place there.
        """

        async def edit(prompt: Prompt) -> Change:
            number = await self.editing.number(editor.organization, prompt, version)
            found = await self.editing.version(editor.organization, prompt, number)
            await self.check(editor, prompt, found, environment)
            release = _release(prompt.environments.get(environment), number, percent, environment)
            return self.editing.moved(editor, Change(prompt), environment, release)

        return (await self.editing.edit(editor, prompt_id, revision, edit)).prompt

    async def roll_back(
        self, editor: Editor, prompt_id: str, environment: str, *, revision: int | None = None
    ) -> Prompt:
        """Point an environment at what it pointed at before."""

        async def edit(prompt: Prompt) -> Change:
            _check_has(prompt, environment)
            moves = await self.editing.prompts.moves(editor.organization, prompt.id)
            before = versions.previous(moves, environment)
            for number in before.numbers():
                await self.editing.version(editor.organization, prompt, number)
            return self.editing.moved(editor, Change(prompt), environment, before, "rollback")

        return (await self.editing.edit(editor, prompt_id, revision, edit)).prompt

    async def unpublish(
        self, editor: Editor, prompt_id: str, environment: str, *, revision: int | None = None
    ) -> Prompt:
        """Take an environment away; requests that ask for it are refused from then on."""

        async def edit(prompt: Prompt) -> Change:
            _check_has(prompt, environment)
            return self.editing.moved(editor, Change(prompt), environment, None, "remove")

        return (await self.editing.edit(editor, prompt_id, revision, edit)).prompt

    async def check(self, editor: Editor, prompt: Prompt, version: Version, environment: str) -> None:
        """Raises PromptError when the version's partials, as they are now, cannot be put in place: one is missing, or
        it would hold itself.
        """
        shelved = Shelved(version, compile_body(version.body), size=0)
        instead = {(prompt.id, environment): shelved}
        partials = await self.finder.partials(editor.organization, shelved.compiled, "", instead)
        shelved.compiled.linked(partials.__getitem__)


def _check_has(prompt: Prompt, environment: str) -> None:
    if environment not in prompt.environments:
        raise unknown_environment(prompt, environment)


def _release(current: Release | None, number: Number, percent: float, environment: str) -> Release:
    if not 0 < percent <= 100:
        raise PromptError(f"'percent' must be over 0 and at most 100, got {percent:g}.", param="percent")
    if percent == 100:
        return Release(number)
    if current is None:
        told = f"{environment!r} points at no version yet that the others could keep. Publish one for all first."
        raise PromptError(told, param="percent")
    if number == current.version:
        raise PromptError(f"{environment!r} points at {number} already. Roll out another version.", param="version")
    return Release(current.version, number, percent)
