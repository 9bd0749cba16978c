"""Prices by hand, for what genai-prices lacks: US dollars for a million tokens, each with its source.

Most are from Helicone's model registry (github.com/Helicone/helicone, packages/cost/models, as of 2026-11). Its rows
for OpenRouter are left out, since OpenRouter charges otherwise, and two for DeepInfra, whose unit is in doubt there.

Perplexity's are from https://docs.perplexity.ai/docs/getting-started/pricing (2026-11): genai-prices has one fee a
request, the highest, where it goes by how much of the web is read, little unless asked for more.
"""

from collections.abc import Mapping
from decimal import Decimal

from ai_gateway.core.pricing import Prices, Rates

SOURCE = "Helicone's model registry, 2026-11"
OPENCODE = "opencode.ai/data, 2026-11"
PERPLEXITY = "docs.perplexity.ai, 2026-11"


def _prices(given: str, taken: str, cache_read: str | None = None, source: str = SOURCE) -> Prices:
    return Prices(Rates(_pico(given), _pico(taken), None if cache_read is None else _pico(cache_read)), source=source)


def _sonar(given: str, taken: str, low: int, medium: int, high: int) -> Prices:
    """Fees are US dollars for a thousand requests."""
    fees = {"low": low * 10**9, "medium": medium * 10**9, "high": high * 10**9}
    return Prices(Rates(_pico(given), _pico(taken)), request=fees["low"], request_by_search=fees, source=PERPLEXITY)


def _pico(dollars_per_million: str) -> int:
    """Pico-dollars a token."""
    return int(Decimal(dollars_per_million) * 10**6)


OWN_PRICES: Mapping[tuple[str, str], Prices] = {
    ("azure", "gpt-5-pro-2025-10-01"): _prices("15", "120"),
    ("openai", "gpt-5-pro-2025-10-01"): _prices("15", "120"),
    ("baseten", "deepseek-ai/deepseek-v3.2"): _prices("0.3", "0.45"),
    ("baseten", "moonshotai/kimi-k2-instruct-0905"): _prices("0.6", "2.5"),
    ("baseten", "zai-org/glm-4.6"): _prices("0.6", "2.2"),
    ("canopywave", "deepseek/deepseek-chat-v3.2"): _prices("0.26", "0.4"),
    ("canopywave", "moonshotai/kimi-k2-thinking"): _prices("0.48", "2"),
    ("canopywave", "qwen/qwen3-coder"): _prices("0.22", "0.95"),
    ("canopywave", "zai/glm-4.6"): _prices("0.45", "1.5"),
    ("canopywave", "zai/glm-4.7"): _prices("0.43", "1.75"),
    ("chutes", "deepseek-ai/deepseek-r1-distill-llama-70b"): _prices("0.03", "0.13"),
    ("chutes", "tngtech/deepseek-tng-r1t2-chimera"): _prices("0.3", "1.2"),
    ("chutes", "unsloth/gemma-2-9b-it"): _prices("0.01", "0.03"),
    ("deepinfra", "anthropic/claude-3-7-sonnet-latest"): _prices("3.3", "16.5", "0.33"),
    ("deepinfra", "deepseek-ai/deepseek-r1-0528"): _prices("0.5", "2.15", "0.4"),
    ("deepinfra", "deepseek-ai/deepseek-r1-distill-llama-70b"): _prices("0.6", "1.2"),
    ("deepinfra", "deepseek-ai/deepseek-v3.1"): _prices("0.27", "1", "0.216"),
    ("deepinfra", "deepseek-ai/deepseek-v3.1-terminus"): _prices("0.27", "1", "0.216"),
    ("deepinfra", "google/gemma-3-12b-it"): _prices("0.05", "0.1"),
    ("deepinfra", "meta-llama/llama-4-maverick-17b-128e-instruct-fp8"): _prices("0.15", "0.6"),
    ("deepinfra", "meta-llama/llama-4-scout-17b-16e-instruct"): _prices("0.08", "0.3"),
    ("deepinfra", "meta-llama/meta-llama-3.1-8b-instruct"): _prices("0.03", "0.05"),
    ("deepinfra", "meta-llama/meta-llama-3.1-8b-instruct-turbo"): _prices("0.02", "0.03"),
    ("deepinfra", "moonshotai/kimi-k2-instruct-0905"): _prices("0.5", "2", "0.4"),
    ("deepinfra", "moonshotai/kimi-k2-thinking"): _prices("0.55", "2.5"),
    ("deepinfra", "openai/gpt-oss-120b"): _prices("0.04", "0.16"),
    ("deepinfra", "qwen/qwen3-235b-a22b-thinking-2507"): _prices("0.3", "2.9"),
    ("deepinfra", "qwen/qwen3-30b-a3b"): _prices("0.08", "0.29"),
    ("deepinfra", "qwen/qwen3-coder-480b-a35b-instruct-turbo"): _prices("0.29", "1.2"),
    ("deepinfra", "qwen/qwen3-next-80b-a3b-instruct"): _prices("0.14", "1.4"),
    ("fireworks", "accounts/fireworks/models/kimi-k2-instruct-0905"): _prices("0.6", "2.5"),
    ("fireworks", "fireworks/kimi-k2-thinking"): _prices("0.6", "2.5"),
    ("nebius", "meta-llama/llama-3.3-70b-instruct"): _prices("0.13", "0.4"),
    ("nebius", "meta-llama/meta-llama-3.1-8b-instruct-fast"): _prices("0.03", "0.09"),
    ("nebius", "qwen/qwen2.5-coder-7b-fast"): _prices("0.03", "0.09"),
    ("nebius", "qwen/qwen3-coder-30b-a3b-instruct"): _prices("0.1", "0.3"),
    ("novita", "baidu/ernie-4.5-21b-a3b-thinking"): _prices("0.07", "0.28"),
    ("novita", "deepseek/deepseek-v3.1-terminus"): _prices("0.27", "1"),
    ("novita", "deepseek/deepseek-v3.2-exp"): _prices("0.27", "0.41"),
    ("novita", "openai/gpt-oss-20b"): _prices("0.05", "0.2"),
    ("novita", "pa/gpt-5-2025-08-07"): _prices("1.25", "10", "0.125"),
    ("novita", "pa/gpt-5-mini-2025-08-07"): _prices("0.25", "2", "0.025"),
    ("novita", "pa/gpt-5-nano-2025-08-07"): _prices("0.05", "0.4", "0.005"),
    ("novita", "pa/gpt-5-pro-2025-10-01"): _prices("15", "120"),
    ("novita", "pa/gpt-5.1-2025-11-13"): _prices("1.25", "10", "0.125"),
    ("novita", "qwen/qwen3-235b-a22b-thinking-2507"): _prices("0.3", "3"),
    ("novita", "qwen/qwen3-vl-235b-a22b-instruct"): _prices("0.3", "1.5"),
    ("cohere", "command-a-reasoning-08-2025"): _prices("2.5", "10", source=OPENCODE),
    ("perplexity", "sonar"): _sonar("1", "1", 5, 8, 12),
    ("perplexity", "sonar-pro"): _sonar("3", "15", 6, 10, 14),
    ("perplexity", "sonar-reasoning"): _sonar("1", "5", 5, 8, 12),
    ("perplexity", "sonar-reasoning-pro"): _sonar("2", "8", 6, 10, 14),
}
"""By the provider's id in genai-prices, or our name of it, and the model id in lower case."""
