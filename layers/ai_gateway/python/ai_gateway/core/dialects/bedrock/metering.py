"""Usage in OpenAI's convention: the prompt counts what was read from caches and written to them.

`inputTokens` leaves both out, for Claude and for Nova, as the totals of recorded answers show. Source:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html.
"""

from ai_gateway.core.chat import CompletionUsage
from ai_gateway.core.wire import Json, integer, objects, text


def usage_of(native: Json) -> CompletionUsage:
    read = integer(native, "cacheReadInputTokens")
    written = integer(native, "cacheWriteInputTokens")
    hour = sum(integer(age, "inputTokens") for age in objects(native, "cacheDetails") if text(age, "ttl") == "1h")
    prompt = integer(native, "inputTokens") + read + written
    completion = integer(native, "outputTokens")
    usage: CompletionUsage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
    }
    if written:
        usage["prompt_tokens_details"]["cache_write_details"] = {
            "write_5m_tokens": max(0, written - hour),
            "write_1h_tokens": hour,
        }
    return usage
