"""Prompts as Helicone's API has them, for the scripts and the SDK that call it: `/v1/prompt-2025`, `/v2/prompt-2025`.

Bodies are stored with the prompts, so `s3_url`, which Helicone's SDK fetches, is a data URL.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from ai_gateway.core.errors import PromptError, UnknownPrompt
from ai_gateway.core.prompts.asking import unknown_environment
from ai_gateway.core.prompts.language import PRODUCTION
from ai_gateway.core.prompts.versions import Prompt, Summary, Version
from ai_gateway.core.wire import JsonObject, dumps
from ai_gateway.services.prompts.editing import Editor, NewVersion
from ai_gateway.services.prompts.library import FIRST_VERSION, Library
from ai_gateway.web.console.helicone_results import HeliconeRoute, result
from ai_gateway.web.console.prompt_rows import moment
from ai_gateway.web.console.prompts import EditorOf

MOST_VERSIONS = 50


class NewPrompt(BaseModel):
    name: str
    tags: list[str] = []
    promptBody: dict[str, object]  # noqa: N815


class NewVersionOf(BaseModel):
    promptId: str  # noqa: N815
    promptVersionId: str  # noqa: N815
    newMajorVersion: bool = False  # noqa: N815
    environment: str | None = None
    commitMessage: str = ""  # noqa: N815
    promptBody: dict[str, object]  # noqa: N815


class VersionInEnvironment(BaseModel):
    promptId: str  # noqa: N815
    promptVersionId: str  # noqa: N815
    environment: str


class Name(BaseModel):
    name: str


class Tags(BaseModel):
    tags: list[str] = []


class Search(BaseModel):
    search: str = ""
    tagsFilter: list[str] = []  # noqa: N815
    page: int = 0
    pageSize: int = 50  # noqa: N815


class OfVersion(BaseModel):
    promptVersionId: str  # noqa: N815


class OfPrompt(BaseModel):
    promptId: str  # noqa: N815


class OfEnvironment(OfPrompt):
    environment: str


class OfMajor(OfPrompt):
    majorVersion: int | None = None  # noqa: N815


def helicone_prompts_router(library: Library, editor_of: EditorOf) -> APIRouter:
    router = APIRouter(tags=["Helicone's prompts"], route_class=HeliconeRoute)
    _add_prompts(router, library, editor_of)
    _add_edits(router, library, editor_of)
    _add_queries(router, library, editor_of)
    _add_versions(router, library, editor_of)
    return router


def _add_prompts(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.post("/v1/prompt-2025", status_code=201)
    async def create(new: NewPrompt, by: editor) -> JsonObject:
        prompt, version = await library.create(by, new.name, NewVersion(new.promptBody, FIRST_VERSION), tags=new.tags)
        return result({"id": prompt.id, "versionId": version.summary.id})

    @router.get("/v1/prompt-2025/tags")
    async def tags(by: editor) -> JsonObject:
        prompts = await library.editing.prompts.all(by.organization)
        return result(sorted({tag for prompt in prompts for tag in prompt.tags}))

    @router.get("/v1/prompt-2025/environments")
    async def environments(by: editor) -> JsonObject:
        prompts = await library.editing.prompts.all(by.organization)
        return result(sorted({name for prompt in prompts for name in prompt.environments}))

    @router.get("/v1/prompt-2025/count")
    async def count(by: editor) -> JsonObject:
        return result(len(await library.editing.prompts.all(by.organization)))

    @router.get("/v1/prompt-2025/id/{prompt_id}")
    async def one(prompt_id: str, by: editor) -> JsonObject:
        return result(_prompt(await library.editing.one(by.organization, prompt_id)))

    @router.delete("/v1/prompt-2025/{prompt_id}")
    async def delete(prompt_id: str, by: editor) -> JsonObject:
        """Also one in use: Helicone's prompts always are, in production."""
        await library.delete(by, prompt_id, even_in_use=True)
        return result(None)


def _add_edits(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.post("/v1/prompt-2025/id/{prompt_id}/rename")
    async def rename(prompt_id: str, new: Name, by: editor) -> JsonObject:
        await library.describe(by, prompt_id, name=new.name)
        return result(None)

    @router.patch("/v1/prompt-2025/id/{prompt_id}/tags")
    async def retag(prompt_id: str, new: Tags, by: editor) -> JsonObject:
        return result(list((await library.describe(by, prompt_id, tags=new.tags)).tags))

    @router.post("/v1/prompt-2025/update")
    async def update(new: NewVersionOf, by: editor) -> JsonObject:
        prompt = await library.editing.one(by.organization, new.promptId)
        base = await library.editing.number(by.organization, prompt, new.promptVersionId)
        wanted = NewVersion(new.promptBody, new.commitMessage, (), base, new.newMajorVersion, new.environment)
        _, version = await library.save(by, new.promptId, wanted)
        return result({"id": version.summary.id})

    @router.post("/v1/prompt-2025/update/environment")
    async def set_environment(new: VersionInEnvironment, by: editor) -> JsonObject:
        await library.releases.publish(by, new.promptId, new.environment, new.promptVersionId)
        return result(None)

    @router.post("/v1/prompt-2025/remove/environment")
    async def remove_environment(new: VersionInEnvironment, by: editor) -> JsonObject:
        prompt = await library.editing.one(by.organization, new.promptId)
        number = await library.editing.number(by.organization, prompt, new.promptVersionId)
        if new.environment == PRODUCTION:
            raise PromptError("'production' can only be moved to another version, not taken away.", param="environment")
        if new.environment not in prompt.environments_of(number):
            raise unknown_environment(prompt, new.environment)
        await library.releases.unpublish(by, new.promptId, new.environment, revision=prompt.revision)
        return result(None)

    @router.delete("/v1/prompt-2025/{prompt_id}/{version_id}")
    async def delete_version(prompt_id: str, version_id: str, by: editor) -> JsonObject:
        await library.delete_version(by, prompt_id, version_id)
        return result(None)


def _add_queries(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]

    @router.post("/v1/prompt-2025/query")
    async def query(wanted: Search, by: editor) -> JsonObject:
        found = await library.search(by.organization, tags=wanted.tagsFilter)
        named = [prompt for prompt in found if wanted.search.casefold() in prompt.name.casefold()]
        named.sort(key=lambda prompt: prompt.created, reverse=True)
        size = max(0, wanted.pageSize)
        start = max(0, wanted.page) * size
        return result([_prompt(prompt) for prompt in named[start : start + size]])

    @router.post("/v1/prompt-2025/query/versions")
    async def versions(wanted: OfMajor, by: editor) -> JsonObject:
        prompt = await library.editing.one(by.organization, wanted.promptId)
        summaries = await library.editing.prompts.versions(by.organization, prompt.id)
        found = [summary for summary in summaries if wanted.majorVersion in (None, summary.number.major)]
        found.sort(key=lambda summary: (summary.created, summary.number), reverse=True)
        return result([_summary(summary, prompt) for summary in found[:MOST_VERSIONS]])

    @router.post("/v1/prompt-2025/query/total-versions")
    async def total_versions(wanted: OfPrompt, by: editor) -> JsonObject:
        prompt = await library.editing.one(by.organization, wanted.promptId)
        summaries = await library.editing.prompts.versions(by.organization, prompt.id)
        highest = max((summary.number.major for summary in summaries), default=0)
        return result({"totalVersions": len(summaries), "majorVersions": highest})


def _add_versions(router: APIRouter, library: Library, editor_of: EditorOf) -> None:
    editor = Annotated[Editor, Depends(editor_of)]
    reader = _Reader(library)

    @router.get("/v1/prompt-2025/{version_id}/prompt-body")
    async def body(version_id: str, by: editor) -> JsonObject:
        _, version = await reader.by_id(by, version_id)
        return result(version.body)

    @router.post("/v1/prompt-2025/query/version")
    async def version(wanted: OfVersion, by: editor) -> JsonObject:
        return result(_with_url(*await reader.by_id(by, wanted.promptVersionId)))

    @router.post("/v1/prompt-2025/query/environment-version")
    async def environment_version(wanted: OfEnvironment, by: editor) -> JsonObject:
        return result(_with_url(*await reader.released(by, wanted.promptId, wanted.environment)))

    @router.post("/v1/prompt-2025/query/production-version")
    async def production_version(wanted: OfPrompt, by: editor) -> JsonObject:
        return result(_with_url(*await reader.released(by, wanted.promptId, PRODUCTION)))

    @router.post("/v2/prompt-2025/query/version")
    async def version_with_body(wanted: OfVersion, by: editor) -> JsonObject:
        return result(_with_body(*await reader.by_id(by, wanted.promptVersionId)))

    @router.post("/v2/prompt-2025/query/environment-version")
    async def environment_version_with_body(wanted: OfEnvironment, by: editor) -> JsonObject:
        return result(_with_body(*await reader.released(by, wanted.promptId, wanted.environment)))

    @router.post("/v2/prompt-2025/query/production-version")
    async def production_version_with_body(wanted: OfPrompt, by: editor) -> JsonObject:
        return result(_with_body(*await reader.released(by, wanted.promptId, PRODUCTION)))


@dataclass(frozen=True, slots=True)
class _Reader:
    library: Library

    async def by_id(self, by: Editor, version_id: str) -> tuple[Prompt, Version]:
        editing = self.library.editing
        found = await editing.prompts.find_version(by.organization, version_id)
        if found is None:
            raise UnknownPrompt(f"There is no version {version_id[:80]!r}.", param="promptVersionId")
        prompt = await editing.one(by.organization, found[0])
        return prompt, await editing.version(by.organization, prompt, found[1])

    async def released(self, by: Editor, prompt_id: str, environment: str) -> tuple[Prompt, Version]:
        """While a version is rolled out, the one that most still have: Helicone knows no rollouts."""
        editing = self.library.editing
        prompt = await editing.one(by.organization, prompt_id)
        release = prompt.environments.get(environment)
        if release is None:
            raise unknown_environment(prompt, environment)
        return prompt, await editing.version(by.organization, prompt, release.version)


def _prompt(prompt: Prompt) -> JsonObject:
    return {
        "id": prompt.id,
        "name": prompt.name,
        "tags": list(prompt.tags),
        "created_at": moment(prompt.created).isoformat(),
    }


def _summary(summary: Summary, prompt: Prompt) -> JsonObject:
    return {
        "id": summary.id,
        "model": summary.model,
        "prompt_id": prompt.id,
        "major_version": summary.number.major,
        "minor_version": summary.number.minor,
        "commit_message": summary.message,
        "environments": list(prompt.environments_of(summary.number)),
        "created_at": moment(summary.created).isoformat(),
    }


def _with_url(prompt: Prompt, version: Version) -> JsonObject:
    body = b64encode(dumps(version.body)).decode()
    return {**_summary(version.summary, prompt), "s3_url": f"data:application/json;base64,{body}"}


def _with_body(prompt: Prompt, version: Version) -> JsonObject:
    return {**_summary(version.summary, prompt), "prompt_body": version.body}
