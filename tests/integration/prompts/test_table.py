"""Prompts in DynamoDB: what is written comes back, and one edit is written whole or not at all."""

import asyncio
import random
from dataclasses import replace

import pytest

from ai_gateway.adapters.dynamodb.prompts import DynamoDBPrompts
from ai_gateway.core.errors import BodyTooLarge, EditConflict, StoreUnavailable
from ai_gateway.core.prompts.versions import Change, Draft, Move, Number, Prompt, Release, Summary, Version
from ai_gateway.runtime.storage import free_port
from tests.integration.conftest import client_at

PROMPT = Prompt(
    id="abc",
    name="Grüße ✓",
    created=1_800_000_000.25,
    author="ann",
    latest=Number(0, 0),
    minors={0: 0},
    tags=("a", "b"),
    environments={"production": Release(Number(0, 0)), "dev": Release(Number(0, 0), Number(1, 12), 12.5)},
    updated=1_800_000_001.5,
)
VERSION = Version(
    Summary("5d4e", Number(0, 0), "First version.", "ann", 1_800_000_000.25, "api", ("x",), "gpt-4o"),
    {"messages": [{"role": "system", "content": "Hi {{name}}"}], "temperature": 0.1},
)
MOVE = Move("production", None, Release(Number(0, 0)), "ann", 1_800_000_000.25)
FIRST = Change(PROMPT, VERSION, (MOVE,))


def following(prompt: Prompt, number: Number, version_id: str) -> Change:
    summary = replace(VERSION.summary, number=number, id=version_id)
    return Change(
        replace(prompt.with_version(number), revision=prompt.revision + 1), Version(summary, VERSION.body), (MOVE,)
    )


async def test_what_was_written_comes_back(prompts: DynamoDBPrompts, organization: str) -> None:
    await prompts.commit(organization, FIRST)
    assert await prompts.one(organization, "abc") == PROMPT
    assert await prompts.all(organization) == [PROMPT]
    assert await prompts.version(organization, "abc", Number(0, 0)) == VERSION
    assert await prompts.versions(organization, "abc") == [VERSION.summary]
    assert await prompts.find_version(organization, "5d4e") == ("abc", Number(0, 0))
    assert await prompts.moves(organization, "abc") == [MOVE]


async def test_what_is_not_there_is_none(prompts: DynamoDBPrompts, organization: str) -> None:
    assert await prompts.one(organization, "abc") is None
    assert await prompts.all(organization) == []
    assert await prompts.version(organization, "abc", Number(0, 0)) is None
    assert await prompts.versions(organization, "abc") == []
    assert await prompts.find_version(organization, "5d4e") is None
    assert await prompts.moves(organization, "abc") == []
    assert await prompts.draft(organization, "abc") is None


async def test_organizations_see_only_their_own(prompts: DynamoDBPrompts, organization: str) -> None:
    await prompts.commit(organization, FIRST)
    other = f"{organization}-other"
    assert await prompts.one(other, "abc") is None
    assert await prompts.all(other) == []
    assert await prompts.find_version(other, "5d4e") is None
    await prompts.commit(other, FIRST)


async def test_versions_come_in_the_order_of_their_numbers(prompts: DynamoDBPrompts, organization: str) -> None:
    await prompts.commit(organization, FIRST)
    prompt = PROMPT
    for number in (Number(0, 10), Number(0, 2), Number(10, 0), Number(2, 0)):
        change = following(prompt, number, str(number))
        await prompts.commit(organization, change)
        prompt = change.prompt
    numbers = [str(summary.number) for summary in await prompts.versions(organization, "abc")]
    assert numbers == ["0.0", "0.2", "0.10", "2.0", "10.0"]


async def test_of_edits_made_at_the_same_time_one_is_written_and_the_others_are_conflicts(
    prompts: DynamoDBPrompts, organization: str
) -> None:
    await prompts.commit(organization, FIRST)
    changes = [following(PROMPT, Number(0, 1), f"version-{number}") for number in range(8)]
    outcomes = await asyncio.gather(
        *(prompts.commit(organization, change) for change in changes), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [EditConflict] * 7
    winner = changes[outcomes.index(None)]
    assert await prompts.one(organization, "abc") == winner.prompt
    assert winner.version is not None
    assert await prompts.version(organization, "abc", Number(0, 1)) == winner.version
    assert len(await prompts.versions(organization, "abc")) == 2
    assert len(await prompts.moves(organization, "abc")) == 2


async def test_a_lost_race_leaves_nothing_of_the_edit(prompts: DynamoDBPrompts, organization: str) -> None:
    await prompts.commit(organization, FIRST)
    with pytest.raises(EditConflict):
        await prompts.commit(organization, replace(following(PROMPT, Number(7, 0), "lost"), prompt=PROMPT))
    assert await prompts.find_version(organization, "lost") is None
    assert await prompts.version(organization, "abc", Number(7, 0)) is None
    assert len(await prompts.moves(organization, "abc")) == 1


async def test_a_version_is_never_written_over(prompts: DynamoDBPrompts, organization: str) -> None:
    await prompts.commit(organization, FIRST)
    with pytest.raises(EditConflict):
        await prompts.commit(organization, following(PROMPT, Number(0, 0), "another"))
    assert await prompts.version(organization, "abc", Number(0, 0)) == VERSION
    assert await prompts.one(organization, "abc") == PROMPT


async def test_a_deleted_prompt_is_not_listed_and_still_known(prompts: DynamoDBPrompts, organization: str) -> None:
    await prompts.commit(organization, FIRST)
    gone = replace(PROMPT, deleted=True, revision=2)
    await prompts.commit(organization, Change(gone))
    assert await prompts.all(organization) == []
    assert await prompts.one(organization, "abc") == gone


async def test_drafts_are_saved_over_the_one_that_was_read(prompts: DynamoDBPrompts, organization: str) -> None:
    draft = Draft({"messages": []}, Number(0, 0), "ann", 1_800_000_000.5)
    await prompts.save_draft(organization, "abc", draft)
    again = replace(draft, author="bob", revision=2)
    await prompts.save_draft(organization, "abc", again)
    for stale in (draft, again):
        with pytest.raises(EditConflict):
            await prompts.save_draft(organization, "abc", stale)
    assert await prompts.draft(organization, "abc") == again
    await prompts.discard_draft(organization, "abc")
    assert await prompts.draft(organization, "abc") is None


async def test_a_draft_goes_when_its_version_comes_and_only_then(prompts: DynamoDBPrompts, organization: str) -> None:
    draft = Draft({"messages": []}, Number(0, 0), "ann", 1_800_000_000.5)
    await prompts.commit(organization, FIRST)
    await prompts.save_draft(organization, "abc", draft)
    made = following(PROMPT, Number(0, 1), "from-draft")
    with pytest.raises(EditConflict):
        await prompts.commit(organization, replace(made, settles_draft=replace(draft, revision=2)))
    assert await prompts.draft(organization, "abc") == draft
    await prompts.commit(organization, replace(made, settles_draft=draft))
    assert await prompts.draft(organization, "abc") is None


async def test_a_template_of_300_kb_is_stored(prompts: DynamoDBPrompts, organization: str) -> None:
    body: dict[str, object] = {"messages": [{"role": "system", "content": noise(300_000)}]}
    await prompts.commit(organization, replace(FIRST, version=Version(VERSION.summary, body)))
    stored = await prompts.version(organization, "abc", Number(0, 0))
    assert stored is not None
    assert stored.body == body


async def test_one_that_no_item_holds_is_refused_with_its_size(prompts: DynamoDBPrompts, organization: str) -> None:
    body: dict[str, object] = {"messages": [{"role": "system", "content": noise(900_000)}]}
    with pytest.raises(BodyTooLarge, match=r"900,0\d\d bytes of JSON") as caught:
        await prompts.commit(organization, replace(FIRST, version=Version(VERSION.summary, body)))
    assert caught.value.status == 413
    with pytest.raises(BodyTooLarge):
        await prompts.save_draft(organization, "abc", Draft(body, Number(0, 0), "ann", 0))
    assert await prompts.one(organization, "abc") is None


async def test_a_table_that_is_away_is_told_as_such() -> None:
    client = client_at(f"http://127.0.0.1:{free_port()}", makes_table=False)
    away = DynamoDBPrompts(client, "ai-gateway")
    with pytest.raises(StoreUnavailable):
        await away.one("org", "abc")
    with pytest.raises(StoreUnavailable):
        await away.commit("org", FIRST)


def noise(size: int) -> str:
    """Text that hardly gets smaller: letters at random, the same on every run."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ."
    return "".join(random.Random(5).choices(letters, k=size))
