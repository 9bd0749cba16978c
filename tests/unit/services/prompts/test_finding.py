"""Which version a request gets."""

import pytest

from ai_gateway.core.errors import PromptError, UnknownPrompt
from ai_gateway.core.prompts.asking import Asked, PromptUse
from ai_gateway.core.prompts.versions import Number
from ai_gateway.services.prompts.editing import NewVersion
from tests.unit.services.prompts.conftest import ANN, Office, said


async def filled(office: Office, asked: Asked, subject: str = "ann") -> object:
    found = await office.finder.find("acme", asked, subject)
    return found.fill(asked, {})["messages"][0]["content"]


async def test_a_version_wins_over_an_environment_and_that_over_production(office: Office) -> None:
    await office.created("bot", "production")
    await office.saved("bot", "dev", "dev")
    prompt, version = await office.library.save(ANN, "bot", NewVersion(said("latest")))
    assert prompt.latest == Number(0, 2)
    assert await filled(office, Asked("bot", {})) == "production"
    assert await filled(office, Asked("bot", {}, environment="dev")) == "dev"
    assert await filled(office, Asked("bot", {}, Number(0, 2), "dev")) == "latest"
    assert await filled(office, Asked("bot", {}, version.summary.id, "dev")) == "latest"


async def test_what_was_used_is_told(office: Office) -> None:
    await office.created("bot", "production")
    assert (await office.finder.find("acme", Asked("bot", {}), "ann")).use == PromptUse(
        "bot", Number(0, 0), "production"
    )
    by_number = await office.finder.find("acme", Asked("bot", {}, Number(0, 0), "dev"), "ann")
    assert by_number.use == PromptUse("bot", Number(0, 0))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Asked("bto", {}), "There is no prompt 'bto'. There are: bot, other."),
        (Asked("bot", {}, environment="prod"), "has no environment 'prod'. It has: production."),
        (Asked("bot", {}, environment=""), "has no environment ''. It has: production."),
        (Asked("bot", {}, Number(3, 1)), "has no version '3.1'. It has: 0.1, 0.0."),
        (Asked("bot", {}, "5d4e"), "has no version '5d4e'. It has: 0.1, 0.0."),
        (Asked("bot", {}, ""), "has no version ''. It has: 0.1, 0.0."),
        (Asked("other", {}), "has no environment 'production'. It has: dev."),
    ],
)
async def test_what_does_not_exist_is_a_404_and_never_another_version(office: Office, asked: Asked, told: str) -> None:
    await office.created("bot", "one")
    await office.saved("bot", "two")
    await office.created("other", "x", "dev")
    with pytest.raises(UnknownPrompt) as caught:
        await office.finder.find("acme", asked, "ann")
    assert told in caught.value.message
    assert caught.value.status == 404


async def test_the_id_of_another_prompts_version_is_unknown(office: Office) -> None:
    await office.created("bot", "one")
    _, version = await office.library.create(ANN, "other", NewVersion(said("x")), prompt_id="other")
    with pytest.raises(UnknownPrompt):
        await office.finder.find("acme", Asked("bot", {}, version.summary.id), "ann")


async def test_a_rollout_is_sticky_and_each_request_knows_which_one_it_got(office: Office) -> None:
    await office.created("bot", "old")
    await office.saved("bot", "new")
    await office.releases.publish(ANN, "bot", "production", "0.1", percent=50)
    subjects = [f"user-{number}" for number in range(60)]
    first = [(await office.finder.find("acme", Asked("bot", {}), subject)).use.version for subject in subjects]
    again = [(await office.finder.find("acme", Asked("bot", {}), subject)).use.version for subject in subjects]
    assert first == again
    assert set(first) == {Number(0, 0), Number(0, 1)}


async def test_partials_are_those_of_production_or_of_the_environment_they_name(office: Office) -> None:
    await office.created("tone", "Be {{how|kind}}.", "production")
    await office.saved("tone", "Be brief.", "dev")
    await office.created("bot", "{{hcp:tone:0}} {{hcp:tone:0:dev}} {{name}}")
    assert await filled(office, Asked("bot", {"name": "{{hcp:tone:0}}"})) == "Be kind. Be brief. {{hcp:tone:0}}"


async def test_a_partial_that_is_published_anew_is_seen_like_any_prompt(office: Office) -> None:
    await office.created("tone", "old")
    await office.created("bot", "{{hcp:tone:0}}")
    assert await filled(office, Asked("bot", {})) == "old"
    await office.saved("tone", "new", "production")
    office.clock.now += 21
    assert await filled(office, Asked("bot", {})) == "new"


async def test_partials_that_hold_each_other_are_refused_with_the_way_round(office: Office) -> None:
    await office.created("a", "{{hcp:b:0}}")
    await office.created("b", "{{hcp:a:0}}")
    with pytest.raises(PromptError, match=r"holds itself: \{\{hcp:b:0:production\}\} ->"):
        await filled(office, Asked("a", {}))


async def test_a_partial_that_does_not_exist_is_named(office: Office) -> None:
    await office.created("a", "{{hcp:missing:0}}")
    with pytest.raises(UnknownPrompt, match="no prompt 'missing'"):
        await filled(office, Asked("a", {}))


async def test_a_missing_input_is_told_with_the_prompt_and_its_version(office: Office) -> None:
    await office.created("bot", "{{hc:age:number}}")
    with pytest.raises(PromptError) as caught:
        await filled(office, Asked("bot", {"ages": 1}))
    assert caught.value.message == (
        "Prompt 'bot', version 0.0: The input 'age' is missing; the prompt needs a number (given: 'ages')."
    )
    assert caught.value.param == "inputs.age"
