"""The pages of a prompt's versions: what differs between them, where they are used, who moved them, how they fare."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import PromptError
from ai_gateway.core.helicone_columns import FEEDBACK
from ai_gateway.core.measures import Measures
from ai_gateway.core.pricing import PICO
from ai_gateway.core.prompts import versions
from ai_gateway.core.prompts.comparison import Line, compare
from ai_gateway.core.prompts.language import PRODUCTION
from ai_gateway.core.prompts.versions import Move, Number, Prompt, Release, Version
from ai_gateway.core.rollups import PROMPT_VERSION
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.prompts.editing import Editor
from ai_gateway.services.prompts.library import Library
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.pages.ranges import Range, range_of
from ai_gateway.web.console.rendering import Pages

USUAL_ENVIRONMENTS = (PRODUCTION, "staging", "development")
MOST_LINES = 4
"""Versions that charts show, those with the most requests."""

VersionName = Annotated[str | None, Query(max_length=80)]


class Place(NamedTuple):
    """An environment, what it points at, and where a rollback would lead."""

    name: str
    release: Release
    back: Release | None


class Fared(NamedTuple):
    """How a version did. `share` is of the requests of all versions."""

    number: Number
    measures: Measures
    share: float


def prompt_versions_pages(library: Library, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]
    editing = library.editing

    @router.get("/prompts/{prompt_id}/versions")
    async def listing(
        request: Request, prompt_id: str, caller: by, before: VersionName = None, after: VersionName = None
    ) -> Response:
        mine = caller.organization
        prompt = await editing.one(mine, prompt_id)
        summaries = await editing.prompts.versions(mine, prompt_id)
        moves = await editing.prompts.moves(mine, prompt_id)
        lines: Sequence[Line] | None = None
        if before and after:
            lines = compare(*[await library.body(mine, prompt, side) for side in (before, after)])
        return pages.page(
            request,
            "prompt_versions.html",
            prompt=prompt,
            summaries=sorted(summaries, key=lambda one: (one.created, one.number), reverse=True),
            places=[Place(name, release, _back(moves, name)) for name, release in _production_first(prompt)],
            has_draft=await editing.prompts.draft(mine, prompt_id) is not None,
            before=before or str(_live(prompt)),
            after=after or str(prompt.latest),
            lines=lines,
        )

    @router.get("/prompts/{prompt_id}/publish")
    async def publish(
        request: Request,
        prompt_id: str,
        caller: by,
        version: VersionName = None,
        environment: Annotated[str, Query(max_length=80)] = PRODUCTION,
        percent: Annotated[float, Query(gt=0, le=100)] = 100,
    ) -> Response:
        """What would be published, beside what is live, before anybody confirms it."""
        mine = caller.organization
        prompt = await editing.one(mine, prompt_id)
        number = await editing.number(mine, prompt, version) if version is not None else prompt.latest
        found = await editing.version(mine, prompt, number)
        release = prompt.environments.get(environment)
        live = await editing.version(mine, prompt, release.version) if release is not None else None
        return pages.page(
            request,
            "prompt_publish.html",
            prompt=prompt,
            version=found.summary,
            summaries=await editing.prompts.versions(mine, prompt_id),
            environment=environment,
            environments=list(dict.fromkeys((*prompt.environments, *USUAL_ENVIRONMENTS))),
            release=release,
            percent=percent,
            lines=compare(live.body if live is not None else {}, found.body),
            problem=await _problem(library, caller, prompt, found, environment),
        )

    @router.get("/prompts/{prompt_id}/history")
    async def history(request: Request, prompt_id: str, caller: by) -> Response:
        prompt = await editing.one(caller.organization, prompt_id)
        moves = await editing.prompts.moves(caller.organization, prompt_id)
        return pages.page(request, "prompt_history.html", prompt=prompt, moves=list(reversed(moves)))

    return router


def prompt_metrics_page(library: Library, analytics: Analytics, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/prompts/{prompt_id}/metrics")
    async def metrics(request: Request, prompt_id: str, caller: by) -> Response:
        shown = range_of(request, analytics.now(), "7d")
        prompt = await library.editing.one(caller.organization, prompt_id)
        rows, charts = await run_in_threadpool(_fared, analytics, caller.organization, prompt_id, shown)
        return pages.page(
            request,
            "prompt_metrics.html",
            prompt=prompt,
            range=shown,
            rows=rows,
            scores=list(dict.fromkeys(name for row in rows for name in row.measures.scores())),
            feedback=FEEDBACK,
            charts=charts,
        )

    return router


async def _problem(library: Library, caller: Caller, prompt: Prompt, version: Version, environment: str) -> str:
    """Why the version cannot be published there, or nothing."""
    try:
        versions.check_environment(environment)
        await library.releases.check(Editor(caller.organization, caller.name), prompt, version, environment)
    except PromptError as error:
        return error.message
    return ""


def _production_first(prompt: Prompt) -> list[tuple[str, Release]]:
    return sorted(prompt.environments.items(), key=lambda place: (place[0] != PRODUCTION, place[0]))


def _live(prompt: Prompt) -> Number:
    """What most requests get: production's version, else that of another environment, else the latest."""
    return next((release.version for _, release in _production_first(prompt)), prompt.latest)


def _back(moves: Iterable[Move], environment: str) -> Release | None:
    try:
        return versions.previous(moves, environment)
    except PromptError:
        return None


def _fared(
    analytics: Analytics, organization: str, prompt_id: str, shown: Range
) -> tuple[list[Fared], list[tuple[str, dict[str, Any]]]]:
    tail = analytics.tail(organization)
    found = analytics.versions(organization, prompt_id, shown.start, shown.end, tail)
    most = max((measures.requests for measures in found.values()), default=0) or 1
    rows = [Fared(number, measures, measures.requests / most) for number, measures in found.items()]
    drawn = sorted(sorted(found, key=lambda number: -found[number].requests)[:MOST_LINES])
    series = {
        number: analytics.series(
            organization, shown.start, shown.end, shown.grain, tail, PROMPT_VERSION, f"{prompt_id}@{number}"
        )
        for number in drawn
    }
    return rows, _charts(series)


def _charts(series: dict[Number, list[tuple[int, Measures]]]) -> list[tuple[str, dict[str, Any]]]:
    if not series:
        return []
    labels = [datetime.fromtimestamp(start / 1000, UTC).isoformat() for start, _ in next(iter(series.values()))]

    def chart(unit: str, value: Callable[[Measures], float | None]) -> dict[str, Any]:
        lines = [
            {"name": str(number), "unit": unit, "values": [value(measures) for _, measures in points]}
            for number, points in series.items()
        ]
        return {"labels": labels, "series": lines, "stacked": False}

    return [
        ("Requests", chart("", lambda one: one.requests)),
        ("Latency p95", chart("ms", lambda one: one.latency.percentile(95))),
        ("Cost of a request", chart("usd", _cost_of_one)),
    ]


def _cost_of_one(measures: Measures) -> float | None:
    priced = measures.requests - measures.unpriced
    return measures.cost / priced / PICO if priced else None
