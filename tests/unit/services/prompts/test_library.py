"""Writing, versioning and publishing, among fakes."""

import asyncio

import pytest

from ai_gateway.core.errors import EditConflict, PromptError, UnknownPrompt
from ai_gateway.core.prompts.versions import Number, Release
from ai_gateway.services.prompts.editing import NewVersion
from tests.unit.services.prompts.conftest import ANN, Office, said


async def test_a_new_prompt_has_version_0_0_in_production_and_an_id_of_its_own(office: Office) -> None:
    prompt, version = await office.library.create(ANN, "Support bot", NewVersion(said("a", model="gpt-4o")), tags=["x"])
    assert len(prompt.id) == 6
    assert prompt.environments == {"production": Release(Number(0, 0))}
    assert (prompt.revision, prompt.tags, prompt.author) == (1, ("x",), "ann")
    assert (version.summary.number, version.summary.model) == (Number(0, 0), "gpt-4o")
    assert await office.editing.one("acme", prompt.id) == prompt


async def test_an_id_in_use_is_a_conflict_and_one_of_a_deleted_prompt_goes_on(office: Office) -> None:
    await office.created("bot", "one")
    with pytest.raises(EditConflict, match="already"):
        await office.created("bot", "two")
    await office.library.delete(ANN, "bot", even_in_use=True)
    prompt = await office.created("bot", "three")
    assert prompt.latest == Number(1, 0)
    assert prompt.environments == {"production": Release(Number(1, 0))}


async def test_prompts_are_found_by_words_tags_and_environment(office: Office) -> None:
    for prompt_id, tags, environment in (("a-bot", ["x"], "dev"), ("b-bot", ["y"], "production"), ("c", [], "dev")):
        await office.library.create(
            ANN, f"The {prompt_id}", NewVersion(said("a")), prompt_id=prompt_id, tags=tags, environments=[environment]
        )
        office.clock.now += 1

    async def found(words: str = "", tags: tuple[str, ...] = (), environment: str | None = None) -> list[str]:
        return [prompt.id for prompt in await office.library.search("acme", words, tags, environment)]

    assert await found() == ["c", "b-bot", "a-bot"]
    assert await found("BOT the") == ["b-bot", "a-bot"]
    assert await found(tags=("x", "z")) == ["a-bot"]
    assert await found(environment="dev") == ["c", "a-bot"]
    assert await office.library.search("other") == []


async def test_versions_are_numbered_from_where_they_began(office: Office) -> None:
    await office.created("bot", "0.0")
    await office.library.save(ANN, "bot", NewVersion(said("1.0"), major=True))
    _, second = await office.library.save(ANN, "bot", NewVersion(said("1.1")))
    _, branch = await office.library.save(ANN, "bot", NewVersion(said("0.1"), base=Number(0, 0)))
    assert [second.summary.number, branch.summary.number] == [Number(1, 1), Number(0, 1)]
    with pytest.raises(UnknownPrompt, match=r"no version '7\.0'"):
        await office.library.save(ANN, "bot", NewVersion(said("x"), base=Number(7, 0)))


async def test_a_body_that_cannot_be_rendered_is_not_saved(office: Office) -> None:
    with pytest.raises(PromptError, match="unknown type"):
        await office.created("bot", "{{hc:a:nubmer}}")
    assert await office.library.search("acme") == []


async def test_an_edit_of_an_old_revision_is_a_conflict(office: Office) -> None:
    prompt = await office.created("bot", "one")
    await office.library.save(ANN, "bot", NewVersion(said("two")), revision=prompt.revision)
    with pytest.raises(EditConflict, match="revision 2"):
        await office.library.save(ANN, "bot", NewVersion(said("three")), revision=prompt.revision)
    with pytest.raises(EditConflict):
        await office.releases.publish(ANN, "bot", "dev", "0.1", revision=prompt.revision)
    with pytest.raises(EditConflict):
        await office.library.describe(ANN, "bot", name="New", revision=prompt.revision)


async def test_edits_that_expect_nothing_all_come_through(office: Office) -> None:
    await office.created("bot", "one")
    made = await asyncio.gather(*(office.library.save(ANN, "bot", NewVersion(said(str(n)))) for n in range(4)))
    assert sorted(version.summary.number for _, version in made) == [Number(0, minor) for minor in (1, 2, 3, 4)]


async def test_publishing_moves_an_environment_and_keeps_the_history(office: Office) -> None:
    await office.created("bot", "one")
    await office.saved("bot", "two")
    prompt = await office.releases.publish(ANN, "bot", "production", "0.1")
    assert prompt.environments == {"production": Release(Number(0, 1))}
    moves = await office.prompts.moves("acme", "bot")
    assert [(move.before, move.after, move.author, move.kind) for move in moves] == [
        (None, Release(Number(0, 0)), "ann", "publish"),
        (Release(Number(0, 0)), Release(Number(0, 1)), "ann", "publish"),
    ]


async def test_publishing_what_is_there_already_changes_nothing(office: Office) -> None:
    prompt = await office.created("bot", "one")
    assert await office.releases.publish(ANN, "bot", "production", "0.0") == prompt
    assert len(await office.prompts.moves("acme", "bot")) == 1


async def test_what_does_not_exist_is_not_published(office: Office) -> None:
    await office.created("bot", "one")
    with pytest.raises(UnknownPrompt, match=r"no version '0\.9'"):
        await office.releases.publish(ANN, "bot", "production", "0.9")
    with pytest.raises(PromptError, match="environment's name"):
        await office.releases.publish(ANN, "bot", "my prod", "0.0")


async def test_a_prompt_whose_partials_are_missing_or_hold_it_is_not_published(office: Office) -> None:
    await office.created("a", "one")
    await office.created("b", "{{hcp:a:0}}")
    await office.saved("a", "{{hcp:b:0}}")
    with pytest.raises(PromptError, match="holds itself"):
        await office.releases.publish(ANN, "a", "production", "0.1")
    await office.saved("a", "{{hcp:missing:0}}")
    with pytest.raises(UnknownPrompt, match="'missing'"):
        await office.releases.publish(ANN, "a", "production", "0.2")
    with pytest.raises(PromptError, match="holds itself"):
        await office.saved("a", "{{hcp:b:0}}", "production")


async def test_a_rollout_grows_and_ends(office: Office) -> None:
    await office.created("bot", "one")
    await office.saved("bot", "two")
    rolling = await office.releases.publish(ANN, "bot", "production", "0.1", percent=10)
    assert rolling.environments["production"] == Release(Number(0, 0), Number(0, 1), 10)
    more = await office.releases.publish(ANN, "bot", "production", "0.1", percent=50)
    assert more.environments["production"] == Release(Number(0, 0), Number(0, 1), 50)
    done = await office.releases.publish(ANN, "bot", "production", "0.1")
    assert done.environments["production"] == Release(Number(0, 1))


@pytest.mark.parametrize(
    ("environment", "version", "percent", "told"),
    [
        ("production", "0.1", 0, "over 0"),
        ("production", "0.1", 101, "at most 100"),
        ("production", "0.0", 50, "already"),
        ("staging", "0.1", 50, "points at no version yet"),
    ],
)
async def test_a_rollout_that_makes_no_sense_is_refused(
    office: Office, environment: str, version: str, percent: float, told: str
) -> None:
    await office.created("bot", "one")
    await office.saved("bot", "two")
    with pytest.raises(PromptError, match=told):
        await office.releases.publish(ANN, "bot", environment, version, percent=percent)


async def test_a_rollback_goes_back_and_further_back(office: Office) -> None:
    await office.created("bot", "one")
    await office.saved("bot", "two", "production")
    await office.saved("bot", "three", "production")
    assert (await office.releases.roll_back(ANN, "bot", "production")).environments["production"].version == (0, 1)
    assert (await office.releases.roll_back(ANN, "bot", "production")).environments["production"].version == (0, 0)
    with pytest.raises(PromptError, match="no earlier release"):
        await office.releases.roll_back(ANN, "bot", "production")
    with pytest.raises(UnknownPrompt, match="no environment 'staging'"):
        await office.releases.roll_back(ANN, "bot", "staging")


async def test_a_rollback_ends_a_rollout(office: Office) -> None:
    await office.created("bot", "one")
    await office.saved("bot", "two")
    await office.releases.publish(ANN, "bot", "production", "0.1", percent=10)
    prompt = await office.releases.roll_back(ANN, "bot", "production")
    assert prompt.environments["production"] == Release(Number(0, 0))


async def test_a_prompt_in_use_is_not_deleted_unless_that_is_said(office: Office) -> None:
    await office.created("bot", "one", "production", "dev")
    with pytest.raises(EditConflict, match="used by dev, production"):
        await office.library.delete(ANN, "bot")
    await office.releases.unpublish(ANN, "bot", "dev")
    await office.releases.unpublish(ANN, "bot", "production")
    await office.library.delete(ANN, "bot")
    with pytest.raises(UnknownPrompt):
        await office.editing.one("acme", "bot")


async def test_a_version_in_use_or_the_only_one_is_not_deleted(office: Office) -> None:
    await office.created("bot", "one")
    prompt = await office.saved("bot", "two")
    assert prompt.latest == Number(0, 1)
    with pytest.raises(EditConflict, match="used by production"):
        await office.library.delete_version(ANN, "bot", "0.0")
    await office.library.delete_version(ANN, "bot", "0.1")
    after = await office.saved("bot", "three")
    assert after.latest == Number(0, 2)
    await office.library.delete_version(ANN, "bot", "0.2")
    await office.releases.unpublish(ANN, "bot", "production")
    with pytest.raises(EditConflict, match="the only one"):
        await office.library.delete_version(ANN, "bot", "0.0")


async def test_a_draft_is_worked_on_and_becomes_a_version(office: Office) -> None:
    await office.created("bot", "one")
    first = await office.library.save_draft(ANN, "bot", said("{{hc:half"), revision=0)
    second = await office.library.save_draft(ANN, "bot", said("two"), revision=first.revision)
    with pytest.raises(EditConflict, match="draft is at revision 2"):
        await office.library.save_draft(ANN, "bot", said("other"), revision=first.revision)
    assert second.base == Number(0, 0)
    _, version = await office.library.save(ANN, "bot", NewVersion(message="from the draft"))
    assert (version.body, version.summary.number) == (said("two"), Number(0, 1))
    assert await office.prompts.draft("acme", "bot") is None
    with pytest.raises(PromptError, match="no draft"):
        await office.library.save(ANN, "bot", NewVersion())
