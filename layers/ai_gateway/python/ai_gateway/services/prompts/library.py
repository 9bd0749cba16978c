"""What people and scripts do with prompts: look for them, write them, make versions, take them away."""

import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ai_gateway.core.errors import EditConflict, UnknownPrompt
from ai_gateway.core.prompts import versions
from ai_gateway.core.prompts.asking import unknown_version
from ai_gateway.core.prompts.body import check_writable
from ai_gateway.core.prompts.language import PRODUCTION
from ai_gateway.core.prompts.versions import Change, Draft, Number, Prompt, Release, Version
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.prompts.editing import Editing, Editor, NewVersion
from ai_gateway.services.prompts.releases import Releases

FIRST_VERSION = "First version."
ID_LENGTH = 6
DRAFT = "draft"
"""What stands for the draft where a version may be named."""

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Library:
    """Edits are made on a `revision` of the prompt, and raise EditConflict when it is another one now; without a
    revision they are made on whatever is there. All raise UnknownPrompt, PromptError and StoreUnavailable.
    """

    editing: Editing
    releases: Releases

    async def search(
        self, organization: str, words: str = "", tags: Iterable[str] = (), environment: str | None = None
    ) -> list[Prompt]:
        """Those whose id, name or tags hold all the words, that have one of the tags and the environment; the one
        changed last is first.
        """
        wanted, any_of = words.casefold().split(), frozenset(tags)
        found = [
            prompt
            for prompt in await self.editing.prompts.all(organization)
            if all(word in " ".join((prompt.id, prompt.name, *prompt.tags)).casefold() for word in wanted)
            and (not any_of or any_of.intersection(prompt.tags))
            and (environment is None or environment in prompt.environments)
        ]
        return sorted(found, key=lambda prompt: prompt.updated, reverse=True)

    async def create(
        self,
        editor: Editor,
        name: str,
        first: NewVersion,
        *,
        prompt_id: str | None = None,
        tags: Iterable[str] = (),
        environments: Iterable[str] = (PRODUCTION,),
    ) -> tuple[Prompt, Version]:
        """A prompt and its version 0.0, published to the environments. An id of a deleted prompt may be used again; its
        numbers go on. Raises EditConflict for one that is in use.
        """
        kept = versions.check_words(name, first.message, tags)
        chosen = versions.check_id(prompt_id) if prompt_id is not None else _new_id()
        before = await self.editing.prompts.one(editor.organization, chosen)
        if before is not None and not before.deleted:
            raise EditConflict(f"There is a prompt {chosen!r} already. Save a new version of it, or take another id.")
        now = self.editing.clock.time()
        number = before.next_number(before.latest, major=True) if before else Number(0, 0)
        blank = before or Prompt(chosen, name, now, editor.name, number, {}, revision=0)
        blank = replace(blank, name=name, created=now, author=editor.name, tags=kept, environments={}, deleted=False)
        version = self.editing.new_version(editor, number, first, first.body or {})
        change = Change(blank.with_version(number), version)
        for environment in environments:
            change = self.editing.moved(editor, change, environment, Release(number))
        return (await self.editing.commit(editor, change)).prompt, version

    async def describe(
        self,
        editor: Editor,
        prompt_id: str,
        *,
        name: str | None = None,
        tags: Iterable[str] | None = None,
        revision: int | None = None,
    ) -> Prompt:
        async def edit(prompt: Prompt) -> Change:
            called = prompt.name if name is None else name
            kept = versions.check_words(called, "", prompt.tags if tags is None else tags)
            return Change(replace(prompt, name=called, tags=kept))

        return (await self.editing.edit(editor, prompt_id, revision, edit)).prompt

    async def save(
        self, editor: Editor, prompt_id: str, new: NewVersion, *, revision: int | None = None
    ) -> tuple[Prompt, Version]:
        """A new version, of a body or of the draft, which is settled by it."""
        made: list[Version] = []

        async def edit(prompt: Prompt) -> Change:
            draft = await self.draft(editor.organization, prompt) if new.body is None else None
            base = new.base or (draft.base if draft else prompt.latest)
            await self.editing.version(editor.organization, prompt, base)
            number = prompt.next_number(base, major=new.major)
            version = self.editing.new_version(editor, number, new, draft.body if draft else new.body or {})
            made[:] = [version]
            change = Change(prompt.with_version(number), version, settles_draft=draft)
            if new.environment is None:
                return change
            await self.releases.check(editor, prompt, version, new.environment)
            return self.editing.moved(editor, change, new.environment, Release(number))

        change = await self.editing.edit(editor, prompt_id, revision, edit)
        return change.prompt, made[0]

    async def draft(self, organization: str, prompt: Prompt) -> Draft:
        """Raises UnknownPrompt when there is none."""
        draft = await self.editing.prompts.draft(organization, prompt.id)
        if draft is None:
            raise UnknownPrompt(f"The prompt {prompt.id!r} has no draft.", param="body")
        return draft

    async def body(self, organization: str, prompt: Prompt, side: str) -> JsonObject:
        """Of a version, by its number or its id, or of the draft, as `draft`."""
        if side == DRAFT:
            return (await self.draft(organization, prompt)).body
        number = await self.editing.number(organization, prompt, side)
        return (await self.editing.version(organization, prompt, number)).body

    async def save_draft(
        self,
        editor: Editor,
        prompt_id: str,
        body: JsonObject,
        *,
        base: Number | None = None,
        revision: int | None = None,
    ) -> Draft:
        """Save work on the next version. `revision` is that of the draft it goes on from, 0 for a new one; a draft need
        not be a prompt that works.
        """
        check_writable(body)
        prompt = await self.editing.one(editor.organization, prompt_id)
        before = await self.editing.prompts.draft(editor.organization, prompt_id)
        at = before.revision if before else 0
        if revision is not None and revision != at:
            told = f"The draft is at revision {at}, and the edit was made on {revision}. Read it again, then repeat."
            raise EditConflict(told, param="revision")
        began_from = base or (before.base if before else prompt.latest)
        draft = Draft(body, began_from, editor.name, self.editing.clock.time(), at + 1)
        await self.editing.prompts.save_draft(editor.organization, prompt_id, draft)
        return draft

    async def delete(
        self, editor: Editor, prompt_id: str, *, even_in_use: bool = False, revision: int | None = None
    ) -> None:
        """Take a prompt away. Its versions stay for the requests that were made with them. Raises EditConflict while an
        environment uses it.
        """

        async def edit(prompt: Prompt) -> Change:
            if prompt.environments and not even_in_use:
                used = ", ".join(sorted(prompt.environments))
                raise EditConflict(f"The prompt {prompt.id!r} is used by {used}. Take it out of there first.")
            change = Change(replace(prompt, deleted=True))
            for environment in prompt.environments:
                change = self.editing.moved(editor, change, environment, None, "remove")
            return change

        await self.editing.edit(editor, prompt_id, revision, edit)

    async def delete_version(self, editor: Editor, prompt_id: str, version: str) -> None:
        """Take a version away; its number is not given again. Raises EditConflict while an environment uses it, and for
        the only one.
        """

        async def edit(prompt: Prompt) -> Change:
            number = await self.editing.number(editor.organization, prompt, version)
            summaries = await self.editing.prompts.versions(editor.organization, prompt.id)
            gone = next((summary for summary in summaries if summary.number == number), None)
            if gone is None:
                raise unknown_version(prompt, number, [summary.number for summary in reversed(summaries)])
            if used := prompt.environments_of(number):
                raise EditConflict(f"Version {number} is used by {', '.join(used)}. Publish another one there first.")
            others = [summary for summary in summaries if summary is not gone]
            if not others:
                raise EditConflict(f"Version {number} is the only one. Delete the prompt instead.")
            if number == prompt.latest:
                prompt = replace(prompt, latest=max(others, key=lambda summary: summary.created).number)
            return Change(prompt, withdraws=gone)

        await self.editing.edit(editor, prompt_id, None, edit)


def _new_id() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(ID_LENGTH))
