"""Behaviours on the wire: what breaks, breaks as it does at a real provider."""

from threading import Thread
from time import monotonic

import httpx
import pytest

from ai_gateway.core.wire import JsonObject, parse_object
from ai_gateway.runtime.simulator import Simulator

STREAMED: JsonObject = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "Olá, 世界 🙂"}]}
WHOLE = STREAMED | {"stream": False}
URL = "/openai/v1/chat/completions"


def post(http: httpx.Client, body: JsonObject, behavior: str, url: str = URL) -> httpx.Response:
    return http.post(url, json=body, headers={"Simulator-Behavior": behavior})


def test_a_rule_that_names_a_provider_holds_for_it_alone(http: httpx.Client) -> None:
    statuses = [
        post(http, WHOLE, "openai=500, groq=429:3+tool", f"/{provider}/v1/chat/completions").status_code
        for provider in ("openai", "groq", "together")
    ]
    assert statuses == [500, 429, 200]


def test_a_model_can_carry_its_behaviours(http: httpx.Client) -> None:
    answer = http.post(URL, json=WHOLE | {"model": "gpt-4o~slow-1+length"}).json()
    assert answer["model"] == "gpt-4o"
    assert answer["choices"][0]["finish_reason"] == "length"


def test_an_unknown_behaviour_is_refused_by_name(http: httpx.Client) -> None:
    answer = post(http, WHOLE, "openai=slwo")
    assert answer.status_code == 400
    assert "'slwo'" in answer.json()["error"]["message"]
    assert "slow" in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [WHOLE, STREAMED])
def test_slow_takes_the_time_it_was_told_to(http: httpx.Client, body: JsonObject) -> None:
    begun = monotonic()
    assert post(http, body, "slow:20").status_code == 200
    assert monotonic() - begun >= 0.02


@pytest.mark.parametrize("body", [WHOLE, STREAMED])
def test_drop_cuts_the_connection_within_the_body(http: httpx.Client, body: JsonObject) -> None:
    with http.stream("POST", URL, json=body, headers={"Simulator-Behavior": "drop:3"}) as answer:
        assert answer.status_code == 200
        received = until_cut(answer)
    assert received
    assert received.count(b"data: ") == (3 if body["stream"] else 0)


def until_cut(answer: httpx.Response) -> bytes:
    received = bytearray()
    try:
        for chunk in answer.iter_raw():
            received += chunk
    except httpx.RemoteProtocolError:
        return bytes(received)
    raise AssertionError("The connection was not cut.")


def test_an_error_comes_after_the_chunks_it_was_told_to_wait_for(http: httpx.Client) -> None:
    events = post(http, STREAMED, "error:2").text.split("\n\n")
    assert len(events) == 4
    assert events[2].startswith('data: {"error":{"message":')
    assert post(http, WHOLE, "error:2").status_code == 503


def test_malformed_is_no_json(http: httpx.Client) -> None:
    whole = post(http, WHOLE, "malformed")
    assert whole.status_code == 200
    assert parse_object(whole.content) is None
    assert post(http, STREAMED, "malformed:1").text.endswith('"del\n\n')


@pytest.mark.parametrize("body", [WHOLE, STREAMED])
def test_empty_is_a_success_without_a_body(http: httpx.Client, body: JsonObject) -> None:
    answer = post(http, body, "empty")
    assert (answer.status_code, answer.content) == (200, b"")


def test_html_is_what_proxies_in_between_send(http: httpx.Client) -> None:
    answer = post(http, WHOLE, "html:504")
    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html")


def test_filter_ends_the_answer_in_the_middle(http: httpx.Client) -> None:
    choice = post(http, WHOLE, "filter").json()["choices"][0]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["content"]


def test_scatter_cuts_lines_and_characters_without_changing_a_byte_more(simulator: Simulator) -> None:
    with (
        httpx.Client(base_url=simulator.url) as http,
        http.stream("POST", URL, json=STREAMED, headers={"Simulator-Behavior": "scatter:5"}) as answer,
    ):
        pieces = list(answer.iter_raw(5))
    body = b"".join(pieces).decode()
    assert "東京 🙂" in body.replace('"},"logprobs"', "")  # the text follows the user's in one piece or in two
    assert any(not _decodes(piece) for piece in pieces)


def test_huge_is_as_large_as_it_was_told_to_be_and_streams_in_large_pieces(http: httpx.Client) -> None:
    whole = post(http, WHOLE, "huge:64").json()["choices"][0]["message"]["content"]
    streamed = post(http, STREAMED, "huge:64").text
    assert len(whole) == 64 * 1024
    assert streamed.count("data: ") < 300


def test_tool_and_reasoning_can_be_asked_for(http: httpx.Client) -> None:
    tools = [{"type": "function", "function": {"name": "do_it", "parameters": {"type": "object"}}}]
    answer = post(http, WHOLE | {"tools": tools}, "tool+reasoning", "/deepseek/chat/completions").json()
    message = answer["choices"][0]["message"]
    assert message["reasoning_content"]
    assert message["tool_calls"][0]["function"] == {"name": "do_it", "arguments": "{}"}


def test_times_lets_the_later_requests_succeed(http: httpx.Client) -> None:
    body = WHOLE | {"messages": [{"role": "user", "content": "Is it over?"}]}
    assert [post(http, body, "500+times:2").status_code for _ in range(4)] == [500, 500, 200, 200]


@pytest.mark.parametrize("behavior", ["hang", "stall:1"])
def test_what_hangs_ends_when_its_client_leaves(simulator: Simulator, behavior: str) -> None:
    timeout = httpx.Timeout(5, read=0.05)
    with httpx.Client(base_url=simulator.url, timeout=timeout) as http, pytest.raises(httpx.ReadTimeout):
        post(http, STREAMED, behavior)


@pytest.mark.parametrize("behavior", ["hang", "stall:1"])
def test_a_simulator_stops_while_requests_hang(behavior: str) -> None:
    failures: list[Exception] = []

    def wait_for_an_answer() -> None:
        try:
            httpx.post(f"{simulator.url}{URL}", json=STREAMED, headers={"Simulator-Behavior": behavior}, timeout=10)
        except httpx.HTTPError as error:
            failures.append(error)

    with Simulator() as simulator:
        waiting = Thread(target=wait_for_an_answer)
        waiting.start()
        while not simulator.journal.requests():
            httpx.get(f"{simulator.url}/healthz")
    waiting.join(5)
    assert not waiting.is_alive()
    assert all(isinstance(failure, httpx.RemoteProtocolError) for failure in failures)


def test_health_and_unknown_paths_are_answered(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    missing = http.post("/openai/v1/nonsense", json={})
    assert missing.status_code == 404
    assert "/v1/nonsense" in missing.json()["error"]["message"]


def test_a_port_can_be_chosen_and_is_free_again_afterwards() -> None:
    with Simulator() as first:
        port = int(first.url.rpartition(":")[2])
    with Simulator(port) as second:
        assert second.base_url("openai") == f"http://127.0.0.1:{port}/openai/v1"
        assert second.base_url("anthropic") == f"http://127.0.0.1:{port}/anthropic"
        assert httpx.get(f"{second.url}/healthz").is_success


def _decodes(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True
