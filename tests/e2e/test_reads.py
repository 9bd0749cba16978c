"""What a request leaves behind, read where people and programs read it: over real sockets, out of the emulated table."""

import time
from pathlib import Path
from uuid import UUID

import httpx

from tests.e2e.running import Gateway
from tests.integration.tracing.collector import collecting, read

HEADERS = {
    "Helicone-User-Id": "ann", "Helicone-Session-Id": "s-1", "Helicone-Session-Name": "Trip",
    "Helicone-Session-Path": "/plan", "Helicone-Property-Team": "search",
}  # fmt: skip
LIVE = 2.0


def test_a_request_is_live_in_two_seconds_and_read_by_helicones_calls_and_told_to_the_collector(tmp_path: Path) -> None:
    with collecting() as collector:
        with Gateway(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}) as gateway, admin(gateway) as http:
            assert http.get("/api/v1/requests/live").json()["data"] == []
            request_id = ask(gateway)
            finished = time.monotonic()
            while not (live := http.get("/api/v1/requests/live").json()["data"]):
                assert time.monotonic() - finished < LIVE
            assert [row["id"] for row in live] == [request_id]
            read_by_helicones_calls(http, request_id, live[0])
        roots = [span for span in collector.spans if not span.parent_span_id]
        children = [span for span in collector.spans if span.parent_span_id]
    assert [UUID(bytes=span.trace_id) for span in roots] == [UUID(request_id)]
    told = read(list(roots[0].attributes))
    assert (told["gen_ai.conversation.id"], told["gateway.property.team"], told["user.id"]) == ("s-1", "search", "ann")
    assert told["gateway.cost"] == float(live[0]["cost"])
    assert [read(list(span.attributes)).get("error.type") is None for span in children] == [False, True]
    assert read(list(children[1].attributes))["server.address"] == "127.0.0.1"


def admin(gateway: Gateway) -> httpx.Client:
    return httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {gateway.key}"})


def ask(gateway: Gateway) -> str:
    """A call whose first endpoint fails."""
    with gateway.client() as client:
        answer = client.chat.completions.with_raw_response.create(
            model="gpt-4o-mini/openai,claude-haiku-4.5/anthropic",
            messages=[{"role": "user", "content": "Find the needle."}],
            extra_headers={**HEADERS, "Simulator-Behavior": "openai=500"},
        )
    return answer.headers["helicone-id"]


def read_by_helicones_calls(http: httpx.Client, request_id: str, kept: dict[str, object]) -> None:
    def asked(path: str, **body: object) -> object:
        answer = http.post(f"/v1/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    wanted = {
        "left": {"request_response_rmt": {"properties": {"Team": {"equals": "search"}}}},
        "operator": "and",
        "right": {
            "request_response_rmt": {"request_body": {"contains": "NEEDLE"}, "provider": {"equals": "anthropic"}}
        },
    }
    rows = asked("request/query", filter=wanted, sort={"created_at": "desc"})
    assert isinstance(rows, list)
    assert [(row["request_id"], row["cost"]) for row in rows] == [(request_id, float(str(kept["cost"])))]
    assert rows[0]["request_body"]["messages"][0]["content"] == "Find the needle."
    assert asked("request/count/query", filter=wanted) == asked("request/count/query", filter="all") == 1
    sessions = asked("session/query", filter={"properties": {"Helicone-Session-Id": {"equals": "s-1"}}})
    assert isinstance(sessions, list)
    assert [(row["session_name"], row["total_requests"]) for row in sessions] == [("Trip", 1)]
    users = asked("user/metrics/query", filter="all")
    assert isinstance(users, dict)
    assert [(row["user_id"], row["total_requests"]) for row in users["users"]] == [("ann", 1)]
    assert asked("property/query") == [{"property": "team"}]
