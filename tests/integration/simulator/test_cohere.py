"""The simulated Cohere."""

import httpx

from ai_gateway.core.sse import EventDecoder
from ai_gateway.core.wire import JsonObject, loads, mapping, text

HELLO: list[JsonObject] = [{"role": "user", "content": "Hello"}]
WEATHER: JsonObject = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def ask(http: httpx.Client, **body: object) -> JsonObject:
    value = http.post("/cohere/v2/chat", json={"model": "command-a-03-2025", **body}).json()
    assert isinstance(value, dict)
    return value


def stream(http: httpx.Client, **body: object) -> list[JsonObject]:
    answer = http.post("/cohere/v2/chat", json={"model": "command-a-03-2025", "stream": True, **body})
    events = EventDecoder().feed(answer.content)
    assert events.pop().data == b"[DONE]"
    values = [loads(event.data) for event in events]
    assert [event.name for event in events] == [value["type"] for value in values if isinstance(value, dict)]
    return [value for value in values if isinstance(value, dict)]


def message_of(event: JsonObject) -> JsonObject:
    return mapping(mapping(event, "delta"), "message")


def test_a_stream_says_what_the_whole_answer_says(http: httpx.Client) -> None:
    whole = ask(http, messages=HELLO)
    events = stream(http, messages=HELLO)
    said = "".join(text(mapping(message_of(event), "content"), "text") for event in events if "delta" in event["type"])  # type: ignore[operator]
    assert mapping(whole, "message")["content"] == [{"type": "text", "text": said}]
    assert said == 'You said: "Hello". This is a simulated answer of command-a-03-2025.'
    assert mapping(events[-1], "delta") == {"finish_reason": "COMPLETE", "usage": whole["usage"]}


def test_a_tool_call_has_a_plan_and_its_result_is_answered(http: httpx.Client) -> None:
    asked: JsonObject = {"role": "user", "content": "What is the weather in Paris?"}
    events = stream(http, messages=[asked], tools=[WEATHER])
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["message-start", "tool-plan-delta"]
    deltas = [mapping(message_of(event), "tool_calls") for event in events if event["type"] == "tool-call-delta"]
    assert "".join(text(mapping(delta, "function"), "arguments") for delta in deltas) == '{"city":"Paris"}'
    assert mapping(events[-1], "delta")["finish_reason"] == "TOOL_CALL"
    whole = mapping(ask(http, messages=[asked], tools=[WEATHER]), "message")
    calls = whole["tool_calls"]
    assert isinstance(calls, list)
    assert calls[0]["id"].startswith("get_weather_")
    result = {"role": "tool", "tool_call_id": calls[0]["id"], "content": "sunny"}
    answer = ask(http, messages=[asked, whole, result], tools=[WEATHER])
    assert mapping(answer, "message")["content"] == [{"type": "text", "text": "get_weather returned: sunny"}]


def test_thinking_is_a_content_block(http: httpx.Client) -> None:
    answer = ask(http, messages=HELLO, thinking={"type": "enabled"})
    content = mapping(answer, "message")["content"]
    assert isinstance(content, list)
    assert [block["type"] for block in content] == ["thinking", "text"]


def test_errors_are_coheres(http: httpx.Client) -> None:
    refused = http.post("/cohere/v2/chat", json={"model": "command-a~401", "messages": HELLO})
    assert refused.status_code == 401
    assert set(refused.json()) == {"id", "message"}
