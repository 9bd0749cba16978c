"""The playground: models and chains tried in the browser, which calls the gateway with a key that it is lent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog.endpoints import Deployment, Endpoint
from ai_gateway.core.catalog.model import Model
from ai_gateway.core.errors import InvalidRequest, NotFound
from ai_gateway.core.pricing import PICO
from ai_gateway.ports import Configuration, Configurations
from ai_gateway.services.gateway_keys import LENT_FOR, KeyLender
from ai_gateway.services.requests import Requests
from ai_gateway.web.console.access import AdminOf, sign_in_token
from ai_gateway.web.console.rendering import Pages


class LentKey(BaseModel):
    """`seconds` is how long it is good for."""

    key: str
    seconds: int


class Place(BaseModel):
    """A model at a provider. `input` and `output` are dollars for a token, for an estimate while an answer comes; None
    where no price is known.
    """

    string: str
    provider: str
    model_id: str
    input: float | None
    output: float | None


class Suggestion(BaseModel):
    """A model that can be called here."""

    id: str
    author: str
    context: int | None
    places: list[Place]


class Recorded(BaseModel):
    recorded: bool


def playground_page(
    lender: KeyLender, configurations: Configurations, requests: Requests, admin: AdminOf, pages: Pages
) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    by = Annotated[Caller, Depends(admin)]

    @router.get("/playground", dependencies=[Depends(admin)])
    async def playground(request: Request) -> Response:
        return pages.page(request, "playground.html")

    @router.get("/playground/models", dependencies=[Depends(admin)])
    async def models() -> list[Suggestion]:
        return suggestions(await configurations.current())

    @router.post("/playground/key")
    async def key(request: Request, response: Response, caller: by) -> LentKey:
        token = sign_in_token(request)
        if token is None:
            raise InvalidRequest("Only a browser that is signed in is lent a key. Use one of your own.")
        response.headers["cache-control"] = "no-store"
        return LentKey(key=await lender.lend(caller, token), seconds=LENT_FOR)

    @router.get("/playground/recorded/{request_id}")
    def recorded(request_id: str, caller: by) -> Recorded:
        """Whether the record of a request can be read yet: it is written when the answer has gone out."""
        try:
            requests.one(caller.organization, request_id)
        except NotFound:
            return Recorded(recorded=False)
        return Recorded(recorded=True)

    return router


def suggestions(configuration: Configuration) -> list[Suggestion]:
    """The models that some provider serves here, and the deployments, in the order of the catalog."""
    found = (_suggestion(model, configuration) for model in configuration.catalog.models())
    return [one for one in found if one.places]


def _suggestion(model: Model, configuration: Configuration) -> Suggestion:
    ways = configuration.access.providers
    places = [_place(one) for one in configuration.catalog.endpoints(model) if one.provider.name in ways]
    own = (one for one in configuration.access.deployments.values() if one.model == model.id)
    places += [_deployed(deployment, model, configuration) for deployment in own]
    return Suggestion(id=model.id, author=model.author, context=model.context, places=places)


def _deployed(deployment: Deployment, model: Model, configuration: Configuration) -> Place:
    endpoint = configuration.catalog.endpoint(deployment.model_id or model.id, deployment.provider)
    return _place(endpoint).model_copy(update={"string": f"{model.id}/{deployment.provider}/{deployment.id}"})


def _place(endpoint: Endpoint) -> Place:
    rates = endpoint.prices.rates if endpoint.prices else None
    return Place(
        string=endpoint.source,
        provider=endpoint.provider.name,
        model_id=endpoint.model_id,
        input=rates.input / PICO if rates else None,
        output=rates.output / PICO if rates else None,
    )
