"""Stored prompts on the hot path: what goes upstream, and what the record says."""

from ai_gateway.core.wire import JsonObject, dumps, loads
from ai_gateway.services.prompts.editing import Editing, Editor, NewVersion
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf
from tests.fakes import CALLER, Answer, FakeResponse, FakeUpstream, World

WHOLE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}
BODY: JsonObject = {
    "model": "gpt-4o-mini/openai",
    "temperature": 0.2,
    "stream": True,
    "messages": [{"role": "system", "content": "Help {{name}}."}],
}


async def world_with_prompt() -> World:
    world = World(FakeUpstream([FakeResponse([dumps(WHOLE)])]))
    editing = Editing(world.prompts, world.clock)
    library = Library(editing, Releases(editing, PromptFinder(Shelf(world.prompts, world.clock))))
    await library.create(Editor(CALLER.organization, "ann"), "Bot", NewVersion(BODY), prompt_id="bot")
    return world


def sent(world: World) -> object:
    (call,) = world.upstream.calls
    return loads(call.body)


def told(answer: Answer) -> JsonObject:
    body = loads(answer.body)
    assert isinstance(body, dict)
    error = body["error"]
    assert isinstance(error, dict)
    return error


async def test_a_request_without_messages_is_made_of_its_stored_prompt() -> None:
    world = await world_with_prompt()
    answer = await world.ask({"prompt_id": "bot", "environment": "production", "inputs": {"name": "Ann"}})
    assert answer.status == 200
    assert sent(world) == {
        "model": "gpt-4o-mini",
        "temperature": 0.2,
        "messages": [{"role": "system", "content": "Help Ann."}],
    }
    record = world.record
    assert (record.prompt_id, record.prompt_version, record.prompt_environment) == ("bot", "0.0", "production")
    assert record.model_asked == "gpt-4o-mini/openai"
    assert record.request is not None
    assert loads(record.request) == {
        "model": "gpt-4o-mini/openai",
        "temperature": 0.2,
        "messages": [{"role": "system", "content": "Help Ann."}],
        "prompt_id": "bot",
        "environment": "production",
        "inputs": {"name": "Ann"},
    }


async def test_the_request_adds_messages_and_overrides_parameters() -> None:
    world = await world_with_prompt()
    await world.ask(
        {
            "model": "gpt-4o/openai",
            "prompt_id": "bot",
            "version": "0.0",
            "inputs": {"name": "Ann"},
            "temperature": 1,
            "messages": [{"role": "user", "content": "{{name}}"}],
        }
    )
    assert sent(world) == {
        "model": "gpt-4o",
        "temperature": 1,
        "messages": [{"role": "system", "content": "Help Ann."}, {"role": "user", "content": "{{name}}"}],
    }
    assert (world.record.prompt_version, world.record.prompt_environment) == ("0.0", None)


async def test_a_missing_input_is_a_400_and_nothing_is_sent() -> None:
    world = await world_with_prompt()
    answer = await world.ask({"prompt_id": "bot"})
    assert answer.status == 400
    assert told(answer) == {
        "message": "Prompt 'bot', version 0.0: The input 'name' is missing; the prompt needs a string"
        " and no inputs were given.",
        "type": "prompt_error",
        "param": "inputs.name",
        "code": "prompt_error",
    }
    assert world.upstream.calls == []
    assert (world.record.status, world.record.prompt_id, world.record.prompt_version) == (400, "bot", "0.0")
    assert world.record.request == b'{"prompt_id":"bot"}'


async def test_an_unknown_prompt_is_a_404_that_lists_what_there_is() -> None:
    world = await world_with_prompt()
    answer = await world.ask({"model": "gpt-4o", "prompt_id": "bto"})
    assert answer.status == 404
    assert told(answer)["message"] == "There is no prompt 'bto'. There are: bot."
    assert told(answer)["type"] == "prompt_not_found"
    assert world.record.prompt_id is None


async def test_inputs_without_a_prompt_are_a_400() -> None:
    world = await world_with_prompt()
    answer = await world.ask(
        {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "inputs": {"name": "Ann"}}
    )
    assert (answer.status, told(answer)["param"]) == (400, "prompt_id")


async def test_a_request_without_a_prompt_reads_no_prompts() -> None:
    world = await world_with_prompt()
    world.prompts.reads.clear()
    await world.ask({"model": "gpt-4o/openai", "messages": [{"role": "user", "content": "Hi {{name}}"}]})
    assert world.prompts.reads == []
    assert sent(world) == {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi {{name}}"}]}
    assert world.record.prompt_id is None


async def test_a_request_that_is_not_kept_leaves_its_inputs_out_too() -> None:
    world = await world_with_prompt()
    await world.ask({"prompt_id": "bot", "inputs": {"name": "Ann"}}, omit_request=True)
    assert world.record.request is None
    assert world.record.prompt_id == "bot"


async def test_while_the_table_is_away_a_prompt_read_before_is_served_and_another_is_a_503() -> None:
    world = await world_with_prompt()
    world.upstream.answers.append(FakeResponse([dumps(WHOLE)]))
    asked = {"prompt_id": "bot", "inputs": {"name": "Ann"}}
    assert (await world.ask(asked)).status == 200
    world.prompts.away = True
    world.clock.now += 1_000
    assert (await world.ask(asked)).status == 200
    assert (await world.ask({"prompt_id": "other"})).status == 503
