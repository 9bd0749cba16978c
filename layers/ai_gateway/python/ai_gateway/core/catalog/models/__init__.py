"""Models: one entry each, a module for each author."""

from ai_gateway.core.catalog.model import Model
from ai_gateway.core.catalog.models import (
    alibaba,
    amazon,
    anthropic,
    cohere,
    deepseek,
    google,
    meta_llama,
    minimax,
    mistral,
    moonshotai,
    openai,
    others,
    perplexity,
    xai,
    zai,
)

MODELS: tuple[Model, ...] = (
    *alibaba.MODELS,
    *amazon.MODELS,
    *anthropic.MODELS,
    *cohere.MODELS,
    *deepseek.MODELS,
    *google.MODELS,
    *meta_llama.MODELS,
    *minimax.MODELS,
    *mistral.MODELS,
    *moonshotai.MODELS,
    *openai.MODELS,
    *others.MODELS,
    *perplexity.MODELS,
    *xai.MODELS,
    *zai.MODELS,
)
