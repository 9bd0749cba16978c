"""Google's `usageMetadata` as OpenAI's usage, and the tier that served."""

from ai_gateway.core.chat import CompletionUsage
from ai_gateway.core.wire import Json, JsonObject, integer, objects, text


def usage_of(metadata: Json, web_searches: int = 0) -> CompletionUsage:
    """Tokens. What Google counts apart is put where OpenAI counts it: the tokens that tools brought in are prompt, the
    thoughts are completion. Audio and images that were read from a cache count as cached alone.
    """
    prompt = integer(metadata, "promptTokenCount") + integer(metadata, "toolUsePromptTokenCount")
    said = integer(metadata, "candidatesTokenCount")
    thoughts = _thoughts(metadata, prompt + said)
    completion = said + thoughts
    usage: CompletionUsage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": integer(metadata, "cachedContentTokenCount")} | _input(metadata),
        "completion_tokens_details": {"reasoning_tokens": thoughts} | _kinds(metadata, "candidatesTokensDetails"),
    }
    if web_searches:
        usage["server_tool_use"] = {"web_search_requests": web_searches}
    return usage


def counted(metadata: Json) -> bool:
    """Whether Google counted at all; at Vertex all chunks but the last say only how the traffic is billed."""
    return "promptTokenCount" in metadata or "totalTokenCount" in metadata


def service_tier(metadata: Json) -> str | None:
    """OpenAI's name of the tier: AI Studio's `serviceTier`, Vertex's `trafficType`."""
    return _TIERS.get(text(metadata, "serviceTier").lower() or text(metadata, "trafficType"))


def _thoughts(metadata: Json, others: int) -> int:
    """The first models that thought counted it in the total alone."""
    if "thoughtsTokenCount" in metadata or "promptTokenCount" not in metadata:
        return integer(metadata, "thoughtsTokenCount")
    return max(0, integer(metadata, "totalTokenCount") - others)


def _input(metadata: Json) -> JsonObject:
    prompt, cached = _kinds(metadata, "promptTokensDetails"), _kinds(metadata, "cacheTokensDetails")
    brought = _kinds(metadata, "toolUsePromptTokensDetails")
    found = {
        kind: integer(prompt, kind) + integer(brought, kind) - integer(cached, kind) for kind in (*prompt, *brought)
    }
    return {kind: tokens for kind, tokens in found.items() if tokens > 0}


def _kinds(metadata: Json, key: str) -> JsonObject:
    """Tokens of the kinds that have a price of their own."""
    counts: dict[str, int] = {}
    for detail in objects(metadata, key):
        kind = _MODALITIES.get(text(detail, "modality"))
        if kind is not None:
            counts[kind] = counts.get(kind, 0) + integer(detail, "tokenCount")
    return {**counts}


_MODALITIES = {"AUDIO": "audio_tokens", "IMAGE": "image_tokens"}
_TIERS = {
    "standard": "default",
    "flex": "flex",
    "priority": "priority",
    "ON_DEMAND": "default",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_PRIORITY": "priority",
    "PROVISIONED_THROUGHPUT": "scale",
}
