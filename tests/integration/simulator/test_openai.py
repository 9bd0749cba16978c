"""The simulated OpenAI, driven by OpenAI's own SDK."""

from collections.abc import Iterator
from typing import Literal

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessage, ChatCompletionToolParam
from pydantic import BaseModel

from ai_gateway.runtime.simulator import Simulator

WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
            "required": ["city", "unit"],
        },
    },
}
TIME: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "get_time", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@pytest.fixture
def client(simulator: Simulator) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=simulator.base_url("openai"), api_key="sk-test", max_retries=0) as client:
        yield client


def calls_of(message: ChatCompletionMessage) -> list[tuple[str, str]]:
    calls = message.tool_calls or []
    return [(call.function.name, call.function.arguments) for call in calls if call.type == "function"]


def test_an_answer_repeats_the_user_and_counts_its_tokens(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi there"}],
    )
    choice = completion.choices[0]
    assert choice.message.content == 'You said: "Hi there". This is a simulated answer of gpt-4o-mini.'
    assert choice.finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.completion_tokens == -(-len(choice.message.content) // 4)
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion.id.startswith("chatcmpl-")


def test_the_same_request_gets_the_same_answer(client: openai.OpenAI) -> None:
    first, second = (
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Again"}])
        for _ in range(2)
    )
    assert first.model_copy(update={"created": 0}) == second.model_copy(update={"created": 0})


def test_a_stream_says_what_the_whole_answer_says(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello"}])
    chunks = list(
        client.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Hello"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    *told, last = chunks
    assert "".join(chunk.choices[0].delta.content or "" for chunk in told) == whole.choices[0].message.content
    assert told[0].choices[0].delta.role == "assistant"
    assert told[-1].choices[0].finish_reason == "stop"
    assert len(told) > 4
    assert len({chunk.id for chunk in chunks}) == 1
    assert last.choices == []
    assert last.usage == whole.usage


def test_usage_is_null_on_every_chunk_but_the_last_and_absent_when_nobody_asked(http: httpx.Client) -> None:
    body = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    silent = http.post("/openai/v1/chat/completions", json=body).text
    asked = http.post("/openai/v1/chat/completions", json=body | {"stream_options": {"include_usage": True}}).text
    assert '"usage"' not in silent
    assert asked.count('"usage":null') == asked.count("data: {") - 1
    assert silent.endswith("data: [DONE]\n\n")


def test_a_tool_is_called_when_the_words_ask_for_it(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "What is the weather in Paris?"}], tools=[TIME, WEATHER]
    )
    assert calls_of(completion.choices[0].message) == [("get_weather", '{"city":"Paris","unit":"celsius"}')]
    assert completion.choices[0].finish_reason == "tool_calls"
    assert completion.choices[0].message.content is None


def test_no_tool_is_called_when_nothing_asks_for_it(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], tools=[TIME, WEATHER]
    )
    assert completion.choices[0].message.tool_calls is None


@pytest.mark.parametrize(("choice", "finish"), [("required", "tool_calls"), ("named", "stop")])
def test_a_tool_that_is_demanded_is_called(
    client: openai.OpenAI, choice: Literal["required", "named"], finish: str
) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": "Hello"}],
        tools=[TIME, WEATHER],
        tool_choice="required" if choice == "required" else {"type": "function", "function": {"name": "get_time"}},
    )
    assert calls_of(completion.choices[0].message) == [("get_time", '{"city":"city"}')]
    assert completion.choices[0].finish_reason == finish


def test_parallel_tool_calls_stream_under_their_own_indexes(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model="gpt-4o",
        messages=[{"role": "user", "content": "Tell me the weather and the time in Oslo."}],
        tools=[TIME, WEATHER],
    ) as stream:
        message = stream.get_final_completion().choices[0].message
    assert calls_of(message) == [("get_time", '{"city":"Oslo"}'), ("get_weather", '{"city":"Oslo","unit":"celsius"}')]
    assert len({call.id for call in message.tool_calls or []}) == 2


def test_a_tool_result_is_answered_in_words(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o",
        messages=[
            {"role": "user", "content": "What is the weather in Paris?"},
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "sunny, 21 degrees"},
        ],
        tools=[WEATHER],
    )
    assert completion.choices[0].message.content == "get_weather returned: sunny, 21 degrees"


class Person(BaseModel):
    name: str
    age: int
    parents: list["Person"]
    nickname: str | None


def test_a_schema_is_answered_with_json_that_fits(client: openai.OpenAI) -> None:
    completion = client.chat.completions.parse(
        model="gpt-4o",
        messages=[{"role": "user", "content": "Who is Ada Lovelace, 36?"}],
        response_format=Person,
    )
    person = completion.choices[0].message.parsed
    assert person is not None
    assert (person.name, person.age) == ("Ada Lovelace", 36)


def test_the_token_limit_ends_the_answer(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], max_completion_tokens=3
    )
    assert completion.choices[0].finish_reason == "length"
    assert completion.choices[0].message.content == 'You said: "H'
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 3


def test_a_stop_sequence_ends_the_answer_and_is_not_said(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Reply with exactly: one two three"}], stop=" three"
    )
    assert completion.choices[0].message.content == "one two"
    assert completion.choices[0].finish_reason == "stop"


def test_every_choice_that_was_asked_for_arrives(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], n=2, stream=True, logprobs=True
        )
    )
    texts = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            assert bool(choice.logprobs and choice.logprobs.content) == bool(choice.delta.content)
    assert texts[1] == f"{texts[0]} (Choice 2.)"


def test_reasoning_is_counted_and_kept_back(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-5", messages=[{"role": "user", "content": "Hello"}], reasoning_effort="low"
    )
    assert completion.usage is not None
    assert completion.usage.completion_tokens_details is not None
    reasoning = completion.usage.completion_tokens_details.reasoning_tokens
    said = completion.choices[0].message.content or ""
    assert reasoning
    assert completion.usage.completion_tokens == reasoning + -(-len(said) // 4)
    assert not hasattr(completion.choices[0].message, "reasoning_content")


@pytest.mark.parametrize(
    ("provider", "member"), [("deepseek", "reasoning_content"), ("groq", "reasoning"), ("openrouter", "reasoning")]
)
def test_other_providers_show_reasoning_in_a_member_of_their_own(
    simulator: Simulator, provider: str, member: str
) -> None:
    with openai.OpenAI(base_url=simulator.base_url(provider), api_key="x") as client:
        stream = client.chat.completions.create(
            model="some-thinking-model", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        deltas = [choice.delta for chunk in stream for choice in chunk.choices]
    assert "".join(getattr(delta, member, "") for delta in deltas) == "The user said: 'Hello'. A short answer will do."


def test_azure_is_driven_by_its_deployment(simulator: Simulator) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=simulator.base_url("azure"),
        azure_deployment="my-gpt",
        api_version="2024-10-21",
        api_key="secret",
    ) as client:
        chunks = list(
            client.chat.completions.create(model="my-gpt", messages=[{"role": "user", "content": "Hi"}], stream=True)
        )
    assert chunks[0].object == ""  # type: ignore[comparison-overlap]
    assert chunks[0].choices == []
    request = simulator.journal.last("azure")
    assert request.path == "/openai/deployments/my-gpt/chat/completions"
    assert request.parameter("api-version") == "2024-10-21"
    assert request.headers["api-key"] == "***"


def test_the_journal_has_what_was_sent_without_the_key(client: openai.OpenAI, simulator: Simulator) -> None:
    client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], temperature=0.5)
    request = simulator.journal.last()
    assert (request.provider, request.method, request.path) == ("openai", "POST", "/v1/chat/completions")
    assert request.json["temperature"] == 0.5
    assert request.headers["authorization"] == "Bearer ***"
    assert "sk-test" not in repr(request)


@pytest.mark.parametrize(
    ("behavior", "error", "code"),
    [
        ("401", openai.AuthenticationError, "invalid_api_key"),
        ("404", openai.NotFoundError, "model_not_found"),
        ("429:7", openai.RateLimitError, "rate_limit_exceeded"),
        ("quota", openai.RateLimitError, "insufficient_quota"),
        ("500", openai.InternalServerError, None),
        ("context", openai.BadRequestError, "context_length_exceeded"),
        ("policy", openai.BadRequestError, "content_policy_violation"),
    ],
)
def test_errors_are_openais(
    client: openai.OpenAI, behavior: str, error: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(error) as caught:
        client.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Hello"}],
            extra_headers={"Simulator-Behavior": behavior},
        )
    assert caught.value.code == code
    assert caught.value.response.headers.get("retry-after") == {"429:7": "7"}.get(behavior)
    assert set(caught.value.body or {}) == {"message", "type", "param", "code"}  # type: ignore[call-overload]


def test_a_request_that_openai_would_refuse_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="messages"):
        client.chat.completions.create(model="gpt-4o", messages=[])


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_are_of_length_one_and_a_function_of_the_text(
    client: openai.OpenAI, encoding: Literal["float", "base64"]
) -> None:
    answer = client.embeddings.create(
        model="text-embedding-3-small", input=["cat", "dog", "cat"], dimensions=64, encoding_format=encoding
    )
    wanted = client.embeddings.create(model="text-embedding-3-small", input="cat", dimensions=64)
    vectors = [item.embedding for item in answer.data]
    if encoding == "float":
        assert sum(number * number for number in vectors[0]) == pytest.approx(1)
        assert vectors[0] == pytest.approx(wanted.data[0].embedding, abs=1e-6)
    assert vectors[0] == vectors[2] != vectors[1]
    assert answer.usage.prompt_tokens == 3
    assert len(wanted.data[0].embedding) == 64
