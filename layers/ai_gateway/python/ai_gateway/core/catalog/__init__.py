"""The catalog: which models there are, where they can be had, and at what price."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache

from ai_gateway.core.catalog.compiled_prices import DAY
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.model import Model
from ai_gateway.core.catalog.models import MODELS
from ai_gateway.core.catalog.names import snapshot_of, spelling, undated, without_region
from ai_gateway.core.catalog.prices import prices_of
from ai_gateway.core.catalog.providers import ALIASES, PROVIDERS, Provider
from ai_gateway.core.pricing import Prices


@dataclass(frozen=True, slots=True)
class Catalog:
    """Immutable. `models_by_key` leads from every spelling of a name (`spelling`) to its model; `own_prices` are the
    operator's, by provider and the provider's model id. The others are those of the `day`.
    """

    models_by_key: Mapping[str, Model]
    all_models: tuple[Model, ...]
    own_prices: Mapping[tuple[str, str], Prices] = field(default_factory=dict)
    day: str = DAY

    @classmethod
    def of(cls, models: Iterable[Model], own_prices: Mapping[tuple[str, str], Prices] | None = None) -> "Catalog":
        every = tuple(models)
        keys: dict[str, Model] = {}
        for names in (_own_names, _author_names, _provider_names):
            for model in every:
                for name in names(model):
                    keys.setdefault(spelling(name), model)
        return cls(keys, every, own_prices or {})

    @classmethod
    def standard(cls, day: str = DAY) -> "Catalog":
        return replace(_standard(), day=day)

    def with_(self, models: Iterable[Model] = (), prices: Mapping[tuple[str, str], Prices] | None = None) -> "Catalog":
        """With an operator's models, which come before those of the same name, and prices."""
        added = tuple(models)
        gone = {model.id for model in added}
        kept = tuple(model for model in self.all_models if model.id not in gone)
        return replace(Catalog.of((*added, *kept), {**self.own_prices, **(prices or {})}), day=self.day)

    def models(self) -> tuple[Model, ...]:
        return self.all_models

    def model(self, name: str) -> Model | None:
        """By id, alias, a provider's own id, `author/name`; whatever the case and the punctuation. A day behind the
        name of a model (`gpt-4o-2024-05-13`) is a snapshot of it.
        """
        for written in (name, without_region(name), undated(name)):
            known = self.models_by_key.get(spelling(written)) if written else None
            if known is not None:
                return known
        return None

    def provider(self, name: str) -> Provider | None:
        """By name or alias, whatever the case; `_` is `-`."""
        known = ALIASES.get(name.lower().replace("_", "-"))
        return PROVIDERS[known] if known else None

    def endpoints(self, model: Model, name: str | None = None) -> tuple[Endpoint, ...]:
        """One for each provider that has it; the base URL is the row's own, options still to be filled in.

        `name` is how the caller wrote it: who names the model as the caller does is asked for that very snapshot, and a
        snapshot that the catalog does not list is had from nobody else.
        """
        asked = name or model.id
        found = []
        for provider_name, listed in model.endpoints.items():
            provider = PROVIDERS[provider_name]
            snapshot = None if provider.names_deployments else snapshot_of(listed, asked)
            if snapshot is not None or spelling(asked) in self.models_by_key:
                found.append(self._endpoint(model, provider, snapshot or listed))
        return tuple(found)

    def endpoint(self, name: str, provider_name: str) -> Endpoint:
        """A model at a provider. What the provider does not list is sent as it was written.

        Raises KeyError for a provider that is not known.
        """
        provider = self.provider(provider_name)
        if provider is None:
            raise KeyError(provider_name)
        model = self.model(name)
        if model is None or provider.name not in model.endpoints:
            return Endpoint(name, provider, name, provider.base_url, prices=self._prices(provider, name))
        listed = model.endpoints[provider.name]
        if provider.names_deployments and spelling(name) not in self.models_by_key:
            return self._endpoint(model, provider, name)
        snapshot = None if provider.names_deployments else snapshot_of(listed, name)
        written = name if _is_the_providers(name, listed, model) else listed
        return self._endpoint(model, provider, snapshot or written)

    def nearest(self, name: str, limit: int = 3) -> list[str]:
        """Ids of the known models whose names look most alike, the most alike first."""
        found = get_close_matches(spelling(name), self.models_by_key, limit * 4, cutoff=0.5)
        return list(dict.fromkeys(self.models_by_key[key].id for key in found))[:limit]

    def nearest_providers(self, name: str, limit: int = 3) -> list[str]:
        found = get_close_matches(name.lower(), ALIASES, limit * 2, cutoff=0.3) or sorted(PROVIDERS)
        return list(dict.fromkeys(ALIASES[alias] for alias in found))[:limit]

    def _endpoint(self, model: Model, provider: Provider, model_id: str) -> Endpoint:
        return Endpoint(
            model.id,
            provider,
            model_id,
            provider.base_url,
            context=model.context,
            max_output=model.max_output,
            lacks=model.lacks,
            prices=self._prices(provider, model_id, model.endpoints[provider.name]),
        )

    def _prices(self, provider: Provider, *model_ids: str) -> Prices | None:
        """Of the first id that has a price."""
        for model_id in model_ids:
            own = self.own_prices.get((provider.name, model_id))
            if prices := own or prices_of(provider.prices_id or provider.name, model_id, self.day):
                return prices
        return None


def _own_names(model: Model) -> Iterator[str]:
    yield model.id
    yield from model.aliases


def _author_names(model: Model) -> Iterator[str]:
    """As OpenRouter writes it."""
    yield f"{model.author}/{model.id}"


def _provider_names(model: Model) -> Iterator[str]:
    """The providers' ids, whole, behind their last slash, and of no region."""
    for model_id in model.endpoints.values():
        yield model_id
        yield model_id.rpartition("/")[2]
        yield without_region(model_id)


def _is_the_providers(name: str, listed: str, model: Model) -> bool:
    """Whether a caller wrote an id as the provider does, with an author in front, and no name of the catalog's."""
    return "/" in name and "/" in listed and name != f"{model.author}/{model.id}"


@lru_cache(maxsize=1)
def _standard() -> Catalog:
    return Catalog.of(MODELS)
