"""What a newcomer does: the OpenAI SDK, base URL and key changed, any dialect."""

import asyncio
from typing import cast

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import BaseModel

from tests.e2e.running import Gateway

MODELS = (
    "gpt-4o-mini/openai",
    "gpt-4o/azure/my-deployment",
    "claude-sonnet-4/anthropic",
    "gemini-2.5-flash/google",
    "claude-sonnet-4/bedrock",
    "claude-sonnet-4/vertex",
    "gemini-2.5-flash/vertex",
    "command-a/cohere",
    "mistral-large/mistral",
    "llama-3.3-70b-instruct/groq",
)
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say hello"}]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Event(BaseModel):
    name: str
    people: list[str]


@pytest.mark.parametrize("model", MODELS)
def test_every_dialect_answers(client: OpenAI, model: str) -> None:
    raw = client.chat.completions.with_raw_response.create(model=model, messages=HELLO)
    answer = raw.parse()
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert raw.headers["gateway-simulated"] == "true"
    assert raw.headers["helicone-status"] == "success"
    assert float(raw.headers["gateway-cost"]) > 0


@pytest.mark.parametrize("model", MODELS)
def test_every_dialect_streams_what_it_says_whole(client: OpenAI, model: str) -> None:
    whole = client.chat.completions.create(model=model, messages=HELLO)
    chunks = list(
        client.chat.completions.create(model=model, messages=HELLO, stream=True, stream_options={"include_usage": True})
    )
    *answer, last = chunks
    assert "".join(chunk.choices[0].delta.content or "" for chunk in answer) == whole.choices[0].message.content
    assert answer[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in answer if chunk.choices[0].finish_reason] == ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.total_tokens > 0
    assert last.usage.model_extra is not None
    assert last.usage.model_extra["cost"] > 0


@pytest.mark.parametrize("model", MODELS)
def test_every_dialect_calls_tools(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "The weather in Oslo?"}],
        tools=[WEATHER],
        tool_choice="required",
    )
    (call,) = answer.choices[0].message.tool_calls or []
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.type == "function"
    assert call.function.name == "get_weather"
    after = client.chat.completions.create(
        model=model,
        messages=[
            {"role": "user", "content": "The weather in Oslo?"},
            cast("ChatCompletionMessageParam", answer.choices[0].message.model_dump(exclude_none=True)),
            {"role": "tool", "tool_call_id": call.id, "content": "Rain"},
        ],
        tools=[WEATHER],
    )
    assert after.choices[0].message.content


@pytest.mark.parametrize("model", MODELS)
def test_every_dialect_is_parsed_into_a_model(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.parse(model=model, messages=HELLO, response_format=Event)
    assert isinstance(answer.choices[0].message.parsed, Event)


async def test_the_asynchronous_client_answers_and_streams(gateway: Gateway) -> None:
    async with AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key) as client:
        answers = await asyncio.gather(
            *(client.chat.completions.create(model=model, messages=HELLO) for model in MODELS for _ in range(3))
        )
        assert all(answer.choices[0].message.content for answer in answers)
        stream = await client.chat.completions.create(model="claude-4.5-haiku", messages=HELLO, stream=True)
        assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_the_base_url_works_with_and_without_its_version(gateway: Gateway, prefix: str) -> None:
    with gateway.client(prefix) as client:
        assert client.chat.completions.create(model="claude-4.5-haiku", messages=HELLO).choices[0].message.content
        assert {"gpt-4o-mini", "claude-sonnet-4"} <= {model.id for model in client.models.list()}
        assert client.models.retrieve("gpt-4o-mini").owned_by == "openai"


def test_a_wrong_key_is_an_authentication_error(gateway: Gateway) -> None:
    with gateway.client(api_key="sk-wrong") as client, pytest.raises(openai.AuthenticationError) as caught:
        client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert "sk-wrong" not in str(caught.value)


def test_an_unknown_model_names_the_nearest(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="gpt-4o-mini") as caught:
        client.chat.completions.create(model="gpt-4o-mimi", messages=HELLO)
    assert caught.value.type == "model_not_found"
