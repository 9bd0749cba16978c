"""`ai-gateway prompts pull` and `push`: prompts as files that git keeps."""

import asyncio
import getpass
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.prompts.body import compile_body
from ai_gateway.core.prompts.comparison import is_same
from ai_gateway.core.prompts.language import PRODUCTION
from ai_gateway.core.prompts.versions import Prompt, check_environment
from ai_gateway.core.wire import JsonObject
from ai_gateway.runtime.installation import installation
from ai_gateway.runtime.prompt_files import PromptFile, read_folder, with_base
from ai_gateway.runtime.settings import Settings
from ai_gateway.services.prompts.editing import Editing, Editor, NewVersion
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import FIRST_VERSION, Library
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf

State: TypeAlias = Literal["same", "behind", "edited", "conflict"]


class Conflict(ValueError):
    """Files and stored prompts that were both changed; nothing was written."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored prompt and what its latest version holds."""

    prompt: Prompt
    body: JsonObject


def prompts(settings: Settings, options: Namespace) -> str:
    """Raises ValueError for what cannot be done, with what to do instead."""
    with installation(settings, options.stack) as found:
        store, clock = DynamoDBPrompts(found.dynamodb, found.table), SystemClock()
        editing = Editing(store, clock)
        library = Library(editing, Releases(editing, PromptFinder(Shelf(store, clock, remember=0))))
        files = Files(library, Editor(options.organization, getpass.getuser(), "files"), Path(options.folder))
        try:
            if options.action == "pull":
                return asyncio.run(files.pull(force=options.force))
            return asyncio.run(
                files.push(
                    message=options.message, publish=options.publish, force=options.force, from_git=options.from_git
                )
            )
        except GatewayError as error:
            raise ValueError(error.message) from error


@dataclass(frozen=True, slots=True)
class Local:
    """A file and what is stored of its prompt. `state` says which of the two went on since the file was made: "same",
    "behind" (the stored prompt did), "edited" (the file did, or is new), "conflict" (both did).
    """

    path: Path
    file: PromptFile
    stored: Stored | None
    state: State

    def conflict(self) -> str:
        made = "names no version" if self.file.base is None else f"is from version {self.file.base} and was edited"
        latest = self.stored.prompt.latest if self.stored else "none"
        return f"{self.path} {made}; the stored prompt is at {latest}"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one folder and the prompts of one organisation."""

    library: Library
    editor: Editor
    folder: Path

    async def pull(self, *, force: bool) -> str:
        """Write the latest version of every prompt into its file. A file that was edited and not pushed is kept; where
        the stored prompt went on as well, that is a conflict, unless `force` gives up the file.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        known = {local.file.id: local for local in await self._locals()}
        found = await self.library.search(self.editor.organization)
        told: list[str] = []
        writes: list[tuple[Path, str]] = []
        for prompt in sorted(found, key=lambda prompt: prompt.id):
            local = known.get(prompt.id)
            path = local.path if local else self.folder / f"{prompt.id}.yaml"
            if local is not None and local.state == "edited" and not force:
                told.append(f"{path}: edited here and not pushed yet; kept")
                continue
            stored = await self._stored(prompt)
            pulled = PromptFile(prompt.id, prompt.name, prompt.tags, prompt.latest, stored.body)
            if local is None or not _is_equal(local.file, pulled):
                writes.append((path, pulled.text()))
        conflicts = [local.conflict() for local in known.values() if local.state == "conflict" and not force]
        if conflicts:
            raise Conflict(_told(conflicts, "Nothing was pulled", "--force gives up what the files say"))
        for path, text in writes:
            path.write_text(text, encoding="utf-8")
            told.append(f"{path}: pulled")
        return "\n".join(told) or "Nothing to pull: all files are as the prompts are."

    async def push(self, *, message: str, publish: str | None, force: bool, from_git: bool) -> str:
        """Make a version of every file that says something new. All files are compared with what is stored before
        anything is written. `from_git` says that the files' history is kept elsewhere: versions that were pushed from
        files since are no conflict.
        """
        if publish is not None:
            check_environment(publish)
        found = [await self._settled(local, force=force, from_git=from_git) for local in await self._locals()]
        conflicts = [local.conflict() for local in found if local.state == "conflict"]
        if conflicts:
            raise Conflict(_told(conflicts, "Nothing was pushed", "--force makes versions of the files after all"))
        told = [await self._push(local, message, publish) for local in _partials_first(found)]
        return "\n".join(filter(None, told)) or "Nothing to push: all prompts are as the files are."

    async def _push(self, local: Local, message: str, publish: str | None) -> str:
        """What was done, or nothing."""
        prompt, done = await self._saved(local, message)
        if local.state == "edited":
            text = local.path.read_text(encoding="utf-8")
            local.path.write_text(with_base(text, prompt.latest), encoding="utf-8")
        if publish is not None and local.state != "behind":
            before = prompt.revision
            prompt = await self.library.releases.publish(
                self.editor, prompt.id, publish, str(prompt.latest), revision=before
            )
            if prompt.revision != before:
                done.append(f"{prompt.latest} published to {publish}")
        return f"{local.path}: {', '.join(done)}" if done else ""

    async def _saved(self, local: Local, message: str) -> tuple[Prompt, list[str]]:
        file = local.file
        if local.stored is None:
            first = NewVersion(file.body, message or FIRST_VERSION)
            prompt, _ = await self.library.create(self.editor, file.name, first, prompt_id=file.id, tags=file.tags)
            return prompt, [f"created as {prompt.latest} in {PRODUCTION}"]
        if local.state == "behind":
            return local.stored.prompt, [f"behind {local.stored.prompt.latest}, nothing to push"]
        revision = local.stored.prompt.revision
        prompt = await self.library.describe(self.editor, file.id, name=file.name, tags=file.tags, revision=revision)
        done = ["name and tags changed"] if prompt.revision != revision else []
        if local.state == "edited":
            new = NewVersion(file.body, message, base=prompt.latest)
            prompt, _ = await self.library.save(self.editor, file.id, new, revision=prompt.revision)
            done.append(f"saved as {prompt.latest}")
        return prompt, done

    async def _locals(self) -> list[Local]:
        return [await self._local(path, file) for path, file in read_folder(self.folder).items()]

    async def _local(self, path: Path, file: PromptFile) -> Local:
        prompt = await self.library.editing.prompts.one(self.editor.organization, file.id)
        if prompt is None or prompt.deleted:
            return Local(path, file, None, "edited")
        stored = await self._stored(prompt)
        return Local(path, file, stored, await self._state(file, stored))

    async def _state(self, file: PromptFile, stored: Stored) -> State:
        if is_same(file.body, stored.body):
            return "same"
        if file.base == stored.prompt.latest:
            return "edited"
        if file.base is None:
            return "conflict"
        base = await self.library.editing.prompts.version(self.editor.organization, file.id, file.base)
        return "behind" if base is not None and is_same(file.body, base.body) else "conflict"

    async def _settled(self, local: Local, *, force: bool, from_git: bool) -> Local:
        if local.state != "conflict" or local.stored is None:
            return local
        if force or (from_git and await self._came_from_files(local.file, local.stored.prompt)):
            return replace(local, state="edited")
        return local

    async def _came_from_files(self, file: PromptFile, prompt: Prompt) -> bool:
        """Whether all that was made since the file's version was pushed from files."""
        summaries = await self.library.editing.prompts.versions(self.editor.organization, prompt.id)
        base = next((summary for summary in summaries if summary.number == file.base), None)
        return base is not None and all(
            summary.origin == "files" for summary in summaries if summary.created > base.created
        )

    async def _stored(self, prompt: Prompt) -> Stored:
        version = await self.library.editing.version(self.editor.organization, prompt, prompt.latest)
        return Stored(prompt, version.body)


def _is_equal(file: PromptFile, pulled: PromptFile) -> bool:
    return is_same(file.body, pulled.body) and replace(file, body={}) == replace(pulled, body={})


def _partials_first(found: list[Local]) -> Iterator[Local]:
    """So that a prompt is published when what it holds is there."""
    waiting = {local.file.id: local for local in found}

    def before(local: Local) -> Iterator[Local]:
        for partial in compile_body(local.file.body).partials:
            if partial.prompt_id in waiting:
                yield from before(waiting.pop(partial.prompt_id))
        yield local

    while waiting:
        yield from before(waiting.pop(next(iter(waiting))))


def _told(conflicts: list[str], outcome: str, way_out: str) -> str:
    listed = "\n  ".join(conflicts)
    return (
        f"{outcome}: prompts went on on both sides.\n  {listed}\n"
        f"Merge them by hand and write the stored version into the file, or use --force: {way_out}."
    )
