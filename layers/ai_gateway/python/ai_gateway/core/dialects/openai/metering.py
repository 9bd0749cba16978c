"""The usage that a provider reports, in OpenAI's terms. What else it says (its bill, its timings) is kept.

Cached and cache-written tokens are part of `prompt_tokens`, reasoning is part of `completion_tokens`.
"""

from ai_gateway.core.chat import CompletionUsage
from ai_gateway.core.wire import Json, JsonObject, integer, mapping

# DeepSeek; Moonshot and Together; Mistral; Anthropic's name, at Vercel's gateway and others.
_CACHED = ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens")


def repaired_usage(usage: JsonObject, metadata: Json) -> CompletionUsage:
    """`metadata` is what Vercel's gateway says of the provider behind it, else empty."""
    usage["prompt_tokens"] = prompt = integer(usage, "prompt_tokens", integer(usage, "input_tokens"))
    usage["completion_tokens"] = integer(usage, "completion_tokens", integer(usage, "output_tokens"))
    _detail_prompt(usage)
    reasoning = _detail_completion(usage)
    apart = _reasoning_apart(usage, reasoning, metadata)
    if apart:
        usage["completion_tokens"] = integer(usage, "completion_tokens") + apart
        if not reasoning:
            usage["completion_tokens_details"] = mapping(usage, "completion_tokens_details") | {
                "reasoning_tokens": apart
            }
    if apart or "total_tokens" not in usage:
        usage["total_tokens"] = prompt + integer(usage, "completion_tokens")
    return usage  # type: ignore[return-value]


def _detail_prompt(usage: JsonObject) -> None:
    details = mapping(usage, "prompt_tokens_details")
    if "cached_tokens" not in details:
        cached = next((integer(usage, name) for name in _CACHED if integer(usage, name)), 0)
        if cached:
            details = usage["prompt_tokens_details"] = details | {"cached_tokens": cached}
    written = integer(usage, "cache_creation_input_tokens")
    if written and "cache_write_tokens" not in details:
        usage["prompt_tokens_details"] = details | {"cache_write_tokens": written}


def _detail_completion(usage: JsonObject) -> int:
    """How many tokens the model reasoned."""
    details = mapping(usage, "completion_tokens_details")
    reasoning = integer(details, "reasoning_tokens")
    if reasoning or not integer(usage, "reasoning_tokens"):
        return reasoning
    reasoning = integer(usage, "reasoning_tokens")
    usage["completion_tokens_details"] = details | {"reasoning_tokens": reasoning}
    return reasoning


def _reasoning_apart(usage: Json, reasoning: int, metadata: Json) -> int:
    """Reasoning tokens that `completion_tokens` leaves out.

    xAI's total counts them besides. Gemini's compatible face names them nowhere but in the total. Vercel's gateway
    leaves them out of both for Gemini models, whose own counts it passes on, and Perplexity for its researching ones,
    which count their citations. Reasoning that is more than the completion cannot be part of it.
    """
    completion = integer(usage, "completion_tokens")
    surplus = integer(usage, "total_tokens") - integer(usage, "prompt_tokens") - completion
    if surplus > 0 and (surplus == reasoning or not mapping(usage, "completion_tokens_details")):
        return surplus
    if reasoning > completion or "citation_tokens" in usage:
        return reasoning
    own = mapping(mapping(metadata, "google"), "usageMetadata")
    return reasoning if own and integer(own, "candidatesTokenCount") == completion else 0
