"""OpenAI's usage object as buckets that do not overlap, and bills as whole pico-dollars."""

from typing import Any

import pytest

from ai_gateway.core.pricing import Prices, Rates, cost
from ai_gateway.core.usage import Usage, usage_of


def test_no_token_is_in_two_buckets() -> None:
    usage = usage_of(
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {
                "cached_tokens": 60,
                "cache_write_tokens": 10,
                "audio_tokens": 5,
                "image_tokens": 3,
            },
            "completion_tokens_details": {"reasoning_tokens": 20, "audio_tokens": 4, "image_tokens": 2},
        }
    )
    assert usage == Usage(
        input=22,
        output=24,
        cache_read=60,
        cache_write_5m=10,
        reasoning=20,
        input_audio=5,
        output_audio=4,
        input_image=3,
        output_image=2,
    )
    assert (usage.prompt, usage.completion, usage.total) == (100, 50, 150)


def test_cache_writes_are_told_apart_by_how_long_they_last() -> None:
    details = {"cache_write_tokens": 30, "cache_write_details": {"write_5m_tokens": 10, "write_1h_tokens": 20}}
    usage = usage_of({"prompt_tokens": 40, "completion_tokens": 1, "prompt_tokens_details": details})
    assert (usage.cache_write_5m, usage.cache_write_1h, usage.input) == (10, 20, 10)


def test_tokens_that_are_reported_as_read_and_as_written_count_once() -> None:
    details = {"cached_tokens": 2161, "cache_write_tokens": 2161}
    usage = usage_of({"prompt_tokens": 2168, "completion_tokens": 100, "prompt_tokens_details": details})
    assert (usage.input, usage.cache_read, usage.cache_write_5m, usage.prompt) == (7, 2161, 0, 2168)


@pytest.mark.parametrize(
    ("reported", "pico_dollars"),
    [
        ({"cost": 0.0004970133333333333}, 497_013_333),
        ({"cost": 4e-05}, 40_000_000),
        ({"cost": "0.003576"}, 3_576_000_000),
        ({"cost": 0}, 0),
        ({"cost_in_usd_ticks": 2488500}, 248_850_000),
        ({"cost": {"input_tokens_cost": 0.1, "request_cost": 0.005, "total_cost": 0.105}}, 105_000_000_000),
        ({"cost": "free"}, None),
        ({"cost": "NaN"}, None),
        ({"cost": "Infinity"}, None),
        ({"cost": True}, None),
        ({"cost": None}, None),
        ({}, None),
    ],
)
def test_a_bill_is_read_exactly_or_not_at_all(reported: dict[str, Any], pico_dollars: int | None) -> None:
    assert usage_of(reported).billed == pico_dollars


@pytest.mark.parametrize("name", ["server_tool_use", "server_tool_use_details"])
def test_web_searches_are_counted(name: str) -> None:
    assert usage_of({name: {"web_search_requests": 3}}).web_searches == 3


def test_what_is_billed_apart_from_the_tokens_is_what_a_request_costs() -> None:
    usage = usage_of(
        {
            "prompt_tokens": 542,
            "completion_tokens": 63,
            "prompt_tokens_details": {"cached_tokens": 500},
            "billed_units": {"input_tokens": 13, "output_tokens": 61},
        }
    )
    assert usage.prompt == 542
    price = cost(usage, Prices(Rates(input=37_500, output=150_000, cache_read=1)))
    assert price is not None
    assert price.total == 13 * 37_500 + 61 * 150_000


@pytest.mark.parametrize(
    ("own_key", "charged", "spent"), [(True, 0.0003253, 335_300_000), (True, None, 10_000_000), (False, 1, 10_000_000)]
)
def test_what_an_own_key_is_charged_comes_on_top_of_the_resellers_bill(
    own_key: bool, charged: float | None, spent: int
) -> None:
    details = {"upstream_inference_cost": charged}
    usage = usage_of({"cost": 0.00001, "is_byok": own_key, "cost_details": details})
    assert usage.billed == 10_000_000
    for prices in (None, Prices(Rates(1, 1))):
        price = cost(usage, prices)
        assert price is not None
        assert (price.total, price.billed) == (spent, 10_000_000)


def test_what_perplexity_searched_is_read() -> None:
    usage = usage_of({"prompt_tokens": 8, "search_context_size": "low", "num_search_queries": 3})
    assert (usage.search_context, usage.web_searches) == ("low", 3)
