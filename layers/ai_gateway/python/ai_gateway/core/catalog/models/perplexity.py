"""Models of Perplexity."""

from ai_gateway.core.catalog.model import NO_IMAGES, Model

MODELS: tuple[Model, ...] = (
    Model(
        "sonar",
        "perplexity",
        "Perplexity Sonar",
        {"perplexity": "sonar", "openrouter": "perplexity/sonar"},
        context=127_000,
        max_output=4_096,
        created="2025-01-27",
        lacks=NO_IMAGES,
    ),
    Model(
        "sonar-deep-research",
        "perplexity",
        "Perplexity Sonar Deep Research",
        {"perplexity": "sonar-deep-research", "openrouter": "perplexity/sonar-deep-research"},
        context=127_000,
        max_output=4_096,
        created="2025-01-27",
        reasons=True,
        lacks=NO_IMAGES,
    ),
    Model(
        "sonar-pro",
        "perplexity",
        "Perplexity Sonar Pro",
        {"perplexity": "sonar-pro", "openrouter": "perplexity/sonar-pro"},
        context=200_000,
        max_output=4_096,
        created="2025-01-27",
        lacks=NO_IMAGES,
    ),
    Model(
        "sonar-reasoning",
        "perplexity",
        "Perplexity Sonar Reasoning",
        {"perplexity": "sonar-reasoning", "openrouter": "perplexity/sonar-reasoning"},
        context=127_000,
        max_output=4_096,
        created="2025-01-27",
        reasons=True,
        lacks=NO_IMAGES,
    ),
    Model(
        "sonar-reasoning-pro",
        "perplexity",
        "Perplexity Sonar Reasoning Pro",
        {"perplexity": "sonar-reasoning-pro", "openrouter": "perplexity/sonar-reasoning-pro"},
        context=127_000,
        max_output=4_096,
        created="2025-01-27",
        reasons=True,
        lacks=NO_IMAGES,
    ),
)
