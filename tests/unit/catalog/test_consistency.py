"""The catalog holds together: names, providers, dialects, prices; and Helicone's callers find all they had."""

from collections import defaultdict
from datetime import date
from string import Formatter
from urllib.parse import urlsplit

import pytest

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.model import Model
from ai_gateway.core.catalog.names import spelling
from ai_gateway.core.catalog.own_prices import OWN_PRICES
from ai_gateway.core.catalog.providers import ALIASES, PROVIDERS, Provider
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import url_of
from ai_gateway.core.dialects import DIALECTS
from ai_gateway.core.pricing import Prices
from ai_gateway.core.routing import Attempt, RequestShape, parse_route, plan_attempts, resolve
from tests.fakes import access
from tests.unit.catalog.helicone import HELICONE

CATALOG = Catalog.standard()
MODELS = CATALOG.models()
ENDPOINTS = [endpoint for model in MODELS for endpoint in CATALOG.endpoints(model)]
HAD = [(name, provider) for name, providers in HELICONE.items() for provider in providers.split()]

UNPRICED = {
    # Sold by contract only: https://cohere.com/pricing
    "command-a-vision-07-2025/cohere",
    # Free of charge, and not sold: https://ai.google.dev/gemini-api/docs/pricing
    "gemma-4-26b-a4b-it/google-ai-studio",
    "gemma-4-31b-it/google-ai-studio",
    # The sources differ by a factor of a thousand.
    "mistral-nemo/deepinfra",
    "mistral-small/deepinfra",
}
OPTIONS = {"resource": "acme", "project": "acme", "region": "us-east-1", "location": "global"}


def named(thing: Model | Endpoint | Provider) -> str:
    return thing.source if isinstance(thing, Endpoint) else thing.id if isinstance(thing, Model) else thing.name


def test_there_is_enough_to_choose_from() -> None:
    assert len(MODELS) > 300
    assert len(PROVIDERS) > 35
    assert len({endpoint.provider.name for endpoint in ENDPOINTS}) > 20


# Names.


def test_every_id_is_of_one_model() -> None:
    assert len({model.id for model in MODELS}) == len(MODELS)


def test_every_name_leads_to_one_model_only() -> None:
    owners = defaultdict(set)
    for model in MODELS:
        for name in (model.id, *model.aliases):
            owners[spelling(name)].add(model.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_a_model_is_found_by_all_of_its_names(model: Model) -> None:
    names = (model.id, *model.aliases, f"{model.author}/{model.id}", model.id.upper(), model.id.replace(".", "-"))
    assert all(CATALOG.model(name) is model for name in names)


def test_no_name_of_a_model_is_that_of_a_provider() -> None:
    assert not [name for name in ALIASES if CATALOG.model(name)]


def test_every_name_of_a_provider_is_of_one_only_and_written_small_with_dashes() -> None:
    names = [name for row in PROVIDERS.values() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.lower() and "_" not in name and "/" not in name for name in names)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o", "gpt-4o"),
        ("claude-sonnet-4", "claude-sonnet-4"),
        ("claude-haiku-4", "claude-4.5-haiku"),
        ("claude-haiku-4.5", "claude-4.5-haiku"),
        ("claude-4.5-haiku", "claude-4.5-haiku"),
        ("claude-opus-4-1", "claude-opus-4-1"),
        ("claude-opus-4.1", "claude-opus-4-1"),
        ("gemini-2.5-flash", "gemini-2.5-flash"),
        ("gemini-2.5-pro", "gemini-2.5-pro"),
        # the names that Helicone rewrites
        ("claude-3.5-sonnet", "claude-3.5-sonnet-v2"),
        ("claude-3.5-sonnet-20240620", "claude-3.5-sonnet-v2"),
        ("deepseek-r1", "deepseek-reasoner"),
        ("kimi-k2", "kimi-k2-0905"),
        ("kimi-k2-instruct", "kimi-k2-0905"),
        ("grok-4.1-fast-reasoning", "grok-4-1-fast-reasoning"),
        ("grok-4.1-fast-non-reasoning", "grok-4-1-fast-non-reasoning"),
        # a provider's own ids
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"),
        ("eu.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"),
        ("anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"),
        ("claude-sonnet-4@20250514", "claude-sonnet-4"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct"),
        # a snapshot
        ("gpt-4o-2024-05-13", "gpt-4o"),
    ],
)
def test_the_names_people_use_are_known(name: str, model: str) -> None:
    found = CATALOG.model(name)
    assert found is not None
    assert found.id == model


# Helicone's callers.


@pytest.mark.parametrize("name", HELICONE)
def test_each_of_helicones_models_is_known_by_its_own_id(name: str) -> None:
    model = CATALOG.model(name)
    assert model is not None
    assert model.id == name
    (item,) = parse_route(name, CATALOG).items
    assert (item.name, item.provider) == (name, None)


@pytest.mark.parametrize(("name", "provider"), HAD)
def test_each_of_helicones_models_is_had_where_helicone_has_it(name: str, provider: str) -> None:
    (attempt,) = plan_attempts(resolve(f"{name}/{provider}", CATALOG, access(provider)), RequestShape()).attempts
    model = CATALOG.model(name)
    assert model is not None
    assert attempt.endpoint.source == f"{name}/{provider}"
    assert attempt.endpoint.model_id == model.endpoints[provider]
    (found,) = plan_attempts(resolve(name, CATALOG, access(provider)), RequestShape()).attempts
    assert found.endpoint == attempt.endpoint


# Models.


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_a_model_is_complete(model: Model) -> None:
    assert model.endpoints
    assert model.name.strip() == model.name != ""
    assert model.author == model.author.lower()
    assert not model.aliases or len(set(model.aliases)) == len(model.aliases)
    assert model.id not in model.aliases
    assert model.context is None or model.context >= 512
    assert model.max_output is None or model.max_output > 0
    assert "text" in model.inputs or "audio" in model.inputs
    assert set(model.inputs) <= {"text", "image", "audio", "video", "file"}
    assert set(model.outputs) <= {"text", "image", "audio"}
    if model.created is not None:
        assert date(2020, 1, 1) < date.fromisoformat(model.created) <= date(2026, 11, 24)


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_a_model_does_not_lack_what_it_is_said_to_take(model: Model) -> None:
    assert not ("image" in model.inputs and "images" in model.lacks)
    assert not ("audio" in model.inputs and "audio" in model.lacks)
    assert not ("file" in model.inputs and "files" in model.lacks)
    assert not model.capabilities & model.lacks


# Endpoints.


def test_every_endpoint_can_be_asked() -> None:
    """Its dialect makes a request of it, whose address is whole once the operator's options are in."""
    wrong = []
    for endpoint in ENDPOINTS:
        (attempt,) = plan_attempts(
            resolve(endpoint.source, CATALOG, access(endpoint.provider.name)), RequestShape()
        ).attempts
        called = asked(attempt)
        address = urlsplit(called)
        if address.scheme not in ("http", "https") or not address.hostname or "{" in called:
            wrong.append((endpoint.source, called))
    assert wrong == []


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=named)
def test_an_address_needs_no_option_that_nobody_can_set(provider: Provider) -> None:
    needed = {name for text in (provider.base_url, provider.path) for _, name, _, _ in Formatter().parse(text) if name}
    assert needed <= {*provider.options, *OPTIONS, "host", "deployment"}


def asked(attempt: Attempt) -> str:
    endpoint = attempt.endpoint
    with_options = Endpoint(
        endpoint.model,
        endpoint.provider,
        endpoint.model_id,
        endpoint.base_url,
        options={**OPTIONS, **endpoint.options},
    )
    request = ChatRequest(model="m", messages=[{"role": "user", "content": "Hi"}])
    return url_of(with_options, DIALECTS[endpoint.dialect].encode(request, with_options).path)


def test_every_endpoint_has_a_price_but_those_whose_price_nobody_tells() -> None:
    assert {endpoint.source for endpoint in ENDPOINTS if endpoint.prices is None} == UNPRICED


def test_every_price_is_of_this_world() -> None:
    assert [endpoint.source for endpoint in ENDPOINTS if endpoint.prices and not is_plausible(endpoint.prices)] == []


def is_plausible(prices: Prices) -> bool:
    """Nothing costs more than $1,000 for a million tokens or 10 cents each; what is cached costs no more than what is
    not; tiers rise.
    """
    fees = (prices.request, prices.web_search, *prices.request_by_search.values())
    levels = (prices.rates, *(tier.rates for tier in prices.tiers))
    starts = [tier.above for tier in prices.tiers]
    return (
        bool(prices.source)
        and all(0 <= fee <= 10**11 for fee in fees)
        and all(0 <= rates.input <= 10**9 and 0 <= rates.output <= 10**9 for rates in levels)
        and all((rates.cache_read or 0) <= rates.input for rates in levels)
        and all((rates.cache_write_5m or 0) <= 2 * rates.input for rates in levels)
        and starts == sorted(set(starts))
        and all(is_plausible(held) for held in prices.service_tiers.values())
    )


def test_every_price_by_hand_is_of_an_endpoint_or_of_a_name_that_callers_may_write() -> None:
    ids = {provider.prices_id or provider.name for provider in PROVIDERS.values()}
    assert {provider for provider, _ in OWN_PRICES} <= ids
    assert all(name == name.lower() for _, name in OWN_PRICES)


def test_prices_of_an_operator_come_first() -> None:
    own = CATALOG.endpoint("gpt-4o", "azure").prices
    assert own is not None
    theirs = CATALOG.with_(prices={("openai", "gpt-4o"): own})
    assert theirs.endpoint("gpt-4o", "openai").prices is own
    assert theirs.endpoint("gpt-4o-mini", "openai").prices == CATALOG.endpoint("gpt-4o-mini", "openai").prices


def test_models_of_an_operator_come_before_those_of_the_same_name() -> None:
    own = Model("gpt-4o", "acme", "Ours", {"vllm": "ours"}, aliases=("claude-sonnet-4",))
    theirs = CATALOG.with_((own,))
    assert theirs.model("gpt-4o") is own
    assert theirs.model("claude-sonnet-4") is own
    assert len(theirs.models()) == len(MODELS)
