"""Everything but chat, through FastAPI: the catalog, health, what the installation adds, and what is not there."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from ai_gateway.ports import Configurations
from ai_gateway.services.authentication import Authenticator
from ai_gateway.web.failures import FAILURES, as_json
from ai_gateway.web.models import model_routes


def create_rest(configurations: Configurations, authenticator: Authenticator, console: ASGIApp | None) -> FastAPI:
    """`console` gets every other path, where it is served beside the gateway."""
    rest = FastAPI(title="ai-gateway", openapi_url=None, exception_handlers=dict.fromkeys(FAILURES, as_json))
    rest.router.redirect_slashes = False
    rest.router.routes.extend(model_routes(configurations, authenticator))

    @rest.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    if console is not None:
        rest.router.default = console
    return rest
