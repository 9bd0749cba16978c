"""The simulated Anthropic, driven by Anthropic's own SDK."""

from collections.abc import Iterator

import anthropic
import httpx
import pytest
from anthropic.types import MessageParam, ToolParam

from ai_gateway.runtime.simulator import Simulator

HELLO: list[MessageParam] = [{"role": "user", "content": "Hello"}]
WEATHER: ToolParam = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture
def client(simulator: Simulator) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=simulator.base_url("anthropic"), api_key="k", max_retries=0) as client:
        yield client


def test_a_stream_says_what_the_whole_answer_says(client: anthropic.Anthropic) -> None:
    whole = client.messages.create(model="claude-haiku-4-5", max_tokens=100, messages=HELLO)
    with client.messages.stream(model="claude-haiku-4-5", max_tokens=100, messages=HELLO) as stream:
        streamed = stream.get_final_message()
    assert whole.content[0].type == "text"
    assert whole.content[0].text == 'You said: "Hello". This is a simulated answer of claude-haiku-4-5.'
    assert streamed.content[0].type == "text"
    assert streamed.content[0].text == whole.content[0].text
    assert (streamed.stop_reason, streamed.usage) == ("end_turn", whole.usage)


def test_events_come_in_anthropics_order(http: httpx.Client) -> None:
    body = {"model": "claude-haiku-4-5", "max_tokens": 100, "stream": True, "messages": HELLO}
    lines = http.post("/anthropic/v1/messages", json=body).text.splitlines()
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names[:4] == ["message_start", "content_block_start", "ping", "content_block_delta"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]


def test_thinking_is_signed_and_comes_back_unharmed(client: anthropic.Anthropic) -> None:
    with client.messages.stream(
        model="claude-sonnet-4-6",
        max_tokens=2000,
        thinking={"type": "enabled", "budget_tokens": 1024},
        messages=HELLO,
    ) as stream:
        first = stream.get_final_message()
    thinking = first.content[0]
    assert thinking.type == "thinking"
    assert thinking.thinking == "The user said: 'Hello'. A short answer will do."
    turns: list[MessageParam] = [
        *HELLO,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "Bye"},
    ]
    assert client.messages.create(model="claude-sonnet-4-6", max_tokens=100, messages=turns).stop_reason == "end_turn"
    thinking.thinking = "Something else."
    with pytest.raises(anthropic.BadRequestError, match="signature"):
        client.messages.create(model="claude-sonnet-4-6", max_tokens=100, messages=turns)


def test_a_tool_call_streams_its_arguments_and_its_result_is_answered(client: anthropic.Anthropic) -> None:
    asked: MessageParam = {"role": "user", "content": "What is the weather in Paris?"}
    with client.messages.stream(model="claude-haiku-4-5", max_tokens=100, messages=[asked], tools=[WEATHER]) as stream:
        first = stream.get_final_message()
    call = first.content[0]
    assert call.type == "tool_use"
    assert (call.name, call.input, first.stop_reason) == ("get_weather", {"city": "Paris"}, "tool_use")
    result: MessageParam = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "sunny"}]}],
    }
    second = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=100,
        messages=[asked, {"role": "assistant", "content": first.content}, result],
        tools=[WEATHER],
    )
    assert second.content[0].type == "text"
    assert second.content[0].text == "get_weather returned: sunny"


def test_a_cache_breakpoint_is_written_once_and_read_from_then_on(client: anthropic.Anthropic) -> None:
    def usage(question: str, *, hour: bool = False) -> tuple[int, int | None, int | None, int]:
        answer = client.messages.create(
            model="claude-sonnet-4-6",
            max_tokens=100,
            system=[
                {
                    "type": "text",
                    "text": "Answer from the handbook. " * 400,
                    "cache_control": {"type": "ephemeral", "ttl": "1h" if hour else "5m"},
                }
            ],
            messages=[{"role": "user", "content": question}],
        )
        tokens = answer.usage
        assert tokens.cache_creation is not None
        return (
            tokens.input_tokens,
            tokens.cache_creation_input_tokens,
            tokens.cache_read_input_tokens,
            tokens.cache_creation.ephemeral_1h_input_tokens,
        )

    assert usage("One?", hour=True) == (8, 2600, 0, 2600)
    assert usage("Two?") == (8, 0, 2600, 0)


def test_a_short_prefix_is_not_cached(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(
        model="claude-sonnet-4-6",
        max_tokens=100,
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        messages=HELLO,
    )
    assert (answer.usage.cache_creation_input_tokens, answer.usage.cache_read_input_tokens) == (0, 0)


def test_a_stop_sequence_is_named(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=100,
        stop_sequences=["two", "three"],
        messages=[{"role": "user", "content": "Reply with exactly: one two three"}],
    )
    assert (answer.stop_reason, answer.stop_sequence) == ("stop_sequence", "two")


@pytest.mark.parametrize(
    ("behavior", "status", "kind"),
    [
        ("401", 401, "authentication_error"),
        ("429", 429, "rate_limit_error"),
        ("500", 500, "api_error"),
        ("529", 529, "overloaded_error"),
        ("context", 400, "invalid_request_error"),
    ],
)
def test_errors_are_anthropics(client: anthropic.Anthropic, behavior: str, status: int, kind: str) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(
            model="claude-haiku-4-5", max_tokens=10, messages=HELLO, extra_headers={"Simulator-Behavior": behavior}
        )
    assert caught.value.status_code == status
    body = caught.value.body
    assert isinstance(body, dict)
    assert (body["type"], body["error"]["type"]) == ("error", kind)
    assert body["request_id"] == caught.value.request_id


def test_an_error_in_the_stream_reaches_the_sdk(client: anthropic.Anthropic) -> None:
    with (
        pytest.raises(anthropic.APIStatusError, match="Overloaded"),
        client.messages.stream(model="claude-haiku-4-5~error-4", max_tokens=10, messages=HELLO) as stream,
    ):
        stream.get_final_message()


def test_members_that_the_api_does_not_have_are_refused(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="frequency_penalty: Extra inputs are not permitted"):
        client.messages.create(
            model="claude-haiku-4-5", max_tokens=10, messages=HELLO, extra_body={"frequency_penalty": 1}
        )


def test_vertex_takes_the_model_from_its_path(http: httpx.Client) -> None:
    path = "/vertex/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929"
    body = {"anthropic_version": "vertex-2023-10-16", "max_tokens": 50, "messages": HELLO}
    whole = http.post(f"{path}:rawPredict", json=body).json()
    streamed = http.post(f"{path}:streamRawPredict", json=body)
    assert whole["model"] == "claude-sonnet-4-5-20250929"
    assert whole["id"].startswith("msg_vrtx_01")
    assert streamed.headers["content-type"].startswith("text/event-stream")
