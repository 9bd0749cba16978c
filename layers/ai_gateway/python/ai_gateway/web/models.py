"""GET /v1/models and /v1/models/{id}: the catalog in OpenAI's shape, with what OpenAI leaves out."""

from collections.abc import Iterable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.model import Model
from ai_gateway.core.errors import UnknownModel
from ai_gateway.core.pricing import Prices, Rates, dollars
from ai_gateway.core.routing import Access
from ai_gateway.core.wire import JsonObject, dumps
from ai_gateway.ports import Configurations
from ai_gateway.services.authentication import Authenticator
from ai_gateway.web.context import decode_headers, gateway_key

MILLION = 1_000_000


def model_routes(configurations: Configurations, authenticator: Authenticator) -> list[Route]:
    async def list_models(request: Request) -> Response:
        await authenticator.caller(gateway_key(decode_headers(request.scope["headers"])))
        configuration = await configurations.current()
        rows = [_row(model, configuration.catalog, configuration.access) for model in configuration.catalog.models()]
        return _json({"object": "list", "data": rows})

    async def one_model(request: Request) -> Response:
        await authenticator.caller(gateway_key(decode_headers(request.scope["headers"])))
        configuration = await configurations.current()
        name = request.path_params["name"]
        model = configuration.catalog.model(name)
        if model is None:
            nearest = ", ".join(configuration.catalog.nearest(name, 3)) or "see /v1/models"
            raise UnknownModel(f"The model {name!r} is not known. The nearest known: {nearest}.", param="model")
        return _json(_row(model, configuration.catalog, configuration.access))

    return [
        Route(prefix + path, handler, methods=["GET"])
        for prefix in ("/v1", "")
        for path, handler in (("/models", list_models), ("/models/{name:path}", one_model))
    ]


def _json(body: JsonObject) -> Response:
    return Response(dumps(body), media_type="application/json")


def _row(model: Model, catalog: Catalog, access: Access) -> JsonObject:
    return {
        "id": model.id,
        "object": "model",
        "created": _unix(model.created),
        "owned_by": model.author,
        "name": model.name,
        "aliases": list(model.aliases),
        "context_length": model.context,
        "max_output_tokens": model.max_output,
        "input_modalities": list(model.inputs),
        "output_modalities": list(model.outputs),
        "capabilities": sorted(model.capabilities),
        "reasoning": model.reasons,
        "unsupported": sorted(model.lacks),
        "providers": [_provider(endpoint, access) for endpoint in catalog.endpoints(model)],
    }


def _provider(endpoint: Endpoint, access: Access) -> JsonObject:
    way = access.providers.get(endpoint.provider.name)
    return {
        "provider": endpoint.provider.name,
        "model_id": endpoint.model_id,
        "model_string": endpoint.source,
        "available": way is not None,
        "simulated": bool(way and way.simulated),
        "unsupported": sorted(endpoint.lacks),
        "prices": _prices(endpoint.prices),
    }


def _prices(prices: Prices | None) -> JsonObject | None:
    """US dollars for a million tokens, as exact decimal text; None when no price is known."""
    if prices is None:
        return None
    row: JsonObject = {"unit": "USD per 1M tokens", **_rates(prices.rates), "source": prices.source}
    if prices.tiers:
        row["tiers"] = [{"above_prompt_tokens": tier.above, **_rates(tier.rates)} for tier in prices.tiers]
    for name, amount in (("request", prices.request), ("web_search", prices.web_search)):
        if amount:
            row[f"{name}_usd"] = dollars(amount)
    return row


def _rates(rates: Rates) -> JsonObject:
    return {name: dollars(rate * MILLION) for name, rate in _named(rates) if rate is not None}


def _named(rates: Rates) -> Iterable[tuple[str, int | None]]:
    return ((name, getattr(rates, name)) for name in Rates.__dataclass_fields__)


def _unix(day: str | None) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) if day else 0
