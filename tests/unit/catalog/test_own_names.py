"""A provider is asked for the very model that the caller names, if that is what the provider calls it."""

import pytest

from ai_gateway.core.catalog import Catalog

# As recorded clients wrote them, or as the provider's list of models has them.
OWN = {
    "openai": (
        *("gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-2024-11-20", "gpt-4o-mini-2024-07-18", "gpt-4.1-2025-04-14"),
        *("gpt-3.5-turbo", "gpt-3.5-turbo-0125", "gpt-4-0613", "o1-2024-12-17", "o3", "o3-2025-04-16", "o3-pro"),
        *("chatgpt-4o-latest", "ft:gpt-4o-mini-2024-07-18:acme::abc"),
    ),
    "anthropic": (
        *("claude-3-haiku-20240307", "claude-3-opus-latest", "claude-3-5-sonnet-20240620", "claude-3-5-sonnet-latest"),
        *("claude-3-5-haiku-20241022", "claude-3-5-haiku-latest", "claude-3-7-sonnet-20250219"),
        *("claude-3-7-sonnet-latest", "claude-sonnet-4-0", "claude-sonnet-4-20250514", "claude-opus-4-0"),
        *("claude-opus-4-1", "claude-opus-4-1-20250805", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        *("claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-opus-4-5", "claude-opus-4-5-20251101"),
        *("claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-7"),
    ),
    "google-ai-studio": ("gemini-1.5-flash", "gemini-1.5-flash-002", "gemini-2.0-flash-001", "gemini-flash-latest"),
    "vertex": (
        *("claude-3-5-sonnet@20240620", "claude-3-5-sonnet-v2@20241022", "claude-3-7-sonnet@20250219"),
        *("claude-sonnet-4@20250514", "claude-sonnet-4-5@20250929", "claude-opus-4-6", "gemini-2.0-flash-001"),
    ),
    "bedrock": (
        *("anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        *(
            "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us.anthropic.claude-opus-4-6-v1",
            "us.amazon.nova-lite-v1:0",
        ),
    ),
    "cohere": ("command-r", "command-r-plus", "command-r-08-2024", "command-r-plus-08-2024", "command-r7b-12-2024"),
    "mistral": ("mistral-large-latest", "mistral-small-2503", "pixtral-12b-2409", "open-mistral-nemo"),
    "xai": ("grok-2-1212", "grok-4", "grok-4-0709", "grok-4-fast-reasoning", "grok-4-fast-non-reasoning"),
    "openrouter": ("openai/o1-mini", "anthropic/claude-3.7-sonnet:thinking", "google/gemini-2.0-flash-exp:free"),
    "huggingface": ("openai/gpt-oss-120b:cerebras", "Qwen/Qwen3-235B-A22B"),
}


@pytest.mark.parametrize(("provider", "name"), [(provider, name) for provider, names in OWN.items() for name in names])
def test_a_providers_own_name_is_sent_as_it_was_written(provider: str, name: str) -> None:
    assert Catalog.standard().endpoint(name, provider).model_id == name


@pytest.mark.parametrize(
    ("name", "provider", "sent"),
    [
        ("claude-4.5-haiku", "anthropic", "claude-haiku-4-5"),
        ("claude-haiku-4.5", "anthropic", "claude-haiku-4-5"),
        ("claude-sonnet-4", "anthropic", "claude-sonnet-4-20250514"),
        ("claude-sonnet-4-0", "vertex", "claude-sonnet-4@20250514"),
        ("claude-sonnet-4-5-20250929", "vertex", "claude-sonnet-4-5@20250929"),
        ("claude-sonnet-4-5-20250929", "bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-3-5-haiku-latest", "vertex", "claude-3-5-haiku@20241022"),
        ("o1-mini", "openrouter", "openai/o1-mini"),
    ],
)
def test_any_other_name_becomes_the_providers(name: str, provider: str, sent: str) -> None:
    assert Catalog.standard().endpoint(name, provider).model_id == sent


def test_every_model_of_openrouter_has_an_author() -> None:
    listed = [model.endpoints["openrouter"] for model in Catalog.standard().models() if "openrouter" in model.endpoints]
    assert not [model_id for model_id in listed if "/" not in model_id]
