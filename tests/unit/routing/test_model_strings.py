"""Every form of a model string, and what it names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.providers import ALIASES
from ai_gateway.core.errors import InvalidRequest, UnknownModel
from ai_gateway.core.routing import MOST_ITEMS, Item, parse_route

CATALOG = Catalog.standard()


def items(model: str) -> tuple[Item, ...]:
    return parse_route(model, CATALOG).items


def item(model: str) -> Item:
    (only,) = items(model)
    return only


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # model
        ("gpt-4o-mini", Item("gpt-4o-mini")),
        ("something-new", Item("something-new")),
        # model/provider
        ("gpt-4o-mini/openai", Item("gpt-4o-mini", "openai")),
        ("gemini-2.5-flash/google", Item("gemini-2.5-flash", "google-ai-studio")),
        ("gemini-2.5-flash/Google-AI-Studio", Item("gemini-2.5-flash", "google-ai-studio")),
        ("something-new/openai", Item("something-new", "openai")),
        ("llama3.2:1b/ollama", Item("llama3.2:1b", "ollama")),
        # model/provider/deployment
        ("gpt-4o/azure/eu-prod", Item("gpt-4o", "azure", "eu-prod")),
        ("something-new/azure/eu-prod", Item("something-new", "azure", "eu-prod")),
        ("something-new/azure/eu/prod", Item("something-new", "azure", "eu/prod")),
        # names with slashes
        ("meta-llama/Llama-3.3-70B-Instruct", Item("meta-llama/Llama-3.3-70B-Instruct")),
        ("meta-llama/Llama-3.3-70B-Instruct/nebius", Item("meta-llama/Llama-3.3-70B-Instruct", "nebius")),
        ("meta-llama/Llama-3.3-70B-Instruct/nebius/fast", Item("meta-llama/Llama-3.3-70B-Instruct", "nebius", "fast")),
        ("some-lab/new-model", Item("some-lab/new-model")),
        ("some-lab/new-model/together", Item("some-lab/new-model", "together")),
        ("accounts/fireworks/models/new/fireworks", Item("accounts/fireworks/models/new", "fireworks")),
        # author/model, as OpenRouter writes it
        ("openai/gpt-4o", Item("openai/gpt-4o")),
        ("anthropic/claude-sonnet-4.5", Item("anthropic/claude-sonnet-4.5")),
        ("openai/gpt-4o/azure", Item("openai/gpt-4o", "azure")),
        # provider/model, as LiteLLM writes it
        ("azure/gpt-4o", Item("gpt-4o", "azure")),
        ("groq/llama-3.3-70b-versatile", Item("llama-3.3-70b-versatile", "groq")),
        ("gemini/gemini-2.5-pro", Item("gemini-2.5-pro", "google-ai-studio")),
        ("vertex_ai/gemini-2.5-pro", Item("gemini-2.5-pro", "vertex")),
        ("together_ai/some-lab/new-model", Item("some-lab/new-model", "together")),
        ("openrouter/openai/gpt-4o", Item("openai/gpt-4o", "openrouter")),
        ("vercel/google/gemini-2.5-flash", Item("google/gemini-2.5-flash", "vercel")),
        ("huggingface/openai/gpt-oss-120b", Item("openai/gpt-oss-120b", "huggingface")),
        ("bedrock/us.amazon.nova-pro-v1:0", Item("us.amazon.nova-pro-v1:0", "bedrock")),
        # :online
        ("gpt-4o:online", Item("gpt-4o", online=True)),
        ("gpt-4o:online/openai", Item("gpt-4o", "openai", online=True)),
        ("gpt-4o:online/azure/eu-prod", Item("gpt-4o", "azure", "eu-prod", online=True)),
        ("gpt-4o/openai:online", Item("gpt-4o", "openai", online=True)),
        ("gpt-4o/azure/eu-prod:online", Item("gpt-4o", "azure", "eu-prod", online=True)),
        ("something-new:online", Item("something-new", online=True)),
        ("openrouter/openai/gpt-4o:online", Item("openai/gpt-4o", "openrouter", online=True)),
        # Helicone's own provider
        ("gpt-4o/helicone", Item("gpt-4o")),
        ("gpt-4o:online/Helicone", Item("gpt-4o", online=True)),
        ("something-new/helicone", Item("something-new")),
        # a provider that is not known
        ("gpt-4o/opnai", Item("gpt-4o", "opnai")),
        ("gpt-4o/opnai/eu-prod", Item("gpt-4o", "opnai", "eu-prod")),
        # untidy
        (" gpt-4o / openai ", Item("gpt-4o", "openai")),
        ("/gpt-4o/", Item("gpt-4o")),
        ("gpt-4o//openai", Item("gpt-4o", "openai")),
    ],
)
def test_an_item_is_read(model: str, expected: Item) -> None:
    assert item(model) == expected


def test_a_list_keeps_its_order_and_its_repetitions() -> None:
    assert items("gpt-4o/openai, claude-sonnet-4,gpt-4o/openai") == (
        Item("gpt-4o", "openai"),
        Item("claude-sonnet-4"),
        Item("gpt-4o", "openai"),
    )


def test_empty_places_in_a_list_are_passed_over() -> None:
    assert items(",gpt-4o,, /,") == (Item("gpt-4o"),)


@pytest.mark.parametrize(
    ("model", "excluded"),
    [
        ("!openai,gpt-4o", {"openai"}),
        ("gpt-4o,!openai", {"openai"}),
        ("gpt-4o,! google,!Azure", {"google-ai-studio", "azure"}),
        ("gpt-4o,!helicone", set()),
        ("gpt-4o", set()),
    ],
)
def test_exclusions_hold_for_the_whole_list_wherever_they_stand(model: str, excluded: set[str]) -> None:
    route = parse_route(model, CATALOG)
    assert route.excluded == excluded
    assert route.items == (Item("gpt-4o"),)


@pytest.mark.parametrize("model", ["", " ", ",", "/", ":online", "!openai", "!openai,!azure", "!helicone"])
def test_a_string_that_names_no_model_is_refused(model: str) -> None:
    with pytest.raises(InvalidRequest, match="names no model") as refusal:
        parse_route(model, CATALOG)
    assert (refusal.value.status, refusal.value.param) == (400, "model")


@pytest.mark.parametrize(("model", "nearest"), [("gpt-4o,!opnai", "openai"), ("!antropic,gpt-4o", "anthropic")])
def test_an_exclusion_of_nobody_is_refused_with_the_nearest_known(model: str, nearest: str) -> None:
    with pytest.raises(UnknownModel, match=f"The nearest known: {nearest}"):
        parse_route(model, CATALOG)


def test_a_list_may_have_twenty_items_and_no_more() -> None:
    assert len(items(",".join(["gpt-4o"] * MOST_ITEMS))) == MOST_ITEMS
    with pytest.raises(InvalidRequest, match="at most 20"):
        parse_route(",".join(["gpt-4o"] * 50), CATALOG)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_every_name_of_a_provider_can_be_written_behind_a_model_and_before_it(alias: str) -> None:
    name = ALIASES[alias]
    assert item(f"something-new/{alias}") == Item("something-new", name)
    assert item(f"{alias}/something-new") == Item("something-new", name)
    assert item(f"something-new/{alias}/here") == Item("something-new", name, "here")


@pytest.mark.parametrize("model", CATALOG.models(), ids=lambda model: model.id)
def test_every_model_is_itself_whatever_it_is_followed_by(model: object) -> None:
    name = model.id  # type: ignore[attr-defined]
    assert item(name) == Item(name)
    assert item(f"{name}/azure") == Item(name, "azure")
    assert item(f"{name}/azure/here") == Item(name, "azure", "here")
    assert item(f"{name}:online/azure") == Item(name, "azure", online=True)


@given(st.text())
def test_any_text_is_read_or_refused(model: str) -> None:
    try:
        route = parse_route(model, CATALOG)
    except InvalidRequest:
        return
    assert route.items
    assert all(found.name for found in route.items)


parts = st.sampled_from(
    [
        "gpt-4o",
        "openai",
        "azure",
        "meta-llama",
        "nope",
        "x",
        ":online",
        "!",
        "helicone",
        "qwen",
        "",
        " ",
        "gpt-4o:online",
    ]
)


@given(st.lists(st.lists(parts, max_size=4).map("/".join), max_size=4).map(",".join))
def test_any_arrangement_of_known_parts_is_read_or_refused(model: str) -> None:
    try:
        route = parse_route(model, CATALOG)
    except InvalidRequest:
        return
    for found in route.items:
        assert found.name
        assert not found.name.startswith(("!", "/"))
        assert found.provider != "helicone"
