"""The simulated Gemini, at AI Studio's and at Vertex's paths."""

import httpx
import pytest

from ai_gateway.core.sse import EventDecoder
from ai_gateway.core.wire import JsonObject, loads, mapping, objects

STUDIO = "/google-ai-studio/v1beta/models/"
VERTEX = "/vertex/v1/projects/p/locations/global/publishers/google/models/"
HELLO: list[JsonObject] = [{"role": "user", "parts": [{"text": "Hello"}]}]
WEATHER: JsonObject = {
    "functionDeclarations": [
        {
            "name": "get_weather",
            "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
        }
    ]
}


def ask(http: httpx.Client, model: str, body: JsonObject, at: str = STUDIO) -> JsonObject:
    answer = http.post(f"{at}{model}:generateContent", json=body)
    value = answer.json()
    assert isinstance(value, dict)
    return value


def stream(http: httpx.Client, model: str, body: JsonObject, at: str = STUDIO) -> list[JsonObject]:
    answer = http.post(f"{at}{model}:streamGenerateContent?alt=sse", json=body)
    assert answer.headers["content-type"] == "text/event-stream"
    decoder = EventDecoder()
    values = [loads(event.data) for event in [*decoder.feed(answer.content), *decoder.close()]]
    return [value for value in values if isinstance(value, dict)]


def parts_of(answer: JsonObject) -> list[JsonObject]:
    return objects(mapping(objects(answer, "candidates")[0], "content"), "parts")


@pytest.mark.parametrize("at", [STUDIO, VERTEX])
def test_a_stream_says_what_the_whole_answer_says(http: httpx.Client, at: str) -> None:
    whole = ask(http, "gemini-2.0-flash", {"contents": HELLO}, at)
    responses = stream(http, "gemini-2.0-flash", {"contents": HELLO}, at)
    said = "".join(str(part["text"]) for response in responses for part in parts_of(response))
    assert parts_of(whole) == [{"text": said}]
    assert said == 'You said: "Hello". This is a simulated answer of gemini-2.0-flash.'
    assert responses[-1]["usageMetadata"] == whole["usageMetadata"]
    finishes = [objects(response, "candidates")[0].get("finishReason") for response in responses]
    assert finishes == [None] * (len(responses) - 1) + ["STOP"]
    assert ("createTime" in whole) == (at == VERTEX)


def test_without_alt_a_stream_is_one_array(http: httpx.Client) -> None:
    answer = http.post(f"{STUDIO}gemini-2.0-flash:streamGenerateContent", json={"contents": HELLO})
    assert len(answer.json()) > 2


def test_a_function_call_finishes_with_stop(http: httpx.Client) -> None:
    contents = [{"role": "user", "parts": [{"text": "What is the weather in Paris?"}]}]
    (response,) = stream(http, "gemini-2.0-flash", {"contents": contents, "tools": [WEATHER]})
    assert parts_of(response) == [{"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}}]
    assert objects(response, "candidates")[0]["finishReason"] == "STOP"


def test_gemini_3_wants_its_thought_signature_back(http: httpx.Client) -> None:
    asked: JsonObject = {"role": "user", "parts": [{"text": "What is the weather in Paris?"}]}
    first = ask(http, "gemini-3-pro", {"contents": [asked], "tools": [WEATHER]})
    (call,) = parts_of(first)
    assert call["thoughtSignature"]
    result = {"role": "user", "parts": [{"functionResponse": {"name": "get_weather", "response": {"output": "sunny"}}}]}
    turns = [asked, {"role": "model", "parts": [call]}, result]
    assert parts_of(ask(http, "gemini-3-pro", {"contents": turns}))[0]["text"] == "get_weather returned: sunny"
    call.pop("thoughtSignature")
    refused = ask(http, "gemini-3-pro", {"contents": turns})
    assert mapping(refused, "error")["status"] == "INVALID_ARGUMENT"


def test_thoughts_are_counted_apart_and_shown_to_whoever_asks_in_either_spelling(http: httpx.Client) -> None:
    config = {"thinking_config": {"include_thoughts": True, "thinking_budget": 512}}
    answer = ask(http, "gemini-2.5-flash", {"contents": HELLO, "generation_config": config})
    thought, said = parts_of(answer)
    usage = mapping(answer, "usageMetadata")
    assert thought["thought"] is True
    assert said["thoughtSignature"]
    counts = [usage[key] for key in ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")]
    assert sum(map(int, map(str, counts))) == usage["totalTokenCount"]
    silent = ask(
        http, "gemini-2.5-flash", {"contents": HELLO, "generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}}
    )
    assert "thoughtsTokenCount" not in mapping(silent, "usageMetadata")


def test_a_schema_is_answered_with_json(http: httpx.Client) -> None:
    schema = {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}, "ok": {"type": "BOOLEAN"}}, "required": ["n"]}
    config = {"responseMimeType": "application/json", "responseSchema": schema, "candidateCount": 2}
    answer = ask(http, "gemini-2.0-flash", {"contents": HELLO, "generationConfig": config})
    assert len(objects(answer, "candidates")) == 2
    assert parts_of(answer) == [{"text": '{"n":1}'}]


def test_errors_are_googles(http: httpx.Client) -> None:
    limited = http.post(f"{STUDIO}gemini-2.0-flash~429-30:generateContent", json={"contents": HELLO})
    assert limited.status_code == 429
    error = limited.json()["error"]
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"][0]["retryDelay"] == "30s"


def test_a_prompt_against_the_policy_is_answered_without_candidates(http: httpx.Client) -> None:
    answer = http.post(f"{STUDIO}gemini-2.0-flash~policy:generateContent", json={"contents": HELLO})
    assert answer.status_code == 200
    assert answer.json()["promptFeedback"]["blockReason"] == "PROHIBITED_CONTENT"
    (event,) = stream(http, "gemini-2.0-flash~policy", {"contents": HELLO})
    assert "candidates" not in event
