"""The pages of prompts: the list, and the editor with its inputs and what they make of a body."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.measures import Measures
from ai_gateway.core.prompts.language import PRODUCTION
from ai_gateway.core.prompts.variables import TYPES, Variable
from ai_gateway.core.prompts.versions import Draft, Number, Prompt
from ai_gateway.core.rollups import PROMPT
from ai_gateway.core.wire import JsonObject, dumps
from ai_gateway.ports import Configurations
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.previews import Previews
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.conversations import conversation_of, raw
from ai_gateway.web.console.pages.playground import suggestions
from ai_gateway.web.console.pages.prompt_starts import STARTS
from ai_gateway.web.console.pages.ranges import range_of
from ai_gateway.web.console.prompt_rows import DraftRow, UnsavedPreview, VariableRow
from ai_gateway.web.console.rendering import Pages

ROWS = 200
ROLES = ("system", "developer", "user", "assistant", "tool")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")


class Row(NamedTuple):
    prompt: Prompt
    used: Measures | None


def prompts_pages(
    library: Library,
    previews: Previews,
    analytics: Analytics,
    configurations: Configurations,
    admin: AdminOf,
    pages: Pages,
) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/prompts")
    async def listing(
        request: Request,
        caller: by,
        search: Annotated[str, Query(max_length=200)] = "",
        tag: Annotated[str, Query(max_length=200)] = "",
        environment: Annotated[str, Query(max_length=80)] = "",
    ) -> Response:
        shown, mine = range_of(request, analytics.now(), "7d"), caller.organization
        every = await library.search(mine)
        found = await library.search(mine, search, (tag,) if tag else (), environment or None)
        used = await run_in_threadpool(_used, analytics, mine, shown.start, shown.end)
        return pages.page(
            request,
            "prompts.html",
            range=shown,
            rows=[Row(prompt, used.get(prompt.id)) for prompt in found[:ROWS]],
            found=len(found),
            prompts=len(every),
            search=search,
            tag=tag,
            environment=environment,
            tags=sorted({tag for prompt in every for tag in prompt.tags}, key=str.casefold),
            environments=sorted({PRODUCTION, *(name for prompt in every for name in prompt.environments)}),
            starts=STARTS,
        )

    @router.get("/prompts/{prompt_id}")
    async def editor(
        request: Request, prompt_id: str, caller: by, version: Annotated[str | None, Query(max_length=80)] = None
    ) -> Response:
        mine, editing = caller.organization, library.editing
        prompt = await editing.one(mine, prompt_id)
        draft = await editing.prompts.draft(mine, prompt_id)
        number, body = await _shown(library, mine, prompt, draft, version)
        configuration = await configurations.current()
        return pages.page(
            request,
            "prompt.html",
            prompt=prompt,
            number=number,
            draft=draft,
            is_draft=version is None and draft is not None,
            next=(prompt.next_number(number, major=False), prompt.next_number(number, major=True)),
            models=[model.id for model in suggestions(configuration)],
            roles=ROLES,
            efforts=EFFORTS,
            types=TYPES,
            state=_state(prompt, number, body, draft, is_draft=version is None and draft is not None),
        )

    @router.post("/prompts/preview")
    async def preview(request: Request, unsaved: UnsavedPreview, caller: by) -> Response:
        """What it would send or, which is no failure while somebody types, what is wrong with it."""
        looked = await _looked(previews, caller.organization, unsaved)
        return pages.part(request, "prompt.html", "preview", 200, **looked)

    return router


async def _looked(previews: Previews, organization: str, unsaved: UnsavedPreview) -> dict[str, object]:
    """`looked` is what the page's script reads: the variables, where they could be found, and the problem."""
    variables: Sequence[Variable] | None = None
    try:
        variables = await previews.variables(organization, unsaved.body)
        found = await previews.unsaved(organization, unsaved.body, unsaved.inputs)
    except InvalidRequest as error:
        return {"looked": _told(variables, error), "problem": error}
    written = dumps(found.request)
    shown = {"conversation": conversation_of(written, None), "tokens": found.tokens, "whole": raw(written)}
    return {"looked": _told(variables, None), "problem": None, **shown}


def _told(variables: Sequence[Variable] | None, problem: InvalidRequest | None) -> dict[str, object]:
    return {
        "variables": [VariableRow.of(one).model_dump() for one in variables] if variables is not None else None,
        "problem": {"message": problem.message, "param": problem.param or ""} if problem is not None else None,
    }


def _used(analytics: Analytics, organization: str, start: int, end: int) -> dict[str, Measures]:
    return analytics.breakdown(organization, PROMPT, start, end, analytics.tail(organization)).values


async def _shown(
    library: Library, organization: str, prompt: Prompt, draft: Draft | None, version: str | None
) -> tuple[Number, JsonObject]:
    """The version that the address names, else the draft with the version it is based on, else the latest one."""
    if version is None and draft is not None:
        return draft.base, draft.body
    editing = library.editing
    number = await editing.number(organization, prompt, version) if version is not None else prompt.latest
    return number, (await editing.version(organization, prompt, number)).body


def _state(
    prompt: Prompt, number: Number, body: JsonObject, draft: Draft | None, *, is_draft: bool
) -> dict[str, object]:
    """What the page's script begins with."""
    return {
        "id": prompt.id,
        "revision": prompt.revision,
        "base": str(number),
        "body": body,
        "editsDraft": is_draft,
        "draft": DraftRow.of(draft).model_dump(mode="json", exclude={"body"}) if draft is not None else None,
    }
