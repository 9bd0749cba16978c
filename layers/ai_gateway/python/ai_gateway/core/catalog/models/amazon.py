"""Models of Amazon."""

from ai_gateway.core.catalog.model import Model

MODELS: tuple[Model, ...] = (
    Model(
        "nova-2-lite",
        "amazon",
        "Nova 2 Lite",
        {"bedrock": "us.amazon.nova-2-lite-v1:0"},
        context=1_000_000,
        created="2025-12-02",
        reasons=True,
        inputs=(
            "text",
            "image",
            "video",
            "file",
        ),
    ),
    Model(
        "nova-lite",
        "amazon",
        "Nova Lite",
        {"bedrock": "us.amazon.nova-lite-v1:0"},
        aliases=("amazon-nova-lite",),
        context=300_000,
        created="2024-12-03",
        inputs=(
            "text",
            "image",
            "video",
            "file",
        ),
    ),
    Model(
        "nova-micro",
        "amazon",
        "Nova Micro",
        {"bedrock": "us.amazon.nova-micro-v1:0"},
        aliases=("amazon-nova-micro",),
        context=128_000,
        created="2024-12-03",
    ),
    Model(
        "nova-premier",
        "amazon",
        "Nova Premier",
        {"bedrock": "us.amazon.nova-premier-v1:0"},
        context=1_000_000,
        created="2025-04-30",
        inputs=(
            "text",
            "image",
            "video",
            "file",
        ),
    ),
    Model(
        "nova-pro",
        "amazon",
        "Nova Pro",
        {"bedrock": "us.amazon.nova-pro-v1:0"},
        aliases=("amazon-nova-pro",),
        context=300_000,
        created="2024-12-03",
        inputs=(
            "text",
            "image",
            "video",
            "file",
        ),
    ),
)
