"""Our exact cost against genai-prices' own calculation, for every model it has a price for."""

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from genai_prices import data, types
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_gateway.core.catalog.compiled_prices import DAY, PRICES
from ai_gateway.core.catalog.own_prices import OWN_PRICES
from ai_gateway.core.catalog.prices import prices_of
from ai_gateway.core.pricing import PICO, cost
from ai_gateway.core.usage import Usage
from ai_gateway.runtime.refresh_prices import compiled

NOW = datetime.now(UTC)
TODAY = NOW.date().isoformat()
EXACTNESS = Decimal("1e-6")
"""The library keeps some prices as binary floats; ours are the whole pico-dollars that those stand for."""

counts = st.integers(0, 500_000)
usages = st.builds(
    Usage,
    input=counts,
    output=counts,
    cache_read=counts,
    cache_write_5m=counts,
    cache_write_1h=counts,
    web_searches=st.integers(0, 20),
)


def priced() -> Iterator[tuple[Any, Any]]:
    """Provider and model, for each that is found by its own id, has no price by hand, and whose price does not depend on
    the hour.
    """
    for provider in data.providers:
        for model in provider.models:
            prices = model.prices if isinstance(model.prices, list) else []
            by_the_hour = any(type(entry.constraint).__name__ == "TimeOfDateConstraint" for entry in prices)
            by_hand = (provider.id, model.id) in OWN_PRICES
            if provider.find_model(model.id) is model and not by_hand and not by_the_hour:
                yield provider, model


MODELS = list(priced())


def difference(usage: Usage, provider: Any, model: Any, day: str = TODAY) -> str | None:
    """What is wrong with our cost on a day, in pico-dollars."""
    ours = cost(usage, prices_of(provider.id, model.id, day))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs: Decimal = (
            model.get_prices(datetime.fromisoformat(day).replace(tzinfo=UTC)).calc_price(reported(usage))["total_price"]
            * PICO
        )
    if ours is None:
        return f"{provider.id}/{model.id}: unknown, {theirs}" if theirs else None
    if abs(ours.total - theirs) > theirs * EXACTNESS:
        return f"{provider.id}/{model.id}: {ours.total}, {theirs}"
    return None


def reported(usage: Usage) -> types.Usage:
    return types.Usage(
        input_tokens=usage.prompt,
        output_tokens=usage.completion,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write_5m + usage.cache_write_1h,
        cache_write_1h_tokens=usage.cache_write_1h,
        web_searches=usage.web_searches,
        requests=1,
    )


def test_nearly_all_of_the_models_are_compared() -> None:
    assert len(MODELS) > 1_800


def test_the_compiled_prices_are_those_of_the_locked_version() -> None:
    table, _ = compiled(NOW)
    assert table.keys() == PRICES.keys()


def test_every_price_is_the_librarys_for_a_small_and_for_a_large_prompt() -> None:
    small = Usage(input=1_000, output=100, cache_read=10, cache_write_5m=7, cache_write_1h=3, web_searches=2)
    large = Usage(input=900_000, output=60_000, cache_read=300_000, cache_write_5m=20_000)
    wrong = [difference(usage, provider, model) for usage in (small, large) for provider, model in MODELS]
    assert [line for line in wrong if line] == []


def test_prices_change_on_the_day_that_they_are_said_to() -> None:
    days = {day for entries in PRICES.values() for *_, changes in entries for day, *_ in changes}
    usage = Usage(input=1_000, output=100, cache_read=10)
    around = [near for day in days for near in (day, (date.fromisoformat(day) - timedelta(1)).isoformat())]
    wrong = [difference(usage, *pair, day) for day in around if day >= DAY for pair in MODELS]
    assert [line for line in wrong if line] == []


@settings(max_examples=300)
@given(pair=st.sampled_from(MODELS), usage=usages)
def test_our_cost_is_the_librarys_for_any_usage(pair: tuple[Any, Any], usage: Usage) -> None:
    assert difference(usage, *pair) is None
