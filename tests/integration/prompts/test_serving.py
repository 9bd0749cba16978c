"""Publishing and serving through the table: moves are atomic, a publish is seen in time, and the table may go away."""

import asyncio
import signal
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
from ai_gateway.core.errors import EditConflict, StoreUnavailable
from ai_gateway.core.prompts.asking import Asked
from ai_gateway.core.prompts.versions import Number, Release
from ai_gateway.core.wire import JsonObject
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.storage import free_port
from ai_gateway.services.prompts.editing import Editing, Editor, NewVersion
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf
from tests.fakes import FakeClock
from tests.integration.conftest import TABLE, client_at

ASKED = Asked("bot", {"name": "Ann"})
OLDEST = 30
"""Seconds after a publish in which every process has seen it."""


def said(text: str) -> JsonObject:
    return {"messages": [{"role": "system", "content": text}]}


async def with_versions(library: Library, organization: str, count: int) -> Editor:
    by = Editor(organization, "ann")
    await library.create(by, "Bot", NewVersion(said("version 0 {{name}}")), prompt_id="bot")
    for number in range(1, count):
        await library.save(by, "bot", NewVersion(said(f"version {number} {{{{name}}}}")))
    return by


async def text(finder: PromptFinder, organization: str) -> object:
    found = await finder.find(organization, ASKED, "ann")
    return found.fill(ASKED, {})["messages"][0]["content"]


async def test_publishes_at_the_same_time_make_one_unbroken_history(library: Library, organization: str) -> None:
    by = await with_versions(library, organization, 5)
    versions = ("0.1", "0.2", "0.3", "0.4")
    await asyncio.gather(*(library.releases.publish(by, "bot", "production", version) for version in versions))
    moves = await library.editing.prompts.moves(organization, "bot")
    assert moves[0].before is None
    assert all(earlier.after == later.before for earlier, later in pairwise(moves))
    assert {str(move.after) for move in moves} == {"0.0", *versions}
    prompt = await library.editing.one(organization, "bot")
    assert prompt.environments["production"] == moves[-1].after


async def test_of_two_publishes_of_one_revision_one_is_a_conflict(library: Library, organization: str) -> None:
    by = await with_versions(library, organization, 3)
    revision = (await library.editing.one(organization, "bot")).revision
    outcomes = await asyncio.gather(
        *(library.releases.publish(by, "bot", "production", version, revision=revision) for version in ("0.1", "0.2")),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EditConflict", "Prompt"]
    assert len(await library.editing.prompts.moves(organization, "bot")) == 2


async def test_saves_at_the_same_time_get_numbers_of_their_own(library: Library, organization: str) -> None:
    by = await with_versions(library, organization, 1)
    made = await asyncio.gather(*(library.save(by, "bot", NewVersion(said(str(number)))) for number in range(4)))
    assert sorted(version.summary.number for _, version in made) == [Number(0, minor) for minor in (1, 2, 3, 4)]
    for _, version in made:
        assert await library.editing.prompts.version(organization, "bot", version.summary.number) == version


async def test_edits_of_one_draft_by_two_people_do_not_overwrite_each_other(
    library: Library, organization: str
) -> None:
    by = await with_versions(library, organization, 1)
    first = await library.save_draft(by, "bot", said("mine"), revision=0)
    with pytest.raises(EditConflict):
        await library.save_draft(Editor(organization, "bob"), "bot", said("theirs"), revision=0)
    assert await library.editing.prompts.draft(organization, "bot") == first


async def test_every_process_sees_a_publish_within_30_seconds(
    library: Library, prompts: DynamoDBPrompts, organization: str
) -> None:
    by = await with_versions(library, organization, 2)
    clock = FakeClock()
    processes = [PromptFinder(Shelf(prompts, clock)) for _ in range(3)]
    for finder in processes:
        assert await text(finder, organization) == "version 0 Ann"
        clock.now += 5
    await library.releases.publish(by, "bot", "production", "0.1")
    clock.now += OLDEST - 5
    assert [await text(finder, organization) for finder in processes] == ["version 1 Ann"] * 3


async def test_a_rollout_through_the_table_is_sticky(
    library: Library, prompts: DynamoDBPrompts, organization: str
) -> None:
    by = await with_versions(library, organization, 2)
    await library.releases.publish(by, "bot", "production", "0.1", percent=50)
    finders = [PromptFinder(Shelf(prompts, FakeClock())) for _ in range(2)]
    got = [
        [(await finder.find(organization, ASKED, f"user-{number}")).use.version for number in range(40)]
        for finder in finders
    ]
    assert got[0] == got[1]
    assert set(got[0]) == {Number(0, 0), Number(0, 1)}
    prompt = await library.editing.one(organization, "bot")
    assert prompt.environments["production"] == Release(Number(0, 0), Number(0, 1), 50)


@pytest.fixture
def mortal() -> Iterator[Emulator]:
    """An emulator that the test may stop."""
    emulator = Emulator(free_port())
    try:
        emulator.wait()
        yield emulator
    finally:
        emulator._process.send_signal(signal.SIGCONT)
        emulator.stop()


async def test_what_was_served_is_served_on_while_the_table_does_not_answer_and_when_it_is_gone(
    mortal: Emulator, organization: str
) -> None:
    prompts, clock = DynamoDBPrompts(client_at(mortal.url), TABLE), FakeClock()
    editing = Editing(prompts, clock)
    finder = PromptFinder(Shelf(prompts, clock, patience=0.2))
    by = await with_versions(Library(editing, Releases(editing, finder)), organization, 1)
    assert by.organization == organization
    assert await text(finder, organization) == "version 0 Ann"
    loop = asyncio.get_running_loop()

    mortal._process.send_signal(signal.SIGSTOP)
    clock.now += 10_000
    begun = loop.time()
    assert await text(finder, organization) == "version 0 Ann"
    assert await text(finder, organization) == "version 0 Ann"
    assert loop.time() - begun < 2
    mortal._process.send_signal(signal.SIGCONT)

    mortal.stop()
    clock.now += 10_000
    assert await text(finder, organization) == "version 0 Ann"
    with pytest.raises(StoreUnavailable):
        await text(PromptFinder(Shelf(prompts, clock)), organization)
