"""Prices and what a request cost, exactly: every amount is a whole number of pico-dollars (10**-12 US dollars)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ai_gateway.core.usage import Usage

PICO = 10**12


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates that hold from a prompt of more than `above` tokens (cached ones counted) on."""

    above: int
    rates: "Rates"


@dataclass(frozen=True, slots=True)
class Rates:
    """Pico-dollars a token; None means that the kind of token has no rate of its own."""

    input: int = 0
    output: int = 0
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    input_audio: int | None = None
    output_audio: int | None = None
    input_image: int | None = None
    output_image: int | None = None
    cache_read_audio: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """`request` and `web_search` are pico-dollars each; `request_by_search` is what replaces `request` by the
    `search_context` that the provider reports. `service_tiers` holds what replaces all of it for a tier
    that the provider reports (`flex`, `priority`, `batch`). `source` says where the figures come from.
    """

    rates: Rates
    tiers: tuple[Tier, ...] = ()
    request: int = 0
    web_search: int = 0
    request_by_search: Mapping[str, int] = field(default_factory=dict)
    service_tiers: "Mapping[str, Prices]" = field(default_factory=dict)
    source: str = ""

    def at(self, service_tier: str | None) -> "Prices":
        return self.service_tiers.get(service_tier, self) if service_tier is not None else self

    def rates_for(self, prompt_tokens: int) -> Rates:
        """The rates of the highest tier that a prompt of so many tokens exceeds; they hold for all of its tokens."""
        rates = self.rates
        for tier in self.tiers:
            if prompt_tokens > tier.above:
                rates = tier.rates
        return rates


@dataclass(frozen=True, slots=True)
class Cost:
    """Pico-dollars: `total` and its parts by kind. `billed` is the provider's own bill where it sends one, which is the
    truth; `total` is that then, with what the caller's own key was charged besides, and `computed` keeps what the
    prices say.
    """

    total: int
    computed: int | None
    parts: Mapping[str, int] = field(default_factory=dict)
    billed: int | None = None


def cost(usage: Usage, prices: Prices | None, service_tier: str | None = None) -> Cost | None:
    """What a request cost; None when neither a price nor a bill is known, never zero."""
    spent = None if usage.billed is None else usage.billed + usage.charged_besides
    if prices is None:
        return None if spent is None else Cost(spent, None, {}, usage.billed)
    priced = usage.billable or usage
    held = prices.at(service_tier)
    parts = _parts(priced, held, held.rates_for(priced.prompt))
    computed = sum(parts.values())
    return Cost(computed if spent is None else spent, computed, parts, usage.billed)


def uncached(usage: Usage, prices: Prices | None, service_tier: str | None = None) -> int | None:
    """What the prices say of the same tokens with none of them cached; None when none was, or no price is known."""
    written = usage.cache_write_5m + usage.cache_write_1h
    if prices is None or usage.billable or not (usage.cache_read or written):
        return None
    whole = usage.input + usage.cache_read + written
    plain = replace(usage, input=whole, cache_read=0, cache_write_5m=0, cache_write_1h=0)
    price = cost(plain, prices, service_tier)
    return price.computed if price else None


def estimate(prompt: int, output: int, prices: Prices | None) -> int | None:
    """Pico-dollars for so many tokens, none of them cached; None when no price is known."""
    if prices is None:
        return None
    rates = prices.rates_for(prompt)
    return prompt * rates.input + output * rates.output + prices.request


def _parts(usage: Usage, prices: Prices, rates: Rates) -> dict[str, int]:
    def rate(own: int | None, fallback: int) -> int:
        return fallback if own is None else own

    parts = {
        "input": usage.input * rates.input,
        "cache_read": usage.cache_read * rate(rates.cache_read, rates.input),
        "cache_write_5m": usage.cache_write_5m * rate(rates.cache_write_5m, rates.input),
        "cache_write_1h": usage.cache_write_1h * rate(rates.cache_write_1h, rate(rates.cache_write_5m, rates.input)),
        "input_audio": usage.input_audio * rate(rates.input_audio, rates.input),
        "input_image": usage.input_image * rate(rates.input_image, rates.input),
        "output": usage.output * rates.output,
        "reasoning": usage.reasoning * rate(rates.reasoning, rates.output),
        "output_audio": usage.output_audio * rate(rates.output_audio, rates.output),
        "output_image": usage.output_image * rate(rates.output_image, rates.output),
        "request": prices.request_by_search.get(usage.search_context or "", prices.request),
        "web_search": usage.web_searches * prices.web_search,
    }
    return {kind: amount for kind, amount in parts.items() if amount}


def dollars(pico: int) -> str:
    """Pico-dollars as an exact decimal number of dollars, without an exponent: `0.00012345`."""
    whole, rest = divmod(abs(pico), PICO)
    sign = "-" if pico < 0 else ""
    digits = f"{rest:012d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
