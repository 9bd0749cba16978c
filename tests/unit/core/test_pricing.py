"""What a request costs: every kind of token at its own rate, exactly, and a provider's bill above all of it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.pricing import PICO, Cost, Prices, Rates, Tier, cost, dollars
from ai_gateway.core.usage import Usage

PRICES = Prices(
    Rates(
        input=3_000,
        output=15_000,
        cache_read=300,
        cache_write_5m=3_750,
        cache_write_1h=6_000,
        input_audio=7_000,
        output_audio=20_000,
        input_image=4_000,
        output_image=30_000,
        reasoning=16_000,
    ),
    request=1_000_000,
    web_search=2_000_000,
)


@pytest.mark.parametrize(
    ("usage", "part", "pico_dollars"),
    [
        (Usage(input=2), "input", 6_000),
        (Usage(output=2), "output", 30_000),
        (Usage(cache_read=2), "cache_read", 600),
        (Usage(cache_write_5m=2), "cache_write_5m", 7_500),
        (Usage(cache_write_1h=2), "cache_write_1h", 12_000),
        (Usage(input_audio=2), "input_audio", 14_000),
        (Usage(output_audio=2), "output_audio", 40_000),
        (Usage(input_image=2), "input_image", 8_000),
        (Usage(output_image=2), "output_image", 60_000),
        (Usage(reasoning=2), "reasoning", 32_000),
        (Usage(web_searches=2), "web_search", 4_000_000),
    ],
)
def test_every_kind_has_its_own_rate_and_a_request_its_fee(usage: Usage, part: str, pico_dollars: int) -> None:
    assert cost(usage, PRICES) == Cost(
        1_000_000 + pico_dollars, 1_000_000 + pico_dollars, {part: pico_dollars, "request": 1_000_000}
    )


def test_a_kind_without_a_rate_costs_what_its_side_costs() -> None:
    everything = Usage(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    price = cost(everything, Prices(Rates(input=3, output=5)))
    assert price is not None
    assert price.total == 6 * 3 + 4 * 5


def test_an_hour_in_the_cache_costs_what_five_minutes_do_when_only_those_have_a_rate() -> None:
    price = cost(Usage(cache_write_1h=2), Prices(Rates(input=3, cache_write_5m=4)))
    assert price is not None
    assert price.total == 8


def test_no_price_and_no_bill_is_unknown_never_zero() -> None:
    assert cost(Usage(input=1), None) is None
    assert cost(Usage(), None) is None


def test_a_bill_is_the_truth_and_what_the_prices_say_is_kept_beside_it() -> None:
    assert cost(Usage(input=10, billed=50_000), Prices(Rates(input=3_000))) == Cost(
        50_000, 30_000, {"input": 30_000}, 50_000
    )
    assert cost(Usage(input=10, billed=0), Prices(Rates(input=3_000))) == Cost(0, 30_000, {"input": 30_000}, 0)


def test_a_bill_without_a_price_is_known_all_the_same() -> None:
    assert cost(Usage(input=10, billed=7), None) == Cost(7, None, {}, 7)


@pytest.mark.parametrize(("prompt", "rate"), [(0, 1), (100, 1), (101, 2), (200, 2), (201, 3)])
def test_a_tier_holds_for_all_tokens_of_a_prompt_that_exceeds_it(prompt: int, rate: int) -> None:
    tiers = (Tier(100, Rates(input=2, output=20)), Tier(200, Rates(input=3, output=30)))
    price = cost(Usage(input=prompt, output=5), Prices(Rates(input=1, output=10), tiers))
    assert price is not None
    assert price.total == prompt * rate + 5 * rate * 10


def test_cached_tokens_count_towards_the_tier() -> None:
    prices = Prices(Rates(input=1), (Tier(100, Rates(input=2, cache_read=1)),))
    price = cost(Usage(input=1, cache_read=60, cache_write_5m=40), prices)
    assert price is not None
    assert price.total == 1 * 2 + 60 * 1 + 40 * 2


@pytest.mark.parametrize(("tier", "total"), [(None, 40), ("default", 40), ("flex", 20), ("priority", 80), ("new", 40)])
def test_the_tier_that_the_provider_reports_decides_the_price(tier: str | None, total: int) -> None:
    service_tiers = {"flex": Prices(Rates(input=2)), "priority": Prices(Rates(input=8))}
    price = cost(Usage(input=10), Prices(Rates(input=4), service_tiers=service_tiers), tier)
    assert price is not None
    assert price.total == total


@pytest.mark.parametrize(("read", "fee"), [(None, 5), ("low", 5), ("medium", 8), ("high", 12), ("unheard of", 5)])
def test_the_fee_goes_by_how_much_of_the_web_was_read(read: str | None, fee: int) -> None:
    prices = Prices(Rates(), request=5, request_by_search={"low": 5, "medium": 8, "high": 12})
    price = cost(Usage(search_context=read), prices)
    assert price is not None
    assert price.total == fee


counts = st.integers(0, 10**7)


@given(st.builds(Usage, counts, counts, counts, counts, counts, counts, counts, counts, counts, counts))
def test_the_parts_sum_to_the_whole(usage: Usage) -> None:
    price = cost(usage, PRICES)
    assert price is not None
    assert sum(price.parts.values()) == price.total == price.computed
    assert all(price.parts.values())


@given(st.integers(-(10**18), 10**18))
def test_dollars_are_exact_and_without_an_exponent(pico: int) -> None:
    text = dollars(pico)
    assert Decimal(text) * PICO == pico
    assert "e" not in text.lower()
    assert not ("." in text and text.endswith("0"))
