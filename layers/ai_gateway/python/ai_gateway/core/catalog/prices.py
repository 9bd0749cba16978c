"""Prices by provider and model id: compiled from genai-prices, with hand entries for what it lacks.

`compiled_prices` is made by `uv run python -m ai_gateway.runtime.refresh_prices`; `own_prices` by hand, each entry with
its source.
"""

import re
from functools import lru_cache
from typing import TypeAlias

from ai_gateway.core.catalog.compiled_prices import DAY, FALLBACKS, PRICES, VERSION
from ai_gateway.core.catalog.own_prices import OWN_PRICES
from ai_gateway.core.pricing import Prices, Rates, Tier

SOURCE = f"genai-prices {VERSION}"

Rule: TypeAlias = tuple[str, object]
"""`("=", text)` equals, `("^", text)` starts with, `("$", text)` ends with, `("*", text)` contains, `("~", pattern)`
matches, `("|", rules)` any of, `("&", rules)` all of. Texts and the id they are held against are in lower case.
"""

Row: TypeAlias = tuple[tuple[int | None, ...], tuple[tuple[int, tuple[int | None, ...]], ...], int, int]
"""Rates in the order of `Rates`' fields, tiers as (above, rates), then per request and per web search."""

AT_LIST_PRICE = frozenset(("openrouter", "vercel"))
"""Who sells models of others for what their makers ask: https://openrouter.ai/docs/faq,
https://vercel.com/docs/ai-gateway/pricing.
"""
MAKERS = {
    "anthropic": "anthropic",
    "cohere": "cohere",
    "google": "google",
    "openai": "openai",
    "perplexity": "perplexity",
    "x-ai": "x-ai",
    "xai": "x-ai",
}
"""Authors, as resellers write them, whose models only they and the clouds serve; by their ids in genai-prices."""
OPEN_WEIGHTS = ("gpt-oss", "gemma")
"""Models of those authors that anybody may serve at any price."""

_COMPACT_DATE = re.compile(r"-(20\d\d)(\d\d)(\d\d)$")


@lru_cache(maxsize=4096)
def prices_of(provider: str, model_id: str, day: str = DAY) -> Prices | None:
    """What a model costs at a provider on a day (`2027-01-01`, UTC), none before the prices were compiled; None when it
    is not known. `provider` is its id in genai-prices, or our name of it where genai-prices has none. Dated ids are
    found by their family's rule.
    """
    name = model_id.lower()
    return OWN_PRICES.get((provider, name)) or _compiled(provider, name, day) or _list_price(provider, name, day)


def _compiled(provider: str, name: str, day: str) -> Prices | None:
    dashed = _COMPACT_DATE.sub(r"-\1-\2-\3", name)
    for spelled in (name, dashed) if dashed != name else (name,):
        for known in (provider, *FALLBACKS.get(provider, ())):
            for rule, row, tiers, changes in PRICES.get(known, ()):
                if _matches(rule, spelled):
                    begun = [(later, tiers_later) for start, later, tiers_later in changes if start <= day]
                    return _prices(*(begun or [(row, tiers)])[-1])
    return None


def _list_price(provider: str, name: str, day: str) -> Prices | None:
    """What its maker asks for a model. Variants have prices of their own, and those that are `:free` cost nothing."""
    author, _, model = name.partition("/")
    if provider not in AT_LIST_PRICE or not model:
        return None
    if provider == "openrouter" and model.endswith(":free"):
        return Prices(Rates(), source="OpenRouter's free variants")
    if author not in MAKERS or ":" in model or model.startswith(OPEN_WEIGHTS):
        return None
    maker = MAKERS[author]
    return prices_of(maker, model, day) or prices_of(maker, model.replace(".", "-"), day)


def _matches(rule: Rule, name: str) -> bool:
    kind, value = rule
    if isinstance(value, str):
        match kind:
            case "=":
                return name == value
            case "^":
                return name.startswith(value)
            case "$":
                return name.endswith(value)
            case "*":
                return value in name
            case _:
                return re.search(value, name) is not None
    rules: tuple[Rule, ...] = value if isinstance(value, tuple) else ()
    return any(_matches(part, name) for part in rules) if kind == "|" else all(_matches(part, name) for part in rules)


def _prices(row: Row, service_tiers: tuple[tuple[str, Row], ...]) -> Prices:
    rates, tiers, request, web_search = row
    return Prices(
        rates=_rates(rates),
        tiers=tuple(Tier(above, _rates(tier)) for above, tier in tiers),
        request=request,
        web_search=web_search,
        service_tiers={name: _prices(tier, ()) for name, tier in service_tiers},
        source=SOURCE,
    )


def _rates(values: tuple[int | None, ...]) -> Rates:
    given, taken, *others = values
    return Rates(given or 0, taken or 0, *others)
