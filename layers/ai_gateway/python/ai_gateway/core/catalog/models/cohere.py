"""Models of Cohere."""

from ai_gateway.core.catalog.model import Model

MODELS: tuple[Model, ...] = (
    Model("c4ai-aya-expanse-32b", "cohere", "Aya Expanse 32B", {"cohere": "c4ai-aya-expanse-32b"}, context=128_000),
    Model(
        "command-a",
        "cohere",
        "Command A",
        {"cohere": "command-a-03-2025", "openrouter": "cohere/command-a"},
        context=256_000,
        created="2025-03-13",
    ),
    Model("command-a-plus", "cohere", "Command A+", {"openrouter": "cohere/command-a-plus"}, context=192_000),
    Model(
        "command-a-reasoning-08-2025",
        "cohere",
        "Command A Reasoning",
        {"cohere": "command-a-reasoning-08-2025"},
        context=256_000,
        created="2025-08-21",
        reasons=True,
    ),
    Model(
        "command-a-vision-07-2025",
        "cohere",
        "Command A Vision",
        {"cohere": "command-a-vision-07-2025"},
        context=128_000,
        inputs=(
            "text",
            "image",
        ),
    ),
    Model(
        "command-r",
        "cohere",
        "Command R",
        {"cohere": "command-r", "openrouter": "cohere/command-r-08-2024"},
        context=128_000,
    ),
    Model(
        "command-r-plus",
        "cohere",
        "Command R+",
        {"cohere": "command-r-plus", "openrouter": "cohere/command-r-plus-08-2024"},
        context=128_000,
    ),
    Model("command-r7b", "cohere", "Command R7B", {"cohere": "command-r7b-12-2024"}, created="2024-12-13"),
)
