import pytest

from ai_gateway.core.errors import InvalidRequest, UnknownPrompt
from ai_gateway.core.prompts.asking import (
    Asked,
    asked_of,
    asks,
    merged,
    unknown_environment,
    unknown_prompt,
    unknown_version,
)
from ai_gateway.core.prompts.versions import Number, Prompt, Release
from ai_gateway.core.wire import JsonObject

PROMPT = Prompt("abc", "A", 0, "ann", Number(0, 1), {0: 1}, environments={"production": Release(Number(0, 0))})


def tool(name: str, description: str = "") -> JsonObject:
    return {"type": "function", "function": {"name": name, "description": description}}


def test_a_request_without_prompt_fields_asks_for_nothing() -> None:
    assert not asks({"model": "gpt-4o", "messages": [], "version": "3"})
    assert asks({"prompt_id": "abc"})
    assert asks({"inputs": {}})


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"prompt_id": "abc"}, Asked("abc", {})),
        ({"prompt_id": "abc", "inputs": {"a": 1}}, Asked("abc", {"a": 1})),
        ({"prompt_id": "abc", "environment": "dev"}, Asked("abc", {}, environment="dev")),
        ({"prompt_id": "abc", "environment": ""}, Asked("abc", {}, environment="")),
        ({"prompt_id": "abc", "version": "1.10"}, Asked("abc", {}, Number(1, 10))),
        ({"prompt_id": "abc", "version_id": "5d4e", "environment": "dev"}, Asked("abc", {}, "5d4e", "dev")),
    ],
)
def test_what_a_request_asks_for(request_: JsonObject, expected: Asked) -> None:
    assert asked_of(request_) == expected


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        ({"inputs": {"a": 1}}, "prompt_id"),
        ({"environment": "dev"}, "prompt_id"),
        ({"version_id": "dev"}, "prompt_id"),
        ({"prompt_id": 5}, "prompt_id"),
        ({"prompt_id": "abc", "inputs": ["a"]}, "inputs"),
        ({"prompt_id": "abc", "version": 1.1}, "version"),
    ],
)
def test_what_a_request_may_not_ask(request_: JsonObject, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        asked_of(request_)
    assert caught.value.param == param


def test_stored_messages_come_first_and_the_requests_parameters_win() -> None:
    stored: JsonObject = {
        "model": "gpt-4o",
        "temperature": 0.1,
        "top_p": 0.5,
        "messages": [{"role": "system", "content": "S"}],
    }
    request: JsonObject = {
        "prompt_id": "abc",
        "version": "1.0",
        "version_id": "x",
        "environment": "dev",
        "inputs": {"a": 1},
        "temperature": 0.9,
        "messages": [{"role": "user", "content": "U"}],
    }
    assert merged(stored, request) == {
        "model": "gpt-4o",
        "temperature": 0.9,
        "top_p": 0.5,
        "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}],
    }


def test_a_request_may_have_no_messages_of_its_own() -> None:
    stored: JsonObject = {"messages": [{"role": "system", "content": "S"}]}
    assert merged(stored, {"prompt_id": "abc"})["messages"] == stored["messages"]
    assert merged(stored, {"prompt_id": "abc", "messages": []})["messages"] == stored["messages"]


def test_tools_of_both_are_sent_and_the_requests_replaces_one_of_its_name() -> None:
    stored: JsonObject = {"messages": [{"role": "user", "content": "U"}], "tools": [tool("a"), tool("b", "old")]}
    request: JsonObject = {"tools": [tool("b", "new"), tool("c")]}
    assert merged(stored, request)["tools"] == [tool("a"), tool("b", "new"), tool("c")]
    assert "tools" not in merged({"messages": stored["messages"]}, {})


def test_another_spelling_of_the_same_wish_does_not_stand_beside_the_requests() -> None:
    stored: JsonObject = {
        "messages": [{"role": "user", "content": "U"}],
        "max_tokens": 100,
        "reasoning_effort": "high",
    }
    both = merged(stored, {"max_completion_tokens": 50, "thinking": {"type": "disabled"}})
    assert both == {
        "messages": stored["messages"],
        "max_completion_tokens": 50,
        "thinking": {"type": "disabled"},
    }


def test_the_two_together_must_be_a_request() -> None:
    with pytest.raises(InvalidRequest, match="has a message"):
        merged({"messages": []}, {"messages": []})


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (unknown_prompt("support-bto", ["zeta", "support-bot"]), "There is no prompt 'support-bto'. There are: support-bot, zeta."),
        (unknown_prompt("a", []), "There is no prompt 'a'. There are none yet."),
        (unknown_version(PROMPT, Number(3, 1), [Number(0, 0), Number(0, 1)]), "The prompt 'abc' has no version '3.1'. It has: 0.0, 0.1."),
        (unknown_environment(PROMPT, "prod"), "The prompt 'abc' has no environment 'prod'. It has: production."),
    ],
)  # fmt: skip
def test_what_is_unknown_is_a_404_that_names_what_there_is(error: UnknownPrompt, message: str) -> None:
    assert error.status == 404
    assert error.message == message


def test_many_known_names_are_cut_short() -> None:
    message = unknown_prompt("x" * 5_000, [f"prompt-{number}" for number in range(100)]).message
    assert message.endswith(" and 80 more.")
    assert len(message) < 500
