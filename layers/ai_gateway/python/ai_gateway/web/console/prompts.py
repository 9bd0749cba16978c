"""The API of prompts. The console mounts it under `/api/v1`, and says who edits."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Query

from ai_gateway.core.prompts.comparison import compare
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.prompts.editing import Editor, NewVersion
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.previews import Previews
from ai_gateway.web.console.prompt_rows import (
    Description,
    Difference,
    DraftOf,
    DraftRow,
    LineRow,
    MoveRow,
    NewPrompt,
    NewVersionOf,
    PreviewOf,
    PreviewRow,
    PromptPage,
    PromptRow,
    Publication,
    Rollback,
    Saved,
    UnsavedBody,
    UnsavedPreview,
    VariableRow,
    Variables,
    VersionRow,
    VersionWithBody,
)

EditorOf: TypeAlias = Callable[..., Editor] | Callable[..., Awaitable[Editor]]
"""A FastAPI dependency: who sends the request. Raises AuthenticationFailed, PermissionDenied."""


def prompts_router(library: Library, previews: Previews, editor_of: EditorOf) -> APIRouter:
    router = APIRouter(prefix="/prompts", tags=["prompts"])
    _add_prompts(router, library, editor_of)
    _add_versions(router, library, editor_of)
    _add_releases(router, library, editor_of)
    _add_drafts(router, library, editor_of)
    _add_previews(router, previews, editor_of)
    return router


def _add_prompts(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.get("")
    async def search(
        by: editor,
        tag: Annotated[list[str], Query(default_factory=list, description="One of these tags.")],
        search: Annotated[str, Query(max_length=200, description="Words of the id, the name or the tags.")] = "",
        environment: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> PromptPage:
        """The prompts, the one changed last first."""
        found = await library.search(by.organization, search, tag, environment)
        rows = [PromptRow.of(prompt) for prompt in found[offset : offset + limit]]
        return PromptPage(data=rows, total=len(found))

    @router.post("", status_code=201)
    async def create(new: NewPrompt, by: editor) -> Saved:
        """A prompt and its version 0.0, published to the environments."""
        prompt, version = await library.create(
            by,
            new.name,
            NewVersion(new.body, new.message),
            prompt_id=new.id,
            tags=new.tags,
            environments=new.environments,
        )
        return Saved(prompt=PromptRow.of(prompt), version=VersionRow.of(version.summary, prompt))

    @router.get("/{prompt_id}")
    async def one(prompt_id: str, by: editor) -> PromptRow:
        return PromptRow.of(await library.editing.one(by.organization, prompt_id))

    @router.patch("/{prompt_id}")
    async def describe(prompt_id: str, new: Description, by: editor) -> PromptRow:
        """Another name, other tags."""
        prompt = await library.describe(by, prompt_id, name=new.name, tags=new.tags, revision=new.revision)
        return PromptRow.of(prompt)

    @router.delete("/{prompt_id}", status_code=204)
    async def delete(prompt_id: str, by: editor, force: bool = False, revision: int | None = None) -> None:
        """Take a prompt away; 409 while an environment uses it, unless `force` says so."""
        await library.delete(by, prompt_id, even_in_use=force, revision=revision)


def _add_versions(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.get("/{prompt_id}/versions")
    async def versions(prompt_id: str, by: editor) -> list[VersionRow]:
        """The newest first, without their bodies."""
        prompt = await library.editing.one(by.organization, prompt_id)
        summaries = await library.editing.prompts.versions(by.organization, prompt_id)
        newest_first = sorted(summaries, key=lambda summary: (summary.created, summary.number), reverse=True)
        return [VersionRow.of(summary, prompt) for summary in newest_first]

    @router.post("/{prompt_id}/versions", status_code=201)
    async def save(prompt_id: str, new: NewVersionOf, by: editor) -> Saved:
        """A new version, of the body or of the draft."""
        prompt = await library.editing.one(by.organization, prompt_id)
        base = await library.editing.number(by.organization, prompt, new.base) if new.base is not None else None
        wanted = NewVersion(new.body, new.message, tuple(new.tags), base, new.major, new.environment)
        prompt, version = await library.save(by, prompt_id, wanted, revision=new.revision)
        return Saved(prompt=PromptRow.of(prompt), version=VersionRow.of(version.summary, prompt))

    @router.get("/{prompt_id}/versions/{version}")
    async def version(prompt_id: str, version: str, by: editor) -> VersionWithBody:
        prompt = await library.editing.one(by.organization, prompt_id)
        number = await library.editing.number(by.organization, prompt, version)
        return VersionWithBody.with_body(await library.editing.version(by.organization, prompt, number), prompt)

    @router.delete("/{prompt_id}/versions/{version}", status_code=204)
    async def delete_version(prompt_id: str, version: str, by: editor) -> None:
        """Take a version away; 409 while an environment uses it."""
        await library.delete_version(by, prompt_id, version)

    @router.get("/{prompt_id}/diff")
    async def diff(
        prompt_id: str,
        by: editor,
        before: Annotated[str, Query(description="A version.")],
        after: Annotated[str, Query(description="A version, or `draft`.")],
    ) -> Difference:
        """The lines that differ, and those around them."""
        prompt = await library.editing.one(by.organization, prompt_id)
        sides = [await library.body(by.organization, prompt, side) for side in (before, after)]
        return Difference(lines=[LineRow.of(line) for line in compare(*sides)])


def _add_releases(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]
    releases = library.releases

    @router.post("/{prompt_id}/publish")
    async def publish(prompt_id: str, new: Publication, by: editor) -> PromptRow:
        """Point an environment at a version, for all or for a percentage of users or sessions."""
        prompt = await releases.publish(
            by, prompt_id, new.environment, new.version, percent=new.percent, revision=new.revision
        )
        return PromptRow.of(prompt)

    @router.post("/{prompt_id}/rollback")
    async def roll_back(prompt_id: str, new: Rollback, by: editor) -> PromptRow:
        """Point an environment at what it pointed at before; again, and it goes further back."""
        return PromptRow.of(await releases.roll_back(by, prompt_id, new.environment, revision=new.revision))

    @router.delete("/{prompt_id}/environments/{environment}")
    async def unpublish(prompt_id: str, environment: str, by: editor, revision: int | None = None) -> PromptRow:
        """Take an environment away; requests that ask for it are refused from then on."""
        return PromptRow.of(await releases.unpublish(by, prompt_id, environment, revision=revision))

    @router.get("/{prompt_id}/history")
    async def history(prompt_id: str, by: editor, environment: str | None = None) -> list[MoveRow]:
        """Who moved which environment, when, from what and to what; the newest first."""
        await library.editing.one(by.organization, prompt_id)
        moves = await library.editing.prompts.moves(by.organization, prompt_id)
        return [MoveRow.of(move) for move in reversed(moves) if environment in (None, move.environment)]


def _add_drafts(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.get("/{prompt_id}/draft")
    async def draft(prompt_id: str, by: editor) -> DraftRow:
        prompt = await library.editing.one(by.organization, prompt_id)
        return DraftRow.of(await library.draft(by.organization, prompt))

    @router.put("/{prompt_id}/draft")
    async def save_draft(prompt_id: str, new: DraftOf, by: editor) -> DraftRow:
        """Save work on the next version; it need not be a prompt that works yet."""
        prompt = await library.editing.one(by.organization, prompt_id)
        base = await library.editing.number(by.organization, prompt, new.base) if new.base is not None else None
        return DraftRow.of(await library.save_draft(by, prompt_id, new.body, base=base, revision=new.revision))

    @router.delete("/{prompt_id}/draft", status_code=204)
    async def discard_draft(prompt_id: str, by: editor) -> None:
        await library.editing.one(by.organization, prompt_id)
        await library.editing.prompts.discard_draft(by.organization, prompt_id)


def _add_previews(router: APIRouter, previews: Previews, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.post("/preview")
    async def preview_unsaved(unsaved: UnsavedPreview, by: editor) -> PreviewRow:
        """What a body that is not saved would send with these inputs."""
        return PreviewRow.of(await previews.unsaved(by.organization, unsaved.body, unsaved.inputs))

    @router.post("/variables")
    async def variables(unsaved: UnsavedBody, by: editor) -> Variables:
        """The inputs that a body asks for."""
        found = await previews.variables(by.organization, unsaved.body)
        return Variables(variables=[VariableRow.of(variable) for variable in found])

    @router.post("/{prompt_id}/preview")
    async def preview(prompt_id: str, wanted: PreviewOf, by: editor) -> PreviewRow:
        """What a request that names this prompt would send."""
        request: JsonObject = {"prompt_id": prompt_id, "inputs": wanted.inputs, "messages": wanted.messages}
        request |= {
            name: value
            for name, value in (("version_id", wanted.version), ("environment", wanted.environment))
            if value is not None
        }
        return PreviewRow.of(await previews.stored(by.organization, request, wanted.user))
