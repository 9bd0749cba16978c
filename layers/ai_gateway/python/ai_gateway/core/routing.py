"""From a model string to the attempts that will serve it, in order, and why the others are not among them.

    model := item ("," item)*                    at most 20 items; their order is kept
    item  := "!" provider                        never this provider, for the whole list
           | name [":online"]                    every provider of the model, cheapest first
           | name [":online"] "/" provider       that provider only
           | name [":online"] "/" provider "/" deployment
           | provider "/" name                   the order LiteLLM and OpenRouter write, when nothing else fits

A name may contain slashes (`meta-llama/Llama-3.3-70B-Instruct/together`), and `:online` may stand at the end of an item
as well. `helicone`, by which Helicone's callers leave the choice to it, stands for every provider.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Capability, Deployment, Endpoint
from ai_gateway.core.errors import GatewayError, InvalidRequest, UnknownModel
from ai_gateway.core.pricing import estimate

MOST_ITEMS = 20
ANY_PROVIDER = "helicone"
ASSUMED_OUTPUT = 500
"""Tokens of output assumed for the comparison of prices when the caller sets no limit."""

SkipReason: TypeAlias = Literal[
    "unknown_model",
    "unknown_provider",
    "unknown_deployment",
    "no_credentials",
    "excluded",
    "lacks",
    "context",
    "simulated",
]


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    provider: str | None = None
    deployment: str | None = None
    online: bool = False

    def __str__(self) -> str:
        return "/".join(part for part in (self.name, self.provider, self.deployment) if part)


@dataclass(frozen=True, slots=True)
class Route:
    items: tuple[Item, ...]
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """How a provider can be called: `base_url` and `options` are complete (no template left but a deployment's own).

    `byok` says that the key is the operator's own; `simulated` that the built-in simulator answers.
    """

    base_url: str
    options: Mapping[str, str] = field(default_factory=dict)
    byok: bool = True
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """The providers that have credentials, and the operator's deployments by id."""

    providers: Mapping[str, ProviderAccess]
    deployments: Mapping[str, Deployment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestShape:
    """Tokens: `prompt` is an estimate, `prompt_at_least` a cautious one that no endpoint is passed over for wrongly."""

    prompt: int = 0
    prompt_at_least: int = 0
    max_output: int | None = None
    needs: frozenset[Capability] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a model string comes to before anything is known of a request: for each item the endpoints that can be
    called, pinned by the caller or found by the gateway, and what cannot. It may be kept as long as the catalog and the
    access it was made from.
    """

    items: tuple["Candidates", ...]
    skipped: tuple["Skip", ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    endpoints: tuple[Endpoint, ...]
    pinned: bool
    online: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One endpoint to try. `position` is the place of its item in the list."""

    endpoint: Endpoint
    position: int
    online: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """An endpoint or item that is not tried, and why; `provider` is empty for an item of no known one."""

    source: str
    reason: SkipReason
    message: str
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    attempts: tuple[Attempt, ...]
    skipped: tuple[Skip, ...] = ()


def parse_route(model: str, catalog: Catalog) -> Route:
    """Read a model string; raises InvalidRequest for an empty one or too many items, UnknownModel for `!unknown`."""
    texts = [text for part in model.split(",") if (text := part.strip(" /\t\r\n"))]
    if len(texts) > MOST_ITEMS:
        raise InvalidRequest(f"'model' lists {len(texts)} items; at most {MOST_ITEMS} are tried.", param="model")
    exclusions = [text[1:].strip() for text in texts if text.startswith("!")]
    excluded = frozenset(_excluded(name, catalog) for name in exclusions if name.lower() != ANY_PROVIDER)
    read = (_parse_item(text, catalog) for text in texts if not text.startswith("!"))
    items = tuple(item for item in read if item.name)
    if not items:
        raise InvalidRequest("'model' names no model. Send for example 'gpt-4o-mini'.", param="model")
    return Route(items, excluded)


def resolve(model: str, catalog: Catalog, access: Access) -> Resolution:
    """Look up what a model string names. Raises what `parse_route` raises; UnknownModel or InvalidRequest when nothing
    of it can be called.
    """
    route = parse_route(model, catalog)
    items: list[Candidates] = []
    skipped: list[Skip] = []
    for item in route.items:
        # Looking for names alike takes long, and the first unknown one is the one to correct.
        hint = all(skip.reason != "unknown_model" for skip in skipped)
        found, passed_over = _candidates(item, catalog, access, route.excluded, hint=hint)
        items.append(Candidates(tuple(found), item.provider is not None, item.online))
        skipped += passed_over
    if all(endpoint.simulated for candidates in items for endpoint in candidates.endpoints):
        if not any(candidates.endpoints for candidates in items):
            raise nothing_to_try(skipped)
        return Resolution(tuple(items), tuple(skipped))
    real = tuple(replace(one, endpoints=tuple(e for e in one.endpoints if not e.simulated)) for one in items)
    return Resolution(real, (*skipped, *_simulated(items)))


def plan_attempts(resolution: Resolution, shape: RequestShape, cooling: frozenset[str] = frozenset()) -> Plan:
    """The attempts in order: items as listed, within an item own keys first, then the cheapest for this request.

    An endpoint that the gateway found is not tried with what it cannot do; a caller who pins a provider gets that
    provider's own answer. Endpoints that are cooling down after a failure (`Endpoint.health_key`) come last. Raises
    InvalidRequest when nothing is left to try.
    """
    attempts: dict[tuple[str, str, bool], Attempt] = {}
    skipped = list(resolution.skipped)
    for position, candidates in enumerate(resolution.items):
        endpoints = candidates.endpoints
        if not candidates.pinned:
            unfit = [skip for endpoint in endpoints if (skip := _unfit(endpoint, shape)) is not None]
            skipped += unfit
            gone = {skip.source for skip in unfit}
            fit = [endpoint for endpoint in endpoints if endpoint.source not in gone]
            endpoints = tuple(sorted(fit, key=lambda endpoint: _preference(endpoint, shape)) if len(fit) > 1 else fit)
        for endpoint in endpoints:
            key = endpoint.source, endpoint.model_id, candidates.online
            attempts.setdefault(key, Attempt(endpoint, position, candidates.online))
    if not attempts:
        raise nothing_to_try(skipped)
    ordered = list(attempts.values())
    if cooling:
        ordered.sort(key=lambda attempt: attempt.endpoint.health_key in cooling)
    return Plan(tuple(ordered), tuple(skipped))


def nothing_to_try(skipped: Iterable[Skip]) -> GatewayError:
    """The error for a plan without attempts: 404 when a name is unknown, else 400 with every reason."""
    skips = list(skipped)
    message = " ".join(skip.message for skip in skips) or "Every provider of the model is excluded."
    if any(skip.reason in ("unknown_model", "unknown_provider") for skip in skips):
        return UnknownModel(message, param="model")
    return InvalidRequest(message, param="model", code="no_provider_available")


def _excluded(name: str, catalog: Catalog) -> str:
    provider = catalog.provider(name)
    if provider is None:
        raise UnknownModel(
            f"'!{name}' excludes a provider that is not known. {_nearest_providers(name, catalog)}", param="model"
        )
    return provider.name


def _parse_item(text: str, catalog: Catalog) -> Item:
    """The first reading that fits: a known model, an unknown one at a known provider, `provider/name`, an unknown model
    at a deployment, a known model at an unknown provider.
    """
    segments = [segment for part in text.split("/") if (segment := part.strip())]
    count = len(segments)

    def provider_at(place: int) -> bool:
        return segments[place].lower() == ANY_PROVIDER or catalog.provider(_online(segments[place])[0]) is not None

    def model_to(cut: int) -> bool:
        return catalog.model(_online("/".join(segments[:cut]))[0]) is not None

    for cut in range(1, count + 1):
        if model_to(cut) and (cut == count or provider_at(cut)):
            return _item(segments[:cut], segments[cut:], catalog)
    if count > 1 and provider_at(count - 1):
        return _item(segments[:-1], segments[-1:], catalog)
    if count > 1 and provider_at(0):
        return _item(segments[1:], segments[:1], catalog)
    for fits in (provider_at, model_to):
        for cut in range(1, count):
            if fits(cut):
                return _item(segments[:cut], segments[cut:], catalog)
    return _item(segments, [], catalog)


def _item(name: list[str], rest: list[str], catalog: Catalog) -> Item:
    whole, online = _online("/".join(name))
    tail, online_there = _online("/".join(rest))
    place, _, deployment = tail.partition("/")
    if not place or place.lower() == ANY_PROVIDER:
        return Item(whole, online=online or online_there)
    provider = catalog.provider(place)
    return Item(whole, provider.name if provider else place, deployment or None, online or online_there)


def _online(name: str) -> tuple[str, bool]:
    return (name.removesuffix(":online"), True) if name.endswith(":online") else (name, False)


def _candidates(
    item: Item, catalog: Catalog, access: Access, excluded: frozenset[str], *, hint: bool
) -> tuple[list[Endpoint], list[Skip]]:
    if item.provider is not None:
        pinned = _pinned(item, item.provider, catalog, access, excluded)
        return ([], [pinned]) if isinstance(pinned, Skip) else ([pinned], [])
    model = catalog.model(item.name)
    listed = catalog.endpoints(model, item.name) if model else ()
    checked = [_open(endpoint, access, excluded) for endpoint in listed]
    checked += [
        _deployed(catalog.endpoint(item.name, deployment.provider), deployment, access, excluded)
        for deployment in access.deployments.values()
        if _serves(deployment, item.name, catalog)
    ]
    if not checked:
        return [], [_unknown_model(item.name, catalog.nearest(item.name, 3) if hint else [])]
    found = [one for one in checked if not isinstance(one, Skip)]
    skipped = [one for one in checked if isinstance(one, Skip)]
    if not found and all(skip.reason == "no_credentials" for skip in skipped):
        names = ", ".join(endpoint.provider.name for endpoint in listed)
        skipped = [Skip(item.name, "no_credentials", f"No provider of {item.name!r} has credentials ({names}).")]
    return found, skipped


def _serves(deployment: Deployment, name: str, catalog: Catalog) -> bool:
    """Whether a deployment is of the model that is asked for; one of a provider that is not known serves nothing."""
    if deployment.model is None or catalog.provider(deployment.provider) is None:
        return False
    model = catalog.model(name)
    return deployment.model == name or (model is not None and catalog.model(deployment.model) is model)


def _unknown_model(name: str, nearest: list[str]) -> Skip:
    hint = f" The nearest known: {', '.join(nearest)}." if nearest else " GET /v1/models lists the known ones."
    return Skip(
        name, "unknown_model", f"The model {name!r} is not known.{hint} To send it anyway, write '{name}/<provider>'."
    )


def _nearest_providers(name: str, catalog: Catalog) -> str:
    return f"The nearest known: {', '.join(catalog.nearest_providers(name, 3))}."


def _pinned(item: Item, name: str, catalog: Catalog, access: Access, excluded: frozenset[str]) -> Endpoint | Skip:
    provider = catalog.provider(name)
    if provider is None:
        hint = _nearest_providers(name, catalog)
        return Skip(str(item), "unknown_provider", f"The provider {name!r} is not known. {hint}")
    endpoint = catalog.endpoint(item.name, provider.name)
    if item.deployment is None:
        return _open(endpoint, access, excluded)
    deployment = access.deployments.get(item.deployment)
    if deployment is not None and catalog.provider(deployment.provider) is provider:
        return _deployed(endpoint, deployment, access, excluded)
    own = access.providers.get(provider.name)
    if provider.names_deployments and own is not None and not own.simulated:
        return _deployed(endpoint, _unlisted(item.deployment, provider.name), access, excluded)
    message = f"{provider.name!r} has no deployment named {item.deployment!r}. Add it to the gateway's configuration."
    return Skip(str(item), "unknown_deployment", message, provider.name)


def _unlisted(name: str, provider: str) -> Deployment:
    """A deployment that is not configured, at a provider where its name alone is enough to call it."""
    return Deployment(name, provider, options={"deployment": name})


def _open(endpoint: Endpoint, access: Access, excluded: frozenset[str]) -> Endpoint | Skip:
    """The endpoint with its way in, or why it is not tried."""
    name = endpoint.provider.name
    if name in excluded:
        return _excluded_by_caller(endpoint)
    way = access.providers.get(name)
    if way is None:
        return Skip(endpoint.source, "no_credentials", f"{endpoint.source}: {_no_credentials(endpoint)}", name)
    return replace(
        endpoint,
        base_url=way.base_url,
        options={**endpoint.options, **way.options},
        byok=way.byok,
        simulated=way.simulated,
    )


def _excluded_by_caller(endpoint: Endpoint) -> Skip:
    name = endpoint.provider.name
    return Skip(endpoint.source, "excluded", f"{endpoint.source} is excluded by '!{name}'.", name)


def _no_credentials(endpoint: Endpoint) -> str:
    keys = " or ".join(endpoint.provider.key_env)
    return f"no credentials for {endpoint.provider.display_name}{f' (set {keys})' if keys else ''}."


def _unfit(endpoint: Endpoint, shape: RequestShape) -> Skip | None:
    name = endpoint.provider.name
    missing = sorted(shape.needs & endpoint.lacks)
    if missing:
        return Skip(endpoint.source, "lacks", f"{endpoint.source} does not take {', '.join(missing)}.", name)
    needed = shape.prompt_at_least
    if endpoint.context is not None and needed > endpoint.context:
        message = f"{endpoint.source} takes {endpoint.context:,} tokens, the request has at least {needed:,}."
        return Skip(endpoint.source, "context", message, name)
    return None


def _deployed(endpoint: Endpoint, deployment: Deployment, access: Access, excluded: frozenset[str]) -> Endpoint | Skip:
    if endpoint.provider.name in excluded:
        return _excluded_by_caller(replace(endpoint, deployment=deployment.id))
    way = access.providers.get(endpoint.provider.name)
    options = {**endpoint.options, **(way.options if way else {}), **deployment.options}
    base_url = deployment.base_url or (way.base_url if way else endpoint.base_url)
    return replace(
        endpoint,
        model_id=deployment.model_id or endpoint.model_id,
        base_url=base_url,
        options=options,
        deployment=deployment.id,
        secret=deployment.secret,
        simulated=bool(way and way.simulated and deployment.base_url is None),
    )


def _preference(endpoint: Endpoint, shape: RequestShape) -> tuple[bool, bool, int, int, str]:
    price = estimate(shape.prompt, shape.max_output or ASSUMED_OUTPUT, endpoint.prices)
    return not endpoint.byok, price is None, price or 0, endpoint.provider.priority, endpoint.source


def _simulated(items: Iterable[Candidates]) -> list[Skip]:
    """An invented answer must never stand in for a real provider that failed."""
    return [
        Skip(
            endpoint.source,
            "simulated",
            f"{endpoint.source}: no credentials, simulated only.",
            endpoint.provider.name,
        )
        for candidates in items
        for endpoint in candidates.endpoints
        if endpoint.simulated
    ]
