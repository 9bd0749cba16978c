"""The simulated Bedrock, driven by boto3."""

from collections.abc import Iterable, Iterator
from contextlib import closing

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from ai_gateway.core.wire import JsonObject, mapping, text
from ai_gateway.runtime.simulator import Simulator

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HELLO: list[JsonObject] = [{"role": "user", "content": [{"text": "Hello"}]}]
WEATHER: JsonObject = {
    "toolSpec": {
        "name": "get_weather",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
    }
}


class Bedrock:
    """boto3's client, whose types are of no use to a test that reads wire shapes."""

    def __init__(self, url: str) -> None:
        self._client = boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 0}, read_timeout=10),
        )

    def converse(self, *, model: str = MODEL, **request: object) -> JsonObject:
        answer: JsonObject = self._client.converse(modelId=model, **request)
        return answer

    def converse_stream(self, *, model: str = MODEL, **request: object) -> list[JsonObject]:
        with closing(self._client.converse_stream(modelId=model, **request)["stream"]) as events:
            return list(events)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def client(simulator: Simulator) -> Iterator[Bedrock]:
    with closing(Bedrock(simulator.base_url("bedrock"))) as client:
        yield client


def content_of(answer: JsonObject) -> list[JsonObject]:
    content = mapping(mapping(answer, "output"), "message")["content"]
    assert isinstance(content, list)
    return content


def deltas_of(events: Iterable[JsonObject]) -> list[JsonObject]:
    return [mapping(mapping(event, "contentBlockDelta"), "delta") for event in events if "contentBlockDelta" in event]


def test_a_stream_says_what_the_whole_answer_says(client: Bedrock) -> None:
    whole = client.converse(messages=HELLO)
    events = client.converse_stream(messages=HELLO)
    said = "".join(text(delta, "text") for delta in deltas_of(events))
    assert content_of(whole) == [{"text": said}]
    assert said == f'You said: "Hello". This is a simulated answer of {MODEL}.'
    assert [next(iter(event)) for event in events][:2] == ["messageStart", "contentBlockDelta"]
    assert events[-2] == {"messageStop": {"stopReason": whole["stopReason"]}}
    assert mapping(events[-1], "metadata")["usage"] == whole["usage"]


def test_the_path_and_the_signature_arrive_without_the_signature_itself(client: Bedrock, simulator: Simulator) -> None:
    client.converse(messages=HELLO, inferenceConfig={"maxTokens": 50})
    request = simulator.journal.last("bedrock")
    assert request.path == "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
    assert request.headers["authorization"] == "AWS4-HMAC-SHA256 ***"
    assert request.json == {"messages": HELLO, "inferenceConfig": {"maxTokens": 50}}


def test_a_tool_call_streams_its_arguments_and_its_result_is_answered(client: Bedrock) -> None:
    asked: JsonObject = {"role": "user", "content": [{"text": "What is the weather in Paris?"}]}
    tools = {"tools": [WEATHER]}
    events = client.converse_stream(messages=[asked], toolConfig=tools)
    start = mapping(mapping(mapping(events[1], "contentBlockStart"), "start"), "toolUse")
    arguments = "".join(text(mapping(delta, "toolUse"), "input") for delta in deltas_of(events))
    assert (start["name"], arguments) == ("get_weather", '{"city":"Paris"}')
    assert events[-2] == {"messageStop": {"stopReason": "tool_use"}}
    use = {"toolUse": {"toolUseId": start["toolUseId"], "name": "get_weather", "input": {"city": "Paris"}}}
    result = {"toolResult": {"toolUseId": start["toolUseId"], "content": [{"json": {"sky": "blue"}}]}}
    turns = [asked, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    answer = client.converse(messages=turns, toolConfig=tools)
    assert content_of(answer) == [{"text": 'get_weather returned: {"sky":"blue"}'}]


def test_reasoning_is_signed_and_the_signature_is_checked_when_it_comes_back(client: Bedrock) -> None:
    fields = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    answer = client.converse(messages=HELLO, additionalModelRequestFields=fields)
    reasoning, said = content_of(answer)
    turns = [*HELLO, {"role": "assistant", "content": [reasoning, said]}, *HELLO]
    assert client.converse(messages=turns)["stopReason"] == "end_turn"
    mapping(mapping(reasoning, "reasoningContent"), "reasoningText")["text"] = "Something else."
    with pytest.raises(ClientError, match="signature"):
        client.converse(messages=turns)


def test_a_cache_point_is_written_once_and_read_from_then_on(client: Bedrock) -> None:
    system = [{"text": "Answer from the handbook of Bedrock. " * 400}, {"cachePoint": {"type": "default"}}]
    first, second = (mapping(client.converse(messages=HELLO, system=system), "usage") for _ in range(2))
    tokens = first["cacheWriteInputTokens"]
    assert tokens == 3700
    assert (first["cacheReadInputTokens"], second["cacheReadInputTokens"]) == (0, tokens)
    assert (first["inputTokens"], second["cacheWriteInputTokens"]) == (second["inputTokens"], 0)


@pytest.mark.parametrize(
    ("behavior", "name"),
    [
        ("429", "ThrottlingException"),
        ("500", "InternalServerException"),
        ("503", "ServiceUnavailableException"),
        ("context", "ValidationException"),
        ("403", "AccessDeniedException"),
    ],
)
def test_errors_are_bedrocks(client: Bedrock, behavior: str, name: str) -> None:
    with pytest.raises(ClientError) as caught:
        client.converse(model=f"amazon.nova-lite-v1:0~{behavior}", messages=HELLO)
    assert caught.value.response["Error"]["Code"] == name


def test_an_exception_in_the_stream_reaches_boto3(client: Bedrock) -> None:
    with pytest.raises(EventStreamError, match="serviceUnavailableException"):
        client.converse_stream(model="amazon.nova-lite-v1:0~error-3", messages=HELLO)
