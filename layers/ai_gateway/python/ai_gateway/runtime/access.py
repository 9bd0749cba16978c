"""Which providers can be called from here, from the environment: keys, base URLs and options."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ai_gateway.core.addresses import is_number, may_be_called
from ai_gateway.core.catalog.additions import Additions
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.routing import Access, ProviderAccess

log = logging.getLogger(__name__)

LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan", ".corp", ".home.arpa")


class UnsafeBaseUrl(ValueError):
    """A base URL that points where the gateway must not call."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`with_key` are the providers whose credentials were found."""

    environment: Mapping[str, str]
    with_key: frozenset[str]
    allow_private: bool = False


def access_from(
    surroundings: Surroundings,
    providers: Mapping[str, Provider],
    *,
    simulator: str | None = None,
    simulate_all: bool = False,
    additions: Additions | None = None,
) -> Access:
    """The ways into providers: from the environment, then as the operator set them in the table. `simulator` is the
    simulator's address; without one, providers without a key are out.

    Raises UnsafeBaseUrl for the environment's; what the table has of them is left out and logged.
    """
    added = _safe(additions or Additions(), surroundings)
    ways: dict[str, ProviderAccess] = {}
    for provider in providers.values():
        setting = added.providers.get(provider.name)
        base_url = _own_base_url(surroundings, provider)
        if base_url is None and setting is not None:
            base_url = setting.base_url
        own_options = setting.options if setting else {}
        options = {**provider.options, **own_options, **_options(surroundings.environment, provider)}
        real = not simulate_all and (base_url or setting or provider.name in surroundings.with_key)
        if real:
            ways[provider.name] = ProviderAccess(base_url or provider.base_url, options)
        elif simulator is not None:
            invented = {"project": "simulated", **options}
            ways[provider.name] = ProviderAccess(simulated_url(simulator, provider), invented, simulated=True)
    return Access(ways, added.deployments)


def simulated_url(simulator: str, provider: Provider) -> str:
    """The simulator's address for a provider, with the path of the provider's own base URL."""
    return f"{simulator}/{provider.name}{urlsplit(provider.base_url).path.rstrip('/')}"


def with_own_base_url(surroundings: Surroundings, providers: Mapping[str, Provider]) -> frozenset[str]:
    return frozenset(name for name, provider in providers.items() if _own_base_url(surroundings, provider))


def check_base_url(url: str, *, allow_private: bool) -> str:
    """Raises UnsafeBaseUrl for what is not HTTP(S) or points to the machine, its network or its metadata service."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or not _has_port_in_range(parts):
        raise UnsafeBaseUrl(f"{url!r} is not an http or https URL.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        # What may be a key is not repeated.
        raise UnsafeBaseUrl(f"The base URL at {host!r} must end with its path, and keys belong into the secret store.")
    if _is_forbidden(host, allow_private=True):
        raise UnsafeBaseUrl(f"{url!r} points to a link-local or metadata address.")
    if _is_forbidden(host, allow_private=allow_private):
        raise UnsafeBaseUrl(
            f"{url!r} points to a private or local address. Set AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS=true to allow it."
        )
    return url.rstrip("/")


def _safe(added: Additions, surroundings: Surroundings) -> Additions:
    def is_safe(name: str, base_url: str | None) -> bool:
        try:
            if base_url:
                check_base_url(base_url, allow_private=surroundings.allow_private)
        except UnsafeBaseUrl:
            log.error("The base URL set for %r is not allowed; it is left out of the configuration", name)  # noqa: TRY400  the URL may hold a password
            return False
        return True

    return Additions(
        {name: deployment for name, deployment in added.deployments.items() if is_safe(name, deployment.base_url)},
        {name: setting for name, setting in added.providers.items() if is_safe(name, setting.base_url)},
    )


def _is_forbidden(host: str, *, allow_private: bool) -> bool:
    """As far as the name tells; what it resolves to is looked at when a connection is made."""
    try:
        return not may_be_called(host, private=allow_private)
    except ValueError:
        return is_number(host) or (not allow_private and host.lower().rstrip(".").endswith(LOCAL_NAMES))


def _has_port_in_range(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _own_base_url(surroundings: Surroundings, provider: Provider) -> str | None:
    names = [f"AI_GATEWAY_{_variable(provider)}_BASE_URL"]
    if provider.name == "azure":
        names.append("AZURE_OPENAI_ENDPOINT")
    for name in names:
        if url := surroundings.environment.get(name):
            return check_base_url(url, allow_private=surroundings.allow_private)
    return None


def _options(environment: Mapping[str, str], provider: Provider) -> Mapping[str, str]:
    """`AI_GATEWAY_<PROVIDER>_<OPTION>`, then the names that the providers' own tools read."""

    def found() -> Iterator[tuple[str, str]]:
        for option, variables in _USUAL.get(provider.name, {}).items():
            for variable in (f"AI_GATEWAY_{_variable(provider)}_{option.upper()}", *variables):
                if value := environment.get(variable):
                    yield option, value
                    break

    return dict(found())


def _variable(provider: Provider) -> str:
    return provider.name.upper().replace("-", "_")


_USUAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "azure": {
        "resource": ("AZURE_RESOURCE_NAME",),
        "api_version": ("AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"),
        "deployment": (),
    },
    "bedrock": {"region": ("AWS_REGION", "AWS_DEFAULT_REGION")},
    "vertex": {
        "project": ("GOOGLE_CLOUD_PROJECT", "VERTEX_PROJECT"),
        "location": ("GOOGLE_CLOUD_LOCATION", "VERTEX_LOCATION"),
    },
}
