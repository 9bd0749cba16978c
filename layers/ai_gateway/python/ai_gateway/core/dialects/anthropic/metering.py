"""Usage in OpenAI's convention: the prompt counts what was read from caches and written to them.

Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance.
"""

from ai_gateway.core.chat import CompletionUsage
from ai_gateway.core.wire import Json, JsonObject, integer, mapping, text


def merged(earlier: JsonObject, later: Json) -> JsonObject:
    """Usage as a stream tells it: counts grow, and an event names only some of them."""
    return {**earlier, **{name: value for name, value in later.items() if value is not None}}


def usage_of(native: Json) -> CompletionUsage:
    read = integer(native, "cache_read_input_tokens")
    hour, five_minutes = _written(native)
    prompt = integer(native, "input_tokens") + read + hour + five_minutes
    completion = integer(native, "output_tokens")
    usage: CompletionUsage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": hour + five_minutes},
    }
    if hour or five_minutes:
        usage["prompt_tokens_details"]["cache_write_details"] = {
            "write_5m_tokens": five_minutes,
            "write_1h_tokens": hour,
        }
    details = mapping(native, "output_tokens_details")
    if "thinking_tokens" in details:
        usage["completion_tokens_details"] = {"reasoning_tokens": integer(details, "thinking_tokens")}
    tools = mapping(native, "server_tool_use")
    if used := {name: count for name in _TOOLS if (count := integer(tools, name))}:
        usage["server_tool_use"] = {**used}
    return usage


def service_tier(native: Json) -> str | None:
    """OpenAI's word for the tier that served the request."""
    tier = text(native, "service_tier")
    return "default" if tier == "standard" else tier or None


def _written(native: Json) -> tuple[int, int]:
    """Tokens written for an hour and for five minutes; what no breakdown tells was written for five minutes."""
    ages = mapping(native, "cache_creation")
    hour = integer(ages, "ephemeral_1h_input_tokens")
    total = integer(native, "cache_creation_input_tokens")
    return hour, max(total - hour, integer(ages, "ephemeral_5m_input_tokens"))


_TOOLS = ("web_search_requests", "web_fetch_requests")
