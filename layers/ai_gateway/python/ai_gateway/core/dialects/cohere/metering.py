"""Cohere's usage in OpenAI's terms.

Cohere counts the tokens that the model saw, its own preamble among them, apart from those that it bills.
"""

from ai_gateway.core.chat import CompletionUsage
from ai_gateway.core.wire import Json, JsonObject, integer, mapping


def usage_of(usage: Json) -> CompletionUsage:
    """`billed_units` is kept: it is what the request costs."""
    billed = mapping(usage, "billed_units")
    tokens = mapping(usage, "tokens") or billed
    prompt, completion = integer(tokens, "input_tokens"), integer(tokens, "output_tokens")
    reported: JsonObject = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": integer(usage, "cached_tokens")},
    }
    if billed:
        reported["billed_units"] = billed
    return reported  # type: ignore[return-value]
