"""The page of requests among fakes, with bodies that nobody should trust."""

import re
from collections.abc import Iterator
from json import dumps

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller
from ai_gateway.core.errors import GatewayError
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.services import requests as service
from ai_gateway.services.requests import Requests
from ai_gateway.web.console.conversations import LONGEST_TEXT, conversation_of
from ai_gateway.web.console.curl import curl_of
from ai_gateway.web.console.pages.requests import requests_page
from ai_gateway.web.console.rendering import Pages
from ai_gateway.web.failures import as_json
from tests.fakes import FakeClock, FakeRollups, FakeTable

NOW = 1_800_001_000
PNG = "data:image/png;base64,iVBORw0KGgo="
SCRIPT = "</script><script>alert(1)</script>"


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def http(table: FakeTable) -> Iterator[TestClient]:
    async def admin(request: Request) -> Caller:
        return Caller("ann", "Ann", "acme", admin=True)

    app = FastAPI(exception_handlers={GatewayError: as_json, RequestValidationError: as_json})
    app.include_router(requests_page(Requests(table, FakeRollups(), FakeClock()), admin, Pages.of("")))
    with TestClient(app, "http://console.test") as client:
        yield client


def record(number: int, ago: float = 0, **fields: object) -> RequestRecord:
    known: dict[str, object] = {"outcome": "success", "status": 200, "organization": "acme", "model": "gpt-4o"}
    return RequestRecord(id=f"id-{number:04d}", started=NOW - ago, **{**known, **fields})  # type: ignore[arg-type]


def said(*messages: object, **fields: object) -> bytes:
    return dumps({"messages": messages, **fields}).encode()


def answered(**message: object) -> bytes:
    return dumps({"choices": [{"message": {"role": "assistant", **message}}]}).encode()


def page(http: TestClient, path: str = "/requests", *, part: bool = False) -> str:
    answer = http.get(path, headers={"hx-request": "true"} if part else {})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_nothing_says_what_to_do(http: TestClient) -> None:
    assert "ai-gateway demo" in page(http)
    assert "Take a filter away" in page(http, "/requests?user=ann")


def test_rows_go_on_where_the_page_ended(http: TestClient, table: FakeTable) -> None:
    table.keep(*(record(number, ago=number) for number in range(60)))
    first = page(http)
    assert first.count('<tr id="r-') == 50
    more = re.search(r'hx-get="(/requests\?cursor=[^"]+)"', first)
    assert more
    rest = page(http, more[1], part=True)
    assert rest.count('<tr id="r-') == 10
    assert "<html" not in rest
    assert "No older requests" in rest


def test_filters_stand_in_the_form_and_can_be_taken_away(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, status=502, outcome="error", properties={"team": "a&b"}), record(2))
    text = page(http, "/requests?status=5xx&property=team%3Da%26b&last=24h&user=")
    assert "id-0001" in text
    assert "id-0002" not in text
    assert 'value="team=a&amp;b"' in text
    assert '<option value="5xx" selected>' in text
    assert 'href="/requests?last=24h&amp;status=5xx"' in text
    assert "/api/v1/requests/export?last=24h&amp;status=5xx&amp;property=team%3Da%26b&amp;format=csv" in text


def test_filters_that_there_are_not_are_refused(http: TestClient) -> None:
    for query in ("colour=red", "status=ok", "cursor=x", "last=1h&since=2026-01-01"):
        assert http.get(f"/requests?{query}").status_code == 400


def test_a_search_that_was_given_up_says_so(
    http: TestClient, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_EXAMINED", 3)
    table.keep(*(record(number, ago=number) for number in range(9)))
    text = page(http, "/requests?user=nobody")
    assert "Looked at 3 requests" in text
    assert "Keep looking" in text


def test_a_request_tells_its_attempts_its_cost_and_what_was_said(http: TestClient, table: FakeTable) -> None:
    attempts = (
        AttemptRecord("gpt-4o/openai", "openai", "gpt-4o", 503, "server_error", "Overloaded.", 0, 40),
        AttemptRecord("gpt-4o/azure", "azure", "gpt-4o", error_type="no_credentials", error="No key.", skipped=True),
        AttemptRecord("gpt-4o/vercel", "vercel", "gpt-4o", 200, None, None, 41, 20, 20),
    )
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'}}
    table.keep(
        record(
            1,
            attempts=attempts,
            duration_ms=100,
            tokens={"input": 10, "output": 5},
            cost=17 * 10**9,
            cost_parts={"input": 10**10, "output": 7 * 10**9},
            request=said(
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": PNG}}],
                },
                {"role": "tool", "tool_call_id": "call_0", "content": "21 degrees"},
                tools=[{"type": "function", "function": {"name": "get_weather"}}],
            ),
            response=answered(content="Sunny.", reasoning="They ask about Oslo.", tool_calls=[call]),
        )
    )
    text = page(http, "/requests/id-0001", part=True)
    for shown in (
        "server_error", "Overloaded.", "not tried", "No key.", "served", "$0.017", "$0.01", "$0.007", "Look", PNG,
        "21 degrees", "call_0", "Sunny.", "They ask about Oslo.", "get_weather", "&#34;city&#34;: &#34;Oslo&#34;",
        "/playground?request=id-0001", "Authorization: Bearer $AI_GATEWAY_KEY",
    ):  # fmt: skip
        assert shown in text, shown
    assert "<html" not in text
    assert "<html" in page(http, "/requests/id-0001")


HOSTILE = {
    "script": said({"role": SCRIPT, "name": SCRIPT, "content": SCRIPT, "tool_calls": [{"id": SCRIPT, "function": {"name": SCRIPT, "arguments": SCRIPT}}]}),
    "attribute": said({"role": 'x" onclick="alert(1)', "content": [{"type": "image_url", "image_url": {"url": 'data:image/png;base64,AA" onerror="alert(1)'}}]}),
    "addresses": said({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://evil.example/pixel.png"}}, {"type": "image_url", "image_url": "javascript:alert(1)"}, {"type": "image_url", "image_url": {"url": "data:image/svg+xml,<svg onload=alert(1)>"}}]}),
    "NUL and escapes": said({"role": "user", "content": "a\x00b\x1b[31mred"}),
    "half a character": b'{"messages": [{"role": "user", "content": "\\ud83d"}]}',
    "right to left": said({"role": "user", "content": "\u202eevil\u2066"}),
    "no UTF-8": b"\xff\xfe<script>alert(1)</script>",
    "five megabytes": said({"role": "user", "content": "x" * 5_000_000}),
    "other shapes": said(1, None, [], {"content": {"a": 1}}, {"content": [1, None, {"type": "image_url"}]}, {"role": 5, "tool_calls": [None, {"function": 3}]}),
    "no messages": b'{"messages": {"role": "user"}, "choices": 7}',
    "many messages": said(*({"role": "user", "content": str(number)} for number in range(3000))),
}  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies_are_shown_and_do_nothing(http: TestClient, table: FakeTable, body: bytes) -> None:
    mean = {
        "user": SCRIPT,
        "session_id": SCRIPT,
        "session_name": "\x00",
        "properties": {SCRIPT: SCRIPT},
        "error": SCRIPT,
    }
    table.keep(record(1, request=body, response=body, model_asked=SCRIPT, model=None, **mean))  # type: ignore[arg-type]
    for path in ("/requests/id-0001", "/requests"):
        text = page(http, path)
        assert len(text) < 800_000
        assert not re.search(r"<script(?! src=)|<style|<[^>]*\son\w+=[^>]*>", re.sub(r'"[^"]*"', '""', text))
        assert "\x00" not in text
        assert "\x1b" not in text
        assert not re.search(r'(src|href)="(https?:|javascript:|data:image/svg)', text)


def test_long_texts_are_cut_and_say_so() -> None:
    (turn,) = conversation_of(said({"role": "user", "content": "é" * 5_000_000}), None).turns
    (part,) = turn.parts
    assert (len(part.text), part.cut) == (LONGEST_TEXT, 5_000_000 - LONGEST_TEXT)


def test_early_messages_of_a_long_conversation_are_counted() -> None:
    found = conversation_of(said(*({"role": "user", "content": str(number)} for number in range(250))), None)
    assert (found.skipped, len(found.turns), found.turns[-1].parts[0].text) == (50, 200, "249")


def test_a_range_of_a_link_is_told_in_the_viewers_zone(http: TestClient) -> None:
    text = page(http, "/requests?since=2027-01-15T08:00:00Z")
    assert '<time datetime="2027-01-15T08:00:00Z">' in text
    assert "the range below" in text
    assert "all time" not in text


def test_copying_as_curl_keeps_quotes(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1, user="o'neill", path="/v1/chat/completions", request=b"""{"content": "it's $HOME `id`"}"""))
    text = page(http, "/requests/id-0001")
    assert "Helicone-User-Id: o&#39;&#34;&#39;&#34;&#39;neill" in text
    assert "it&#39;&#34;&#39;&#34;&#39;s $HOME `id`" in text


def test_copying_as_curl_sends_no_file_of_who_pastes_it() -> None:
    command = curl_of(record(1, path="/v1/chat/completions", request=b"@/etc/passwd"), "http://gateway.test")
    assert command is not None
    assert command.endswith("--data-raw @/etc/passwd")


def test_copying_as_curl_leaves_out_what_no_header_can_be() -> None:
    properties = {"team": "search", "a: b\r\nX-Injected": "1", "naïve": "1"}
    command = curl_of(record(1, properties=properties, request=b"{}"), "http://gateway.test")
    assert command is not None
    assert "Helicone-Property-team: search" in command
    assert command.count("Helicone-Property") == 1
    assert curl_of(record(1, request=b"{\0}"), "http://gateway.test") is None


def test_a_thumb_is_a_score(http: TestClient, table: FakeTable) -> None:
    table.keep(record(1))
    answer = http.post("/requests/id-0001/feedback", data={"rating": "true"})
    assert 'aria-pressed="true"' in answer.text
    (kept,) = table.records.values()
    assert kept.scores == {"helicone-score-feedback": True}
    assert http.post("/requests/id-0001/feedback", data={"rating": "perhaps"}).status_code == 400
    assert http.get("/requests/nothing").status_code == 404
