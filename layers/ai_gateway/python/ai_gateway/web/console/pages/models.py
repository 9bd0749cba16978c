"""The catalog: models, where each can be had and at which price, and what was used of them."""

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, TypeAlias

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog.endpoints import Capability, Endpoint
from ai_gateway.core.catalog.model import Model
from ai_gateway.core.errors import NotFound
from ai_gateway.core.measures import Measures
from ai_gateway.core.pricing import Prices
from ai_gateway.core.rollups import MODEL
from ai_gateway.ports import Configuration, Configurations
from ai_gateway.services.analytics import Analytics
from ai_gateway.web.console.access import AdminOf
from ai_gateway.web.console.pages.providers import AccessName, access_to
from ai_gateway.web.console.pages.ranges import range_of
from ai_gateway.web.console.rendering import Pages

MILLION = 1_000_000
ROWS = 60
CAPABILITIES: tuple[Capability, ...] = ("tools", "images", "audio", "files", "json_schema", "reasoning")
Order: TypeAlias = Literal["used", "name", "price", "context", "newest"]


class Price(NamedTuple):
    """Pico-dollars for a million tokens."""

    input: int
    output: int

    @classmethod
    def of(cls, prices: Prices | None) -> "Price | None":
        return None if prices is None else cls(prices.rates.input * MILLION, prices.rates.output * MILLION)


class Place(NamedTuple):
    """An endpoint of a model, and how it can be called, if it can."""

    endpoint: Endpoint
    access: AccessName | None
    price: Price | None


@dataclass(frozen=True, slots=True)
class Entry:
    """`price` is that of the cheapest place."""

    model: Model
    places: tuple[Place, ...]
    used: Measures | None

    @property
    def price(self) -> Price | None:
        return min((place.price for place in self.places if place.price), key=sum, default=None)

    @property
    def callable(self) -> bool:
        return any(place.access for place in self.places)


class ModelQuery(NamedTuple):
    """What to show: words of the name, of the author or of an alias; a provider; a capability; only what was used."""

    search: str
    provider: str
    capability: str
    order: Order
    used: bool

    def wants(self, entry: Entry) -> bool:
        model = entry.model
        names = " ".join((model.id, model.name, model.author, *model.aliases)).casefold()
        return (
            all(word in names for word in self.search.casefold().split())
            and (not self.provider or any(place.endpoint.provider.name == self.provider for place in entry.places))
            and (not self.capability or self.capability in model.capabilities)
            and (not self.used or entry.used is not None)
        )


def models_page(analytics: Analytics, configurations: Configurations, admin: AdminOf, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/catalog")
    async def models(
        request: Request,
        caller: by,
        search: Annotated[str, Query(max_length=200)] = "",
        provider: Annotated[str, Query(max_length=60)] = "",
        capability: Annotated[str, Query(max_length=60)] = "",
        order: Order = "used",
        used: bool = False,
        all: bool = False,  # noqa: A002  the parameter's name
    ) -> Response:
        configuration, shown = await configurations.current(), range_of(request, analytics.now(), "30d")
        split = await run_in_threadpool(_used, analytics, caller.organization, shown.start, shown.end)
        entries = [_entry(model, configuration, split) for model in configuration.catalog.models()]
        query = ModelQuery(search.strip(), provider, capability, order, used)
        found = sorted((entry for entry in entries if query.wants(entry)), key=lambda entry: _key(entry, order))
        return pages.page(
            request,
            "models.html",
            range=shown,
            entries=found if all else found[:ROWS],
            found=len(found),
            catalog=len(entries),
            asked=query,
            providers=sorted({place.endpoint.provider.name for entry in entries for place in entry.places}),
            capabilities=CAPABILITIES,
        )

    @router.get("/catalog/{name:path}")
    async def model(request: Request, name: str, caller: by) -> Response:
        configuration = await configurations.current()
        found = configuration.catalog.model(name)
        if found is None:
            raise NotFound(f"There is no model {name!r} in the catalog.")
        shown = range_of(request, analytics.now(), "30d")
        split = await run_in_threadpool(_used, analytics, caller.organization, shown.start, shown.end)
        entry = _entry(found, configuration, split)
        if request.headers.get("hx-request"):
            return pages.part(request, "model.html", "details", entry=entry, range=shown, drawer=True)
        return pages.page(request, "model.html", entry=entry, range=shown, drawer=False)

    return router


def _used(analytics: Analytics, organization: str, start: int, end: int) -> dict[str, Measures]:
    return analytics.breakdown(organization, MODEL, start, end, analytics.tail(organization)).values


def _entry(model: Model, configuration: Configuration, used: dict[str, Measures]) -> Entry:
    ways = configuration.access.providers
    places = []
    for endpoint in configuration.catalog.endpoints(model):
        access = access_to(ways.get(endpoint.provider.name))
        places.append(Place(endpoint, access, Price.of(endpoint.prices)))
    places.sort(key=_nearest_first)
    return Entry(model, tuple(places), used.get(model.id))


def _nearest_first(place: Place) -> tuple[int, bool, int]:
    """Those with a key, then simulated ones; the cheapest first, and those of unknown price last."""
    return ("key", "simulated", None).index(place.access), place.price is None, sum(place.price or (0, 0))


def _key(entry: Entry, order: Order) -> tuple[float, str]:
    match order:
        case "used":
            return (-(entry.used.requests if entry.used else 0), entry.model.id)
        case "price":
            return (sum(entry.price) if entry.price else float("inf"), entry.model.id)
        case "context":
            return (-(entry.model.context or 0), entry.model.id)
        case "newest":
            return (-int((entry.model.created or "0").replace("-", "")), entry.model.id)
        case _:
            return (0, entry.model.id)
