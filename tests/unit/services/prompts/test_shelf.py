"""How old a prompt may be, and what happens when the table is away or slow."""

import asyncio

import pytest

from ai_gateway.core.errors import StoreUnavailable, UnknownPrompt
from ai_gateway.core.prompts.asking import Asked
from ai_gateway.core.prompts.versions import Number
from tests.unit.services.prompts.conftest import ANN, Office


async def text(office: Office, environment: str | None = None) -> str:
    asked = Asked("bot", {}, environment=environment)
    found = await office.finder.find("acme", asked, "ann")
    content = found.fill(asked, {})["messages"][0]["content"]
    assert isinstance(content, str)
    return content


async def test_a_prompt_is_read_once_for_many_requests(office: Office) -> None:
    await office.created("bot", "one")
    office.prompts.reads.clear()
    for _ in range(5):
        assert await text(office) == "one"
    assert office.prompts.reads == ["bot", "bot 0.0"]


async def test_requests_at_the_same_time_read_once_together(office: Office) -> None:
    await office.created("bot", "one")
    office.prompts.reads.clear()
    assert await asyncio.gather(*(text(office) for _ in range(5))) == ["one"] * 5
    assert office.prompts.reads.count("bot") == 1


async def test_a_publish_is_seen_when_the_remembered_one_is_too_old_and_not_before(office: Office) -> None:
    await office.created("bot", "one")
    assert await text(office) == "one"
    await office.saved("bot", "two", "production")
    assert await text(office) == "one"
    office.clock.now += 20
    assert await text(office) == "two"


async def test_versions_are_read_once_however_old(office: Office) -> None:
    await office.created("bot", "one")
    await text(office)
    office.prompts.reads.clear()
    office.clock.now += 10_000
    assert await text(office) == "one"
    assert office.prompts.reads == ["bot"]


async def test_while_the_table_is_away_the_prompt_read_before_is_served(office: Office) -> None:
    await office.created("bot", "one")
    await text(office)
    office.prompts.away = True
    office.clock.now += 10_000
    assert await text(office) == "one"
    office.prompts.reads.clear()
    assert await text(office) == "one"
    assert office.prompts.reads == []


async def test_after_the_table_is_back_the_newer_one_is_served_soon(office: Office) -> None:
    await office.created("bot", "one")
    await text(office)
    await office.saved("bot", "two", "production")
    office.prompts.away = True
    office.clock.now += 100
    assert await text(office) == "one"
    office.prompts.away = False
    office.clock.now += 6
    assert await text(office) == "two"


async def test_a_prompt_never_read_is_told_as_unavailable_while_the_table_is_away(office: Office) -> None:
    await office.created("bot", "one")
    office.prompts.away = True
    with pytest.raises(StoreUnavailable):
        await text(office)


async def test_a_table_that_does_not_answer_holds_up_one_request_for_a_moment_and_no_other(office: Office) -> None:
    await office.created("bot", "one")
    await text(office)
    await office.saved("bot", "two", "production")
    office.prompts.hanging = asyncio.Event()
    office.clock.now += 100
    assert await text(office) == "one"
    office.prompts.reads.clear()
    assert await text(office) == "one"
    assert office.prompts.reads == []
    office.prompts.hanging.set()
    office.clock.now += 6
    assert await text(office) == "two"


async def test_a_publish_is_taken_over_whole_or_not_at_all(office: Office) -> None:
    await office.created("bot", "one")
    await text(office)
    await office.saved("bot", "two", "production")
    office.clock.now += 100
    office.prompts.bodies_away = True
    assert await text(office) == "one"


async def test_a_deleted_prompt_is_unknown_when_it_is_read_again(office: Office) -> None:
    await office.created("bot", "one")
    await office.created("other", "x")
    await text(office)
    await office.library.delete(ANN, "bot", even_in_use=True)
    office.clock.now += 21
    with pytest.raises(UnknownPrompt, match="There are: other"):
        await text(office)


async def test_organizations_do_not_share_prompts(office: Office) -> None:
    await office.created("bot", "one")
    await text(office)
    with pytest.raises(UnknownPrompt, match="none yet"):
        await office.finder.find("other", Asked("bot", {}), "ann")


async def test_large_versions_push_each_other_out(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai_gateway.services.prompts.shelf.MOST_BYTES", 3_000)
    prompt = await office.created("bot", "x" * 1_000)
    for _ in range(4):
        prompt = await office.saved("bot", "y" * 1_000)
    for minor in (0, 1, 2, 0, 3, 4):
        await office.shelf.version("acme", prompt, Number(0, minor))
    office.prompts.reads.clear()
    for minor in (4, 3, 0):
        await office.shelf.version("acme", prompt, Number(0, minor))
    assert office.prompts.reads == ["bot 0.0"]
