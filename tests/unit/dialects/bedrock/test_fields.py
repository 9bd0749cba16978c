"""Everything of a request that is neither message nor tool: the path, sampling, tiers, metadata, what is dropped."""

from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import UpstreamRequest

Sent = Callable[..., dict[str, Any]]
Encoded = Callable[..., UpstreamRequest]
NOVA = "us.amazon.nova-lite-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3"


def test_a_request_holds_no_more_than_was_asked(encoded: Encoded, sent: Sent) -> None:
    assert sent() == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    upstream = encoded(stream=False, stream_options={"include_usage": True}, n=1, user="u", store=True)
    assert upstream.headers == {"content-type": "application/json"}
    assert upstream.dropped == ()


@pytest.mark.parametrize(
    ("model", "segment"),
    [
        (NOVA, "us.amazon.nova-lite-v1%3A0"),
        ("google.gemma-3-27b-it", "google.gemma-3-27b-it"),
        (PROFILE, "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3"),
    ],
)
def test_the_models_id_is_one_segment_of_the_path(encoded: Encoded, model: str, segment: str) -> None:
    assert encoded(model).path == f"/model/{segment}/converse"
    assert encoded(model, stream=True).path == f"/model/{segment}/converse-stream"


def test_a_profile_is_known_by_the_gateways_name_of_the_model(sent: Sent) -> None:
    marked = [{"role": "user", "content": "Hi", "cache_control": {"type": "ephemeral"}}]
    assert len(sent(PROFILE, name="claude-sonnet-4.5", messages=marked)["messages"][0]["content"]) == 2
    assert len(sent(PROFILE, name="my-model", messages=marked)["messages"][0]["content"]) == 1


def test_limits_and_sampling_are_converses(sent: Sent) -> None:
    body = sent(NOVA, max_completion_tokens=9, max_tokens=8, temperature=0.3, top_p=0.4, stop=["a", "b"])
    assert body["inferenceConfig"] == {"maxTokens": 9, "temperature": 0.3, "topP": 0.4, "stopSequences": ["a", "b"]}


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", {"top_k": 3}),
        (NOVA, {"inferenceConfig": {"topK": 3}}),
        ("mistral.mistral-large-2402-v1:0", {"top_k": 3}),
        ("cohere.command-r-plus-v1:0", {"k": 3}),
    ],
)
def test_top_k_goes_where_the_family_has_it(sent: Sent, model: str, place: dict[str, Any]) -> None:
    assert sent(model, top_k=3)["additionalModelRequestFields"] == place


def test_top_k_is_dropped_where_there_is_no_place(encoded: Encoded) -> None:
    assert encoded("openai.gpt-oss-120b-1:0", top_k=3).dropped == ("top_k",)


def test_a_temperature_above_converses_range_is_lowered(encoded: Encoded, sent: Sent) -> None:
    for model in (NOVA, "us.anthropic.claude-sonnet-4-5-20250929-v1:0"):
        assert sent(model, temperature=1.7)["inferenceConfig"] == {"temperature": 1}
        assert encoded(model, temperature=1.7).dropped == ("temperature",)


def test_claude_takes_one_of_temperature_and_top_p(encoded: Encoded, sent: Sent) -> None:
    assert sent(temperature=0.5, top_p=0.5)["inferenceConfig"] == {"temperature": 0.5}
    assert encoded(temperature=0.5, top_p=0.5).dropped == ("top_p",)


def test_stops_are_dropped_where_the_model_refuses_them(encoded: Encoded, sent: Sent) -> None:
    assert "inferenceConfig" not in sent("openai.gpt-oss-120b-1:0", stop="x")
    assert encoded("qwen.qwen3-32b-v1:0", stop="x").dropped == ("stop",)
    assert sent(stop=["\n", "x"])["inferenceConfig"] == {"stopSequences": ["x"]}
    assert encoded(stop=["\n", "x"]).dropped == ("stop",)
    assert sent(NOVA, stop=["\n"])["inferenceConfig"] == {"stopSequences": ["\n"]}


def test_what_converse_cannot_take_is_dropped_and_reported(encoded: Encoded) -> None:
    upstream = encoded(
        n=2, seed=0, logprobs=True, top_logprobs=2, logit_bias={"1": 1}, presence_penalty=1, frequency_penalty=0.0
    )
    assert upstream.dropped == ("logit_bias", "logprobs", "n", "presence_penalty", "seed", "top_logprobs")


@pytest.mark.parametrize("tier", ["priority", "flex", "reserved"])
def test_service_tiers_go_through(sent: Sent, tier: str) -> None:
    assert sent(service_tier=tier)["serviceTier"] == {"type": tier}


def test_other_tiers_are_the_default_or_reported(encoded: Encoded, sent: Sent) -> None:
    assert "serviceTier" not in sent(service_tier="auto")
    assert encoded(service_tier="default").dropped == ()
    assert encoded(service_tier="scale").dropped == ("service_tier",)
    assert sent(serviceTier={"type": "flex"})["serviceTier"] == {"type": "flex"}


def test_converses_own_fields_go_through_in_either_spelling(encoded: Encoded, sent: Sent) -> None:
    guard = {"guardrailIdentifier": "abc", "guardrailVersion": "1", "trace": "enabled"}
    speed = {"latency": "optimized"}
    assert sent(guardrail_config=guard, performanceConfig=speed) == {
        **sent(),
        "guardrailConfig": guard,
        "performanceConfig": speed,
    }
    assert encoded(guardrailConfig=guard, performance_config=speed).dropped == ()


def test_the_callers_additional_fields_win(encoded: Encoded, sent: Sent) -> None:
    body = sent(NOVA, top_k=3, additionalModelRequestFields={"inferenceConfig": {"topK": 9}, "x": 1})
    assert body["additionalModelRequestFields"] == {"inferenceConfig": {"topK": 9}, "x": 1}
    assert encoded(NOVA, additional_model_request_fields={"x": 1}).dropped == ()


def test_metadata_tags_the_invocation(encoded: Encoded, sent: Sent) -> None:
    assert sent(metadata={"team": "search", "run": "a/1"})["requestMetadata"] == {"team": "search", "run": "a/1"}
    assert encoded(metadata={"team": "search"}).dropped == ()


def test_metadata_that_does_not_fit_is_reported(encoded: Encoded, sent: Sent) -> None:
    odd = {"ok": "yes", "number": 1, "long": "x" * 300, "braces": "{}", "": "empty"}
    assert sent(metadata=odd)["requestMetadata"] == {"ok": "yes"}
    assert encoded(metadata=odd).dropped == ("metadata",)
    many = {f"k{number}": "v" for number in range(20)}
    assert len(sent(metadata=many)["requestMetadata"]) == 16
    assert encoded(metadata=many).dropped == ("metadata",)
