"""What an operator adds at run time, as it stands in storage: deployments, ways into providers."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import Json, JsonObject, mapping, text


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """A provider the operator holds a key for, in the secret store, with its own base URL or options where needed."""

    name: str
    base_url: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Additions:
    deployments: Mapping[str, Deployment] = field(default_factory=dict)
    providers: Mapping[str, ProviderSetting] = field(default_factory=dict)


def additions_of(rows: Iterable[tuple[str, Json]]) -> Additions:
    """Read `(kind, fields)` rows; raises InvalidRequest for one that cannot be read."""
    deployments: dict[str, Deployment] = {}
    providers: dict[str, ProviderSetting] = {}
    for kind, fields in rows:
        match kind:
            case "deployment":
                deployment = read_deployment(fields)
                deployments[deployment.id] = deployment
            case "provider":
                setting = read_provider_setting(fields)
                providers[setting.name] = setting
    return Additions(deployments, providers)


def read_deployment(fields: Json) -> Deployment:
    return Deployment(
        id=_needed(fields, "id"),
        provider=_needed(fields, "provider"),
        model=text(fields, "model") or None,
        model_id=text(fields, "model_id") or None,
        base_url=text(fields, "base_url") or None,
        options=_options(fields),
        secret=text(fields, "secret") or None,
    )


def read_provider_setting(fields: Json) -> ProviderSetting:
    return ProviderSetting(_needed(fields, "name"), text(fields, "base_url") or None, _options(fields))


def fields_of(addition: Deployment | ProviderSetting) -> JsonObject:
    return {key: value for key, value in asdict(addition).items() if value}


def _needed(fields: Json, key: str) -> str:
    value = text(fields, key)
    if not value:
        raise InvalidRequest(f"A configuration item has no {key!r}: {sorted(fields)}.", param=key)
    return value


def _options(fields: Json) -> Mapping[str, str]:
    return {key: str(value) for key, value in mapping(fields, "options").items()}
