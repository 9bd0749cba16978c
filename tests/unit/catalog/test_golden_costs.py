"""What well-known models cost, worked out by hand from the price lists of 2026-11-24, in pico-dollars.

A refresh that changes one of these has to be looked at: prices do change, but seldom, and in the news.
"""

import pytest

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.pricing import cost
from ai_gateway.core.usage import Usage

TYPICAL = Usage(input=1_000, cache_read=2_000, output=400, reasoning=100)
WRITING = Usage(input=1_000, cache_read=2_000, cache_write_5m=300, cache_write_1h=200, output=500)
PLAIN = Usage(input=1_000, output=500)

GOLDEN = [
    # $2.50 in, $1.25 cached, $10 out
    ("gpt-4o", "openai", TYPICAL, 10_000_000_000),
    ("gpt-4o", "azure", TYPICAL, 10_000_000_000),
    # $0.15, $0.075, $0.60
    ("gpt-4o-mini", "openai", TYPICAL, 600_000_000),
    ("gpt-4o-mini", "openrouter", TYPICAL, 600_000_000),
    # $3, $0.30, written for 5 minutes $3.75, for an hour $6, $15
    ("claude-sonnet-4", "anthropic", WRITING, 13_425_000_000),
    ("claude-sonnet-4", "bedrock", TYPICAL, 11_100_000_000),
    ("anthropic/claude-sonnet-4", "vercel", TYPICAL, 11_100_000_000),
    # $1, $0.10, $1.25, $2, $5; a tenth more in Bedrock's regions
    ("claude-haiku-4.5", "anthropic", WRITING, 4_475_000_000),
    ("claude-haiku-4.5", "bedrock", TYPICAL, 4_070_000_000),
    # $1.25, $0.125, $10; from a prompt of more than 200,000 tokens on $2.50, $15
    ("gemini-2.5-pro", "google", TYPICAL, 6_500_000_000),
    ("gemini-2.5-pro", "google", Usage(input=200_000, output=1_000), 260_000_000_000),
    ("gemini-2.5-pro", "google", Usage(input=200_001, output=1_000), 515_002_500_000),
    # $0.30, $0.03, $2.50, audio $1
    ("gemini-2.5-flash", "google", TYPICAL, 1_610_000_000),
    ("gemini-2.5-flash", "vertex", Usage(input_audio=1_000, output=500), 2_250_000_000),
    # $3, $0.75, $15
    ("grok-4", "xai", TYPICAL, 12_000_000_000),
    # $0.50, $0.05, $1.50
    ("mistral-large", "mistral", TYPICAL, 1_350_000_000),
    # $1, $1, and $5 for a thousand requests, $12 when much of the web is read
    ("sonar", "perplexity", PLAIN, 6_500_000_000),
    ("sonar", "perplexity", Usage(input=1_000, output=500, search_context="high"), 13_500_000_000),
    # $4, written $5, $20
    ("gpt-5.6-sol", "openai", Usage(input=8, cache_write_5m=4_012, output=4), 20_172_000_000),
    ("gpt-5.6-sol", "azure", Usage(input=8, cache_write_5m=4_012, output=4), 20_172_000_000),
]


@pytest.mark.parametrize(("name", "provider", "usage", "pico_dollars"), GOLDEN)
def test_a_well_known_model_costs_what_its_price_list_says(
    name: str, provider: str, usage: Usage, pico_dollars: int
) -> None:
    price = cost(usage, Catalog.standard().endpoint(name, provider).prices)
    assert price is not None
    assert price.total == pico_dollars


@pytest.mark.parametrize("tokens", [272_000, 272_001])
@pytest.mark.parametrize("tier", [None, "flex", "priority", "batch"])
@pytest.mark.parametrize("model", ["gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"])
def test_writing_to_the_cache_costs_a_quarter_more_than_input_from_gpt_5_6_on(
    model: str, tier: str | None, tokens: int
) -> None:
    """https://developers.openai.com/api/docs/guides/prompt-caching"""
    prices = Catalog.standard().endpoint(model, "openai").prices
    plain, written = cost(Usage(input=tokens), prices, tier), cost(Usage(cache_write_5m=tokens), prices, tier)
    assert plain is not None
    assert written is not None
    assert written.total * 4 == plain.total * 5
