"""Tokens of one request by kind, in buckets that do not overlap."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from ai_gateway.core.wire import Json, flag, integer, mapping, text

MOST_TOKENS = 10**9
MOST_BILLED = 10**18
"""Pico-dollars. What is beyond is no count and no bill, but a mistake; a sum of them still fits 64 bits."""


_COMPLETION = frozenset(("output", "reasoning", "output_audio", "output_image"))
_NO_TOKENS = frozenset(("web_searches",))


class TokenCounts(NamedTuple):
    """Tokens of all kinds as the two that callers know."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    @classmethod
    def of(cls, kinds: Mapping[str, int]) -> "TokenCounts":
        """Of counts by kind, as records and measures have them; web searches among them are no tokens."""
        completion = sum(count for kind, count in kinds.items() if kind in _COMPLETION)
        whole = sum(count for kind, count in kinds.items() if kind not in _NO_TOKENS)
        return cls(whole - completion, completion)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. `input` is what is neither cached nor audio nor image; `output` is what is neither reasoning nor audio
    nor image. `search_context` is how much of the web Perplexity says it read (`low`, `medium`, `high`). `billed` is
    the provider's own bill in pico-dollars; `charged_besides` is what it says the caller's own key at the provider
    behind it was charged on top. `billable` is what a provider charges for where it counts that apart from the tokens
    (Cohere, whose preamble is free). `estimated` says that the provider reported nothing and the counts are the
    gateway's guess.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0
    input_audio: int = 0
    output_audio: int = 0
    input_image: int = 0
    output_image: int = 0
    web_searches: int = 0
    search_context: str | None = None
    billed: int | None = None
    charged_besides: int = 0
    billable: "Usage | None" = None
    estimated: bool = False

    @property
    def prompt(self) -> int:
        return (
            self.input
            + self.cache_read
            + self.cache_write_5m
            + self.cache_write_1h
            + self.input_audio
            + self.input_image
        )

    @property
    def completion(self) -> int:
        return self.output + self.reasoning + self.output_audio + self.output_image

    @property
    def total(self) -> int:
        return self.prompt + self.completion


def usage_of(reported: Mapping[str, object]) -> Usage:
    """Split OpenAI's usage object (`core.chat.CompletionUsage`) into buckets that do not overlap.

    Audio that was read from a cache is counted once, as cached: providers do not say which part was which.
    """
    prompt = mapping(reported, "prompt_tokens_details")
    completion = mapping(reported, "completion_tokens_details")
    cached = _count(prompt, "cached_tokens")
    written_5m, written_1h = _written(prompt, _count(reported, "prompt_tokens") - cached)
    audio_in, image_in = _count(prompt, "audio_tokens"), _count(prompt, "image_tokens")
    audio_out, image_out = _count(completion, "audio_tokens"), _count(completion, "image_tokens")
    reasoning = _count(completion, "reasoning_tokens")
    return Usage(
        input=max(0, _count(reported, "prompt_tokens") - cached - written_5m - written_1h - audio_in - image_in),
        output=max(0, _count(reported, "completion_tokens") - reasoning - audio_out - image_out),
        cache_read=cached,
        cache_write_5m=written_5m,
        cache_write_1h=written_1h,
        reasoning=reasoning,
        input_audio=audio_in,
        output_audio=audio_out,
        input_image=image_in,
        output_image=image_out,
        web_searches=_searches(reported),
        search_context=text(reported, "search_context_size") or None,
        billed=_billed(reported),
        charged_besides=_charged_besides(reported),
        billable=_billable(mapping(reported, "billed_units")),
    )


def _searches(reported: Json) -> int:
    """Anthropic's name, OpenRouter's, and Perplexity's."""
    own = mapping(reported, "server_tool_use") or mapping(reported, "server_tool_use_details")
    return _count(own, "web_search_requests") or _count(reported, "num_search_queries")


def _billable(units: Json) -> Usage | None:
    if not units:
        return None
    return Usage(input=_count(units, "input_tokens"), output=_count(units, "output_tokens"))


def _written(prompt: Json, uncached: int) -> tuple[int, int]:
    """Five minutes, one hour. OpenRouter reports Gemini's cached tokens as written too: no token counts twice."""
    details = mapping(prompt, "cache_write_details")
    five_minutes, hour = _count(details, "write_5m_tokens"), _count(details, "write_1h_tokens")
    if not five_minutes and not hour:
        five_minutes = _count(prompt, "cache_write_tokens")
    return (five_minutes, hour) if five_minutes + hour <= uncached else (0, 0)


def _billed(reported: Json) -> int | None:
    """The provider's bill: OpenRouter and Vercel state `cost` in dollars, xAI `cost_in_usd_ticks` (10**-10 dollars),
    Perplexity `cost: {"total_cost"}`.
    """
    ticks = reported.get("cost_in_usd_ticks")
    if isinstance(ticks, int) and not isinstance(ticks, bool):
        return _believable(Decimal(ticks * 100))
    bill = reported.get("cost")
    return _pico(bill.get("total_cost") if isinstance(bill, dict) else bill)


def _charged_besides(reported: Json) -> int:
    """With a key of the caller's own at OpenRouter and Vercel, their `cost` is only their fee."""
    if not flag(reported, "is_byok"):
        return 0
    return _pico(mapping(reported, "cost_details").get("upstream_inference_cost")) or 0


def _pico(dollars: object) -> int | None:
    if isinstance(dollars, bool) or not isinstance(dollars, int | float | str):
        return None
    try:
        return _believable(Decimal(str(dollars)).scaleb(12))
    except ArithmeticError:
        return None


def _believable(bill: Decimal) -> int | None:
    """Raises ArithmeticError for what is no number."""
    return int(bill.to_integral_value()) if 0 <= bill <= MOST_BILLED else None


def _count(source: Json, key: str) -> int:
    return min(max(0, integer(source, key)), MOST_TOKENS)
