"""The calls that users make, and the records they leave behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import openai
import pytest

from tests.e2e.running import Gateway

HELLO = [{"role": "user", "content": "Say hello"}]
CHAIN = "gpt-4o/openai,claude-sonnet-4/anthropic,gemini-2.5-flash/google"
LONG = "You know the handbook by heart. " * 600


class Told(NamedTuple):
    """What the caller saw of a request."""

    id: str
    headers: Mapping[str, str]
    text: str


class Calls:
    """Sends requests, and keeps what the caller saw by a name."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.told: dict[str, Told] = {}

    def whole(self, name: str, model: str, **fields: Any) -> None:
        with self._gateway.client() as client:
            raw = client.chat.completions.with_raw_response.create(model=model, **{"messages": HELLO, **fields})
            text = raw.parse().choices[0].message.content or ""
        self.told[name] = Told(raw.headers["helicone-id"], raw.headers, text)

    def stream(self, name: str, model: str, **fields: Any) -> None:
        with self._gateway.client() as client:
            raw = client.chat.completions.with_raw_response.create(
                model=model, stream=True, **{"messages": HELLO, **fields}
            )
            text = "".join(chunk.choices[0].delta.content or "" for chunk in raw.parse())
        self.told[name] = Told(raw.headers["helicone-id"], raw.headers, text)

    def fails(self, name: str, model: str, **fields: Any) -> None:
        with self._gateway.client() as client, pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(model=model, **{"messages": HELLO, **fields})
        headers = caught.value.response.headers
        self.told[name] = Told(headers["helicone-id"], headers, caught.value.response.text)

    def breaks(self, name: str, model: str, **fields: Any) -> None:
        """A stream that fails after its first chunk."""
        with self._gateway.client() as client:
            raw = client.chat.completions.with_raw_response.create(
                model=model, stream=True, **{"messages": HELLO, **fields}
            )
            with pytest.raises(openai.APIError) as caught:
                list(raw.parse())
        self.told[name] = Told(raw.headers["helicone-id"], raw.headers, caught.value.message)

    def leaves(self, name: str, model: str, **fields: Any) -> None:
        """The caller goes away after the first chunk."""
        with self._gateway.client() as client:
            raw = client.chat.completions.with_raw_response.create(
                model=model, stream=True, **{"messages": HELLO, **fields}
            )
            with raw.parse() as stream:
                text = next(iter(stream)).choices[0].delta.content or ""
        self.told[name] = Told(raw.headers["helicone-id"], raw.headers, text)


@dataclass(frozen=True, slots=True)
class Ledger:
    told: Mapping[str, Told]
    records: Mapping[str, Any]
    gateway: Gateway

    def __getitem__(self, name: str) -> Any:
        return self.records[self.told[name].id]

    def tried(self, name: str) -> list[tuple[str, int | None]]:
        return [(attempt["source"], attempt["status"]) for attempt in self[name]["attempts"] if not attempt["skipped"]]


def simulating(behaviors: str, **more: str) -> dict[str, str]:
    return {"Simulator-Behavior": behaviors, **more}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Every call of this page, made once; then the gateway ends and its records are read."""
    gateway = Gateway(Path(tmp_path_factory.mktemp("promises")), {"AI_GATEWAY_COOLDOWN": "0"})
    with gateway:
        calls = Calls(gateway)
        calls.whole("any provider", "gpt-4o-mini")
        calls.whole("list, cheapest", "gpt-4o-mini,claude-haiku-4,gemini-2.5-flash")
        calls.whole("list, ablest", "claude-opus-4-1,gpt-4o,gemini-2.5-pro")
        calls.whole("list, regional", "claude-sonnet-4/azure/eu-deployment,gpt-4o/openai")
        dead = simulating("openai=500,anthropic=429:3")
        calls.whole("two dead", CHAIN, extra_headers=dead)
        calls.stream("two dead, streamed", CHAIN, extra_headers=dead)
        calls.fails("all dead", CHAIN, extra_headers=simulating("openai=500,anthropic=529,google-ai-studio=429:3"))
        calls.stream("streamed", "claude-sonnet-4/anthropic")
        calls.breaks("broken", "gpt-4o/openai", extra_headers=simulating("openai=drop"))
        calls.leaves("left", "gpt-4o/openai", extra_headers=simulating("openai=stall:2"))
        calls.whole("headers", "gpt-4o-mini", extra_headers=METADATA)
        for step in ("/onboarding/chat", "/onboarding/done"):
            session = {"id": "session-7", "name": "Customer Onboarding Chat", "path": step}
            calls.whole(step, "gpt-4o-mini", extra_body={"helicone": {"session": session}})
        calls.whole("flat", "gpt-4o-mini", extra_body={"helicone": FLAT})
        calls.whole("openai's own", "gpt-4o-mini", user="user-3", metadata={"team": "growth"})
        cached = [{"role": "system", "content": LONG, "cache_control": {"type": "ephemeral"}}, *HELLO]
        calls.whole("cache, message", "claude-sonnet-4/anthropic", messages=cached)
        part = {"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}
        calls.whole(
            "cache, part", "claude-sonnet-4/anthropic", messages=[{"role": "system", "content": [part]}, *HELLO]
        )
        calls.whole("cache, elsewhere", "gpt-4o-mini/openai", messages=cached)
        calls.whole("bodies omitted", "gpt-4o-mini", extra_headers={"Helicone-Omit-Request": "true"})
        calls.fails("unknown model", "gpt-4o-mimi")
        httpx.post(f"{gateway.url}/v1/chat/completions", content=b"{", headers={"authorization": "Bearer sk-wrong"})
    return Ledger(calls.told, gateway.records(), gateway)


METADATA = {
    "Helicone-Session-Id": "session-1",
    "Helicone-Session-Name": "Support",
    "Helicone-Session-Path": "/support/triage",
    "Helicone-User-Id": "user-1",
    "Helicone-Property-Environment": "production",
    "Helicone-Property-Feature": "search",
    "Helicone-Property-Customer-Tier": "enterprise",
}
FLAT = {
    "sessionId": "session-9",
    "sessionName": "Flat",
    "sessionPath": "/flat",
    "userId": "user-9",
    "properties": {"plan": "pro"},
}


def test_every_request_left_exactly_one_record(ledger: Ledger) -> None:
    ids = [told.id for told in ledger.told.values()]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(ledger.records)


def test_lists_are_tried_in_the_order_written(ledger: Ledger) -> None:
    assert ledger["any provider"]["model"] == "gpt-4o-mini"
    assert ledger["list, cheapest"]["model"] == "gpt-4o-mini"
    assert ledger["list, ablest"]["model"].startswith("claude-opus-4")


def test_a_deployment_that_is_not_configured_is_reported_and_the_next_item_serves(ledger: Ledger) -> None:
    record = ledger["list, regional"]
    assert record["source"] == "gpt-4o/openai"
    (skipped,) = [attempt for attempt in record["attempts"] if attempt["skipped"]]
    assert skipped["source"] == "claude-sonnet-4/azure/eu-deployment"
    assert skipped["error_type"] == "unknown_deployment"


@pytest.mark.parametrize("name", ["two dead", "two dead, streamed"])
def test_the_third_serves_when_two_are_dead(ledger: Ledger, name: str) -> None:
    assert ledger.tried(name) == [
        ("gpt-4o/openai", 500),
        ("claude-sonnet-4/anthropic", 429),
        ("gemini-2.5-flash/google-ai-studio", 200),
    ]
    record = ledger[name]
    assert record["outcome"] == "success"
    assert record["provider"] == "google-ai-studio"
    assert all(attempt["cost_estimate"] > 0 for attempt in record["attempts"])
    assert [attempt["error"] is None for attempt in record["attempts"]] == [False, False, True]
    assert ledger.told[name].headers["helicone-provider"] == "google-ai-studio"


def test_the_cost_is_exactly_the_tokens_at_the_price(ledger: Ledger) -> None:
    """Gemini 2.5 Flash: 0.30 and 2.50 dollars for a million tokens, in pico-dollars a token."""
    prices = {"input": 300_000, "output": 2_500_000, "reasoning": 2_500_000}
    for name in ("two dead", "two dead, streamed"):
        record = ledger[name]
        parts = {kind: count * prices[kind] for kind, count in record["tokens"].items()}
        assert record["cost_parts"] == parts
        assert record["cost"] == sum(parts.values())
    shown = ledger.told["two dead"].headers["gateway-cost"]
    assert Decimal(shown) == Decimal(ledger["two dead"]["cost"]).scaleb(-12)


def test_when_all_are_dead_the_error_lists_every_attempt(ledger: Ledger) -> None:
    assert ledger.tried("all dead") == [
        ("gpt-4o/openai", 500),
        ("claude-sonnet-4/anthropic", 529),
        ("gemini-2.5-flash/google-ai-studio", 429),
    ]
    assert ledger["all dead"]["outcome"] == "error"
    assert ledger.told["all dead"].headers["retry-after"] == "3"
    for source, _ in ledger.tried("all dead"):
        assert source in ledger.told["all dead"].text


def test_a_stream_is_recorded_with_its_whole_text_its_tokens_and_its_times(ledger: Ledger) -> None:
    told = ledger.told["streamed"]
    record = ledger.gateway.record(told.id)
    assert record["response"]["choices"][0]["message"]["content"] == told.text
    assert record["request"]["messages"] == HELLO
    assert record["tokens"]["output"] > 0
    assert not record["tokens_estimated"]
    assert 0 < record["ttft_ms"] <= record["duration_ms"]
    assert record["cost"] > 0


def test_a_stream_that_breaks_raises_in_the_client_and_is_recorded_as_failed(ledger: Ledger) -> None:
    record = ledger["broken"]
    assert record["outcome"] == "error"
    assert record["error_type"] == "upstream_unreachable"
    assert record["tokens_estimated"]
    assert record["cost"] > 0
    assert ledger.told["broken"].text == record["error"]


def test_a_caller_who_leaves_is_recorded_with_what_was_spent(ledger: Ledger) -> None:
    record = ledger["left"]
    assert record["outcome"] == "cancelled"
    assert record["tokens_estimated"]
    assert record["cost"] > 0


def test_metadata_comes_from_headers(ledger: Ledger) -> None:
    record = ledger["headers"]
    assert (record["session_id"], record["session_name"]) == ("session-1", "Support")
    assert record["session_path"] == "/support/triage"
    assert record["user"] == "user-1"
    assert {name.lower(): value for name, value in record["properties"].items()} == {
        "environment": "production",
        "feature": "search",
        "customer-tier": "enterprise",
    }


def test_two_calls_with_one_id_in_the_body_are_one_session(ledger: Ledger) -> None:
    steps = ("/onboarding/chat", "/onboarding/done")
    own = [record for record in ledger.records.values() if record["session_id"] == "session-7"]
    in_order = sorted(own, key=lambda record: record["started"])
    assert [record["session_path"] for record in in_order] == list(steps)
    assert {record["session_name"] for record in own} == {"Customer Onboarding Chat"}
    assert sum(record["cost"] for record in own) == sum(ledger[step]["cost"] for step in steps) > 0


def test_the_flat_form_of_the_body_is_understood(ledger: Ledger) -> None:
    record = ledger["flat"]
    assert (record["session_id"], record["session_name"], record["session_path"]) == ("session-9", "Flat", "/flat")
    assert record["user"] == "user-9"
    assert record["properties"]["plan"] == "pro"


def test_user_and_metadata_of_the_body_count(ledger: Ledger) -> None:
    assert ledger["openai's own"]["user"] == "user-3"
    assert ledger["openai's own"]["properties"]["team"] == "growth"


@pytest.mark.parametrize("name", ["cache, message", "cache, part"])
def test_cache_control_is_cached_where_it_can_be(ledger: Ledger, name: str) -> None:
    tokens = ledger[name]["tokens"]
    cached = tokens.get("cache_write_5m", 0) + tokens.get("cache_read", 0)
    assert cached > 1000
    assert ledger[name]["cost_parts"].keys() & {"cache_write_5m", "cache_read"}


def test_cache_control_does_no_harm_elsewhere(ledger: Ledger) -> None:
    assert ledger["cache, elsewhere"]["outcome"] == "success"


def test_an_omitted_body_is_not_in_the_record(ledger: Ledger) -> None:
    record = ledger.gateway.record(ledger.told["bodies omitted"].id)
    assert "request" not in record
    assert record["response"]["choices"]


def test_a_request_that_was_never_tried_is_recorded(ledger: Ledger) -> None:
    assert ledger["unknown model"]["status"] == 404
    assert ledger["unknown model"]["error_type"] == "model_not_found"


def test_nothing_of_all_this_is_an_error_of_the_gateway(ledger: Ledger) -> None:
    assert ledger.gateway.stderr == ""
