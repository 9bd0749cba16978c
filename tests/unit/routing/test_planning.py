"""From a model string to attempts: who is asked, in which order, and why the others are not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Capability, Deployment
from ai_gateway.core.catalog.model import Model
from ai_gateway.core.errors import GatewayError, InvalidRequest, UnknownModel
from ai_gateway.core.pricing import Prices, Rates
from ai_gateway.core.routing import Access, Plan, RequestShape, Skip, plan_attempts, resolve
from tests.fakes import access

MODELS = (
    Model(
        "alpha",
        "acme",
        "Alpha",
        {"openai": "alpha", "azure": "alpha", "groq": "acme/alpha", "openrouter": "acme/alpha"},
        aliases=("alpha-old",),
        context=1_000,
    ),
    Model("beta", "acme", "Beta", {"anthropic": "beta", "vertex": "beta"}, lacks=frozenset(("images",))),
    Model("gamma", "acme", "Gamma", {"mistral": "gamma"}),
)


def rates(given: int, taken: int, request: int = 0) -> Prices:
    return Prices(Rates(given, taken), request=request)


CATALOG = Catalog.of(
    MODELS,
    {
        ("openai", "alpha"): rates(10, 100),  # cheap to ask, dear to answer
        ("azure", "alpha"): rates(50, 10),  # the other way round
        ("groq", "acme/alpha"): rates(20, 20, request=10_000),  # dear for small requests
        ("anthropic", "beta"): rates(5, 5),
        ("vertex", "beta"): rates(5, 5),
    },
)
EVERYBODY = access("openai", "azure", "groq", "openrouter", "anthropic", "vertex", "mistral")


def plan(model: str, ways: Access = EVERYBODY, shape: RequestShape | None = None, cooling: Sequence[str] = ()) -> Plan:
    return plan_attempts(resolve(model, CATALOG, ways), shape or RequestShape(), frozenset(cooling))


def sources(found: Plan) -> list[str]:
    return [attempt.endpoint.source for attempt in found.attempts]


def reasons(found: Plan) -> list[tuple[str, str]]:
    return [(skip.source, skip.reason) for skip in found.skipped]


def refusal(model: str, ways: Access = EVERYBODY, shape: RequestShape | None = None) -> GatewayError:
    with pytest.raises(InvalidRequest) as caught:
        plan(model, ways, shape)
    return caught.value


def deployments(*known: Deployment, ways: Access = EVERYBODY) -> Access:
    return replace(ways, deployments={deployment.id: deployment for deployment in known})


@pytest.mark.parametrize(
    ("prompt", "max_output", "order"),
    [
        (1_000, 1, ["openai", "groq", "azure"]),
        (1, 1_000, ["azure", "groq", "openai"]),
        (10_000, 1_000, ["openai", "groq", "azure"]),
        (1_000, 1_000, ["groq", "azure", "openai"]),
        (10, 10, ["azure", "openai", "groq"]),
    ],
)
def test_the_cheapest_for_this_request_comes_first_and_who_has_no_price_last(
    prompt: int, max_output: int, order: list[str]
) -> None:
    found = plan("alpha", shape=RequestShape(prompt=prompt, max_output=max_output))
    assert sources(found) == [f"alpha/{name}" for name in (*order, "openrouter")]
    assert found.skipped == ()


def test_an_answer_of_unlimited_length_is_priced_at_a_usual_one() -> None:
    assert sources(plan("alpha", shape=RequestShape(prompt=0)))[0] == "alpha/azure"
    assert sources(plan("alpha", shape=RequestShape(prompt=2_000)))[0] == "alpha/groq"


def test_at_the_same_price_the_maker_comes_before_a_cloud() -> None:
    assert sources(plan("beta")) == ["beta/anthropic", "beta/vertex"]


def test_own_keys_come_before_credits_whatever_they_cost() -> None:
    ways = replace(
        EVERYBODY,
        providers={
            name: replace(way, byok=name in ("azure", "openrouter")) for name, way in EVERYBODY.providers.items()
        },
    )
    assert sources(plan("alpha", ways, RequestShape(prompt=1_000, max_output=1))) == [
        "alpha/azure",
        "alpha/openrouter",
        "alpha/openai",
        "alpha/groq",
    ]


def test_the_order_of_a_list_is_kept_and_each_item_sorted_by_itself() -> None:
    found = plan("gamma,alpha,beta", shape=RequestShape(prompt=1_000, max_output=1))
    assert sources(found) == [
        "gamma/mistral",
        "alpha/openai",
        "alpha/groq",
        "alpha/azure",
        "alpha/openrouter",
        "beta/anthropic",
        "beta/vertex",
    ]
    assert [attempt.position for attempt in found.attempts] == [0, 1, 1, 1, 1, 2, 2]


def test_pinned_providers_are_asked_in_the_order_they_are_named() -> None:
    chain = "alpha/openrouter,beta/vertex,alpha/azure,alpha/openai"
    assert sources(plan(chain)) == chain.split(",")


def test_who_is_named_twice_is_asked_once_at_the_first_place() -> None:
    assert sources(plan("alpha/openrouter,alpha,alpha/openrouter,alpha-old/azure")) == [
        "alpha/openrouter",
        "alpha/azure",
        "alpha/groq",
        "alpha/openai",
    ]


def test_the_same_model_with_the_web_and_without_are_two_attempts() -> None:
    found = plan("gamma:online,gamma")
    assert [(attempt.endpoint.source, attempt.online) for attempt in found.attempts] == [
        ("gamma/mistral", True),
        ("gamma/mistral", False),
    ]


def test_two_snapshots_of_a_model_are_two_attempts() -> None:
    found = plan("alpha-2026-01-01/openai,alpha/openai")
    assert [attempt.endpoint.model_id for attempt in found.attempts] == ["alpha-2026-01-01", "alpha"]


def test_a_snapshot_is_had_from_those_who_name_the_model_as_its_maker_does() -> None:
    found = plan("alpha-2026-01-01")
    assert [(attempt.endpoint.source, attempt.endpoint.model_id) for attempt in found.attempts] == [
        ("alpha/openai", "alpha-2026-01-01")
    ]


def test_the_operators_key_and_options_are_in_the_endpoint() -> None:
    (attempt,) = plan("alpha/azure").attempts
    assert attempt.endpoint.options["resource"] == "acme"
    assert attempt.endpoint.byok
    assert not attempt.endpoint.simulated


def test_a_provider_without_credentials_is_passed_over_with_the_key_to_set() -> None:
    found = plan("alpha", access("azure"))
    assert sources(found) == ["alpha/azure"]
    assert reasons(found) == [
        ("alpha/openai", "no_credentials"),
        ("alpha/groq", "no_credentials"),
        ("alpha/openrouter", "no_credentials"),
    ]
    assert found.skipped[0] == Skip(
        "alpha/openai",
        "no_credentials",
        "alpha/openai: no credentials for OpenAI (set OPENAI_API_KEY).",
        "openai",
    )


def test_when_nobody_has_credentials_the_caller_is_told_who_could_have_served() -> None:
    error = refusal("beta", access("openai"))
    assert (error.status, error.code) == (400, "no_provider_available")
    assert error.message == "No provider of 'beta' has credentials (anthropic, vertex)."
    assert refusal("beta/vertex", access("openai")).status == 400


def test_excluded_providers_are_passed_over_and_recorded() -> None:
    found = plan("alpha,!openai,!azure")
    assert sources(found) == ["alpha/groq", "alpha/openrouter"]
    assert reasons(found) == [("alpha/openai", "excluded"), ("alpha/azure", "excluded")]


def test_an_exclusion_holds_for_those_who_are_pinned_too() -> None:
    found = plan("alpha/openai,!openai,beta/vertex")
    assert sources(found) == ["beta/vertex"]
    assert found.skipped == (Skip("alpha/openai", "excluded", "alpha/openai is excluded by '!openai'.", "openai"),)
    assert "excluded by '!mistral'" in refusal("gamma,!mistral").message


@pytest.mark.parametrize(
    ("needs", "prompt_at_least", "reason", "message"),
    [
        (("images",), 0, "lacks", "does not take images."),
        ((), 5_001, "context", "takes 5,000 tokens, the request has at least 5,001."),
    ],
)
def test_what_an_endpoint_cannot_do_it_is_not_asked_and_the_plan_says_why(
    needs: tuple[Capability, ...], prompt_at_least: int, reason: str, message: str
) -> None:
    models = (
        Model("able", "acme", "Able", {"openai": "able"}),
        Model("unable", "acme", "Unable", {"openai": "unable"}, lacks=frozenset(("images", "audio")), context=5_000),
    )
    catalog = Catalog.of(models)
    shape = RequestShape(prompt_at_least=prompt_at_least, needs=frozenset(needs))
    found = plan_attempts(resolve("unable,able", catalog, access("openai")), shape)
    assert sources(found) == ["able/openai"]
    assert found.skipped == (Skip("unable/openai", reason, f"unable/openai {message}", "openai"),)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match=message):
        plan_attempts(resolve("unable", catalog, access("openai")), shape)


def test_all_that_is_missing_is_named() -> None:
    model = Model("m", "acme", "M", {"openai": "m"}, lacks=frozenset(("images", "audio", "tools")))
    shape = RequestShape(needs=frozenset(("tools", "audio", "json_schema")))
    with pytest.raises(InvalidRequest, match="m/openai does not take audio, tools"):
        plan_attempts(resolve("m", Catalog.of((model,)), access("openai")), shape)


def test_a_prompt_as_long_as_the_context_is_tried() -> None:
    assert sources(plan("alpha", shape=RequestShape(prompt_at_least=1_000)))
    assert refusal("alpha", shape=RequestShape(prompt_at_least=1_001)).status == 400


def test_a_caller_who_pins_a_provider_gets_that_providers_own_answer() -> None:
    shape = RequestShape(prompt_at_least=10**6, needs=frozenset(("images",)))
    assert sources(plan("beta/vertex", shape=shape)) == ["beta/vertex"]


def test_what_is_cooling_down_is_tried_last_in_the_order_it_had() -> None:
    calm = sources(plan("alpha,beta"))
    assert sources(plan("alpha,beta", cooling=["azure/alpha", "anthropic/beta"])) == [
        *(one for one in calm if one not in ("alpha/azure", "beta/anthropic")),
        "alpha/azure",
        "beta/anthropic",
    ]


def test_when_all_are_cooling_down_the_order_stays() -> None:
    everything = ["azure/alpha", "groq/acme/alpha", "openai/alpha", "openrouter/acme/alpha"]
    assert sources(plan("alpha", cooling=everything)) == sources(plan("alpha"))


# What nobody knows.


def test_an_unknown_model_at_a_known_provider_goes_through_as_it_was_written() -> None:
    (attempt,) = plan("Some-Lab/New-Model/groq").attempts
    assert attempt.endpoint.model_id == "Some-Lab/New-Model"
    assert attempt.endpoint.prices is None


@pytest.mark.parametrize(
    ("model", "nearest"),
    [
        ("gpt-4o-mni", "gpt-4o-mini"),
        ("claude-sonet-4", "claude-sonnet-4"),
        ("gemini-2.5-flsh", "gemini-2.5-flash"),
        ("gpt4o", "gpt-4o"),
    ],
)
def test_an_unknown_model_is_a_404_that_names_the_nearest_known(model: str, nearest: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        resolve(model, Catalog.standard(), EVERYBODY)
    assert (caught.value.status, caught.value.type, caught.value.param) == (404, "model_not_found", "model")
    assert repr(model) in caught.value.message
    assert nearest in caught.value.message.split("The nearest known: ")[1]
    assert f"'{model}/<provider>'" in caught.value.message


def test_a_name_like_no_other_is_told_where_the_known_ones_are() -> None:
    assert "GET /v1/models" in refusal("zzzzzzzzzzzzzzz").message


@pytest.mark.parametrize(("model", "nearest"), [("alpha/opnai", "openai"), ("beta/antropic/here", "anthropic")])
def test_an_unknown_provider_is_a_404_that_names_the_nearest_known(model: str, nearest: str) -> None:
    error = refusal(model)
    assert isinstance(error, UnknownModel)
    assert error.status == 404
    assert f"The nearest known: {nearest}" in error.message


def test_what_is_unknown_is_recorded_when_another_item_serves() -> None:
    found = plan("nothing,alpha/opnai,gamma,beta/azure/nowhere", access("mistral"))
    assert sources(found) == ["gamma/mistral"]
    assert reasons(found) == [
        ("nothing", "unknown_model"),
        ("alpha/opnai", "unknown_provider"),
        ("beta/azure/nowhere", "unknown_deployment"),
    ]


def test_a_plan_without_attempts_tells_every_reason() -> None:
    message = refusal("nothing,alpha/opnai,gamma", access("openai")).message
    assert "'nothing' is not known" in message
    assert "'opnai' is not known" in message
    assert "No provider of 'gamma'" in message


# Deployments.


def test_a_deployment_is_called_with_its_own_address_key_and_id() -> None:
    eu = Deployment("eu", "azure", "alpha", "alpha-eu", "https://eu.example", {"api_version": "9"}, "eu-key")
    (attempt,) = plan("alpha/azure/eu", deployments(eu)).attempts
    endpoint = attempt.endpoint
    assert endpoint.source == "alpha/azure/eu"
    assert (endpoint.model_id, endpoint.base_url, endpoint.secret) == ("alpha-eu", "https://eu.example", "eu-key")
    assert (endpoint.options["api_version"], endpoint.options["resource"]) == ("9", "acme")


def test_a_pinned_deployment_is_the_only_attempt() -> None:
    eu, us = Deployment("eu", "azure", "alpha"), Deployment("us", "azure", "alpha")
    assert sources(plan("alpha/azure/us", deployments(eu, us))) == ["alpha/azure/us"]


@pytest.mark.parametrize("named", ["alpha", "alpha-old", "Alpha", "acme/alpha"])
def test_deployments_of_a_model_are_found_by_any_of_its_names(named: str) -> None:
    found = plan("alpha", deployments(Deployment("eu", "azure", named), ways=access("azure")))
    assert sources(found) == ["alpha/azure", "alpha/azure/eu"]


def test_a_deployment_needs_no_credentials_of_its_provider() -> None:
    found = plan("alpha", deployments(Deployment("eu", "azure", "alpha", secret="s"), ways=access()))
    assert sources(found) == ["alpha/azure/eu"]


def test_a_model_that_only_a_deployment_knows_is_called_by_its_name() -> None:
    found = plan("our-finetune", deployments(Deployment("ours", "vllm", "our-finetune", base_url="https://v.example")))
    assert sources(found) == ["our-finetune/vllm/ours"]
    assert found.attempts[0].endpoint.model_id == "our-finetune"


def test_a_deployment_under_an_alias_of_its_provider_is_found() -> None:
    ways = deployments(Deployment("eu", "google", "beta", base_url="https://g.example"))
    assert sources(plan("beta/gemini/eu", ways)) == ["beta/google-ai-studio/eu"]


def test_a_deployment_of_a_provider_that_is_not_known_serves_nothing() -> None:
    ways = deployments(Deployment("eu", "nobody", "alpha"), Deployment("us", "nobody", None))
    assert "alpha/nobody/eu" not in sources(plan("alpha", ways))
    assert refusal("alpha/nobody/us", ways).status == 404


def test_an_excluded_provider_has_no_deployments_either_and_the_plan_says_so() -> None:
    found = plan("alpha,!azure", deployments(Deployment("eu", "azure", "alpha")))
    assert "alpha/azure/eu" not in sources(found)
    assert ("alpha/azure/eu", "excluded") in reasons(found)
    assert "excluded" in refusal("alpha/azure/eu,!azure", deployments(Deployment("eu", "azure"))).message


def test_at_azure_the_name_of_a_deployment_is_enough() -> None:
    (attempt,) = plan("alpha/azure/unlisted").attempts
    assert attempt.endpoint.options["deployment"] == "unlisted"


@pytest.mark.parametrize("model", ["alpha/openai/nowhere", "alpha/groq/nowhere"])
def test_elsewhere_a_deployment_must_be_configured(model: str) -> None:
    error = refusal(model)
    assert error.status == 400
    assert "no deployment named 'nowhere'" in error.message


def test_a_deployment_of_another_provider_is_not_that_one() -> None:
    assert refusal("alpha/openai/eu", deployments(Deployment("eu", "azure", "alpha"))).status == 400


# Simulated providers.


def test_the_simulator_never_stands_in_for_a_real_provider() -> None:
    found = plan("alpha", access("groq", simulated=("openai", "azure")))
    assert sources(found) == ["alpha/groq"]
    assert ("alpha/openai", "simulated") in reasons(found)
    assert ("alpha/azure", "simulated") in reasons(found)


def test_an_item_that_is_simulated_gives_way_to_a_real_one_of_the_chain() -> None:
    assert sources(plan("beta,gamma", access("mistral", simulated=("anthropic",)))) == ["gamma/mistral"]


def test_the_simulator_answers_when_nobody_else_can() -> None:
    found = plan("beta,gamma", access(simulated=("anthropic", "mistral")))
    assert sources(found) == ["beta/anthropic", "gamma/mistral"]
    assert all(attempt.endpoint.simulated for attempt in found.attempts)


# Planning is a function: the same request has the same plan.

names = st.sampled_from(
    ["alpha", "beta", "gamma", "alpha-old", "nothing", "gamma:online", "alpha/openai", "beta/vertex"]
)
providers = st.sampled_from(["openai", "azure", "groq", "openrouter", "anthropic", "vertex", "mistral"])
shapes = st.builds(
    RequestShape,
    prompt=st.integers(0, 5_000),
    prompt_at_least=st.integers(0, 2_000),
    max_output=st.none() | st.integers(0, 5_000),
    needs=st.frozensets(st.sampled_from(["images", "tools"])),
)


@given(
    st.lists(names, min_size=1, max_size=4),
    st.sets(providers, max_size=2),
    st.permutations(["openai", "azure", "groq", "openrouter", "anthropic", "vertex", "mistral"]),
    st.integers(0, 7),
    shapes,
    st.sets(st.sampled_from(["openai/alpha", "azure/alpha", "anthropic/beta", "mistral/gamma"])),
)
def test_any_plan_is_deterministic_and_accounts_for_every_endpoint(
    chosen: list[str], excluded: set[str], order: list[str], count: int, shape: RequestShape, cooling: set[str]
) -> None:
    model = ",".join([*chosen, *(f"!{name}" for name in sorted(excluded))])
    try:
        found = plan(model, access(*order[:count]), shape, sorted(cooling))
    except InvalidRequest as error:
        with pytest.raises(InvalidRequest) as again:
            plan(model, access(*reversed(order[:count])), shape, sorted(cooling))
        assert again.value.message == error.message  # noqa: PT017
        return
    assert plan(model, access(*reversed(order[:count])), shape, sorted(cooling)) == found
    called = {attempt.endpoint.provider.name for attempt in found.attempts}
    assert called <= set(order[:count]) - excluded
    keys = [(one.endpoint.source, one.endpoint.model_id, one.online) for one in found.attempts]
    assert len(keys) == len(set(keys))
    warm = [one.position for one in found.attempts if one.endpoint.health_key not in cooling]
    assert warm == sorted(warm)
    told = {skip.source for skip in found.skipped} | {key[0] for key in keys}
    for known in MODELS:
        if known.id in chosen:
            assert known.id in told or all(f"{known.id}/{name}" in told for name in known.endpoints)
