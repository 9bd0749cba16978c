"""From a model string to the attempts that will serve it, in order, and why the others are not among them.

    model := item ("," item)*                    at most 20 items; their order is kept
    item  := "!" provider                        never this provider, for the whole list
           | name [":online"]                    every provider of the model, cheapest first
           | name [":online"] "/" provider       that provider only
           | name [":online"] "/" provider "/" deployment
           | provider "/" name                   the order LiteLLM and OpenRouter write, when nothing else fits

A name may contain slashes (`meta-llama/Llama-3.3-70B-Instruct/together`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Capability, Deployment, Endpoint
from ai_gateway.core.errors import GatewayError, InvalidRequest, UnknownModel
from ai_gateway.core.pricing import estimate

MOST_ITEMS = 20
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
    """An endpoint or item that is not tried, and why."""

    source: str
    reason: SkipReason
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    attempts: tuple[Attempt, ...]
    skipped: tuple[Skip, ...] = ()


def parse_route(model: str, catalog: Catalog) -> Route:
    """Read a model string; raises InvalidRequest for an empty one or too many items, UnknownModel for `!unknown`."""
    texts = [text.strip() for text in model.split(",") if text.strip()]
    if len(texts) > MOST_ITEMS:
        raise InvalidRequest(f"'model' lists {len(texts)} items; at most {MOST_ITEMS} are tried.", param="model")
    excluded = frozenset(_excluded(text[1:].strip(), catalog) for text in texts if text.startswith("!"))
    items = tuple(_parse_item(text, catalog) for text in texts if not text.startswith("!"))
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
    attempts: dict[str, Attempt] = {}
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
            attempts.setdefault(endpoint.source, Attempt(endpoint, position, candidates.online))
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
    segments = text.split("/")
    for cut in range(1, len(segments) + 1):
        name, online = _online("/".join(segments[:cut]))
        if catalog.model(name) is not None and (cut == len(segments) or catalog.provider(segments[cut])):
            return _item(name, segments[cut:], online, catalog)
    name, online = _online(text)
    if len(segments) == 1:
        return Item(name, online=online)
    if catalog.provider(segments[-1]) is not None:
        name, online = _online("/".join(segments[:-1]))
        return _item(name, segments[-1:], online, catalog)
    for cut in range(1, len(segments)):
        if catalog.provider(segments[cut]) is not None:
            name, online = _online("/".join(segments[:cut]))
            return _item(name, segments[cut:], online, catalog)
    if catalog.provider(segments[0]) is not None:
        name, online = _online("/".join(segments[1:]))
        return _item(name, segments[:1], online, catalog)
    return Item(name, online=online)


def _item(name: str, rest: list[str], online: bool, catalog: Catalog) -> Item:
    if not rest:
        return Item(name, online=online)
    provider = catalog.provider(rest[0])
    return Item(name, provider.name if provider else rest[0], "/".join(rest[1:]) or None, online)


def _online(name: str) -> tuple[str, bool]:
    return (name.removesuffix(":online"), True) if name.endswith(":online") else (name, False)


def _candidates(
    item: Item, catalog: Catalog, access: Access, excluded: frozenset[str], *, hint: bool
) -> tuple[list[Endpoint], list[Skip]]:
    if item.provider is not None:
        endpoint = _pinned(item, item.provider, catalog, access, excluded)
        return ([], [endpoint]) if isinstance(endpoint, Skip) else ([endpoint], [])
    model = catalog.model(item.name)
    if model is None:
        return [], [_unknown_model(item.name, catalog.nearest(item.name, 3) if hint else [])]
    found: list[Endpoint] = []
    skipped: list[Skip] = []
    for endpoint in catalog.endpoints(model):
        checked = _open(endpoint, access, excluded)
        if isinstance(checked, Skip):
            skipped.append(checked)
        else:
            found.append(checked)
    found += [
        _deployed(catalog.endpoint(model.id, deployment.provider), deployment, access)
        for deployment in access.deployments.values()
        if deployment.model == model.id and deployment.provider not in excluded
    ]
    if not found and skipped and all(skip.reason == "no_credentials" for skip in skipped):
        names = ", ".join(endpoint.provider.name for endpoint in catalog.endpoints(model))
        skipped = [Skip(item.name, "no_credentials", f"No provider of {item.name!r} has credentials ({names}).")]
    return found, skipped


def _unknown_model(name: str, nearest: list[str]) -> Skip:
    hint = f" The nearest known: {', '.join(nearest)}." if nearest else " GET /v1/models lists the known ones."
    return Skip(
        name, "unknown_model", f"The model {name!r} is not known.{hint} To send it anyway, write '{name}/<provider>'."
    )


def _nearest_providers(name: str, catalog: Catalog) -> str:
    return f"The nearest known: {', '.join(catalog.nearest_providers(name, 3))}."


def _pinned(
    item: Item, provider_name: str, catalog: Catalog, access: Access, excluded: frozenset[str]
) -> Endpoint | Skip:
    if catalog.provider(provider_name) is None:
        hint = _nearest_providers(provider_name, catalog)
        return Skip(str(item), "unknown_provider", f"The provider {provider_name!r} is not known. {hint}")
    if provider_name in excluded:
        return Skip(str(item), "excluded", f"{item} is excluded by '!{provider_name}'.")
    endpoint = catalog.endpoint(item.name, provider_name)
    if item.deployment is None:
        return _open(endpoint, access, excluded)
    deployment = access.deployments.get(item.deployment)
    if deployment is not None and deployment.provider == provider_name:
        return _deployed(endpoint, deployment, access)
    own = access.providers.get(provider_name)
    if endpoint.provider.names_deployments and own is not None and not own.simulated:
        return _deployed(endpoint, _unlisted(item.deployment, provider_name), access)
    message = f"{provider_name!r} has no deployment named {item.deployment!r}. Add it to the gateway's configuration."
    return Skip(str(item), "unknown_deployment", message)


def _unlisted(name: str, provider: str) -> Deployment:
    """A deployment that is not configured, at a provider where its name alone is enough to call it."""
    return Deployment(name, provider, options={"deployment": name})


def _open(endpoint: Endpoint, access: Access, excluded: frozenset[str]) -> Endpoint | Skip:
    """The endpoint with its way in, or why it is not tried."""
    name = endpoint.provider.name
    if name in excluded:
        return Skip(endpoint.source, "excluded", f"{endpoint.source} is excluded by '!{name}'.")
    way = access.providers.get(name)
    if way is None:
        return Skip(endpoint.source, "no_credentials", f"{endpoint.source}: {_no_credentials(endpoint)}")
    return replace(
        endpoint,
        base_url=way.base_url,
        options={**endpoint.options, **way.options},
        byok=way.byok,
        simulated=way.simulated,
    )


def _no_credentials(endpoint: Endpoint) -> str:
    keys = " or ".join(endpoint.provider.key_env)
    return f"no credentials for {endpoint.provider.display_name}{f' (set {keys})' if keys else ''}."


def _unfit(endpoint: Endpoint, shape: RequestShape) -> Skip | None:
    missing = sorted(shape.needs & endpoint.lacks)
    if missing:
        return Skip(endpoint.source, "lacks", f"{endpoint.source} does not take {', '.join(missing)}.")
    needed = shape.prompt_at_least
    if endpoint.context is not None and needed > endpoint.context:
        message = f"{endpoint.source} takes {endpoint.context:,} tokens, the request has at least {needed:,}."
        return Skip(endpoint.source, "context", message)
    return None


def _deployed(endpoint: Endpoint, deployment: Deployment, access: Access) -> Endpoint:
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
        Skip(endpoint.source, "simulated", f"{endpoint.source}: no credentials, simulated only.")
        for candidates in items
        for endpoint in candidates.endpoints
        if endpoint.simulated
    ]
