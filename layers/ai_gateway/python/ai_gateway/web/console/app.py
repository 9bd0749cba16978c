"""The console: the dashboard, its API under `/api/v1`, and what Helicone's users have scripts for."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from ai_gateway.core.errors import AuthenticationFailed
from ai_gateway.ports import Configurations
from ai_gateway.services.alerts.desk import Desk
from ai_gateway.services.alerts.places import Places
from ai_gateway.services.analytics import Analytics
from ai_gateway.services.gateway_keys import KeyLender
from ai_gateway.services.prompts.editing import Editor
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.previews import Previews
from ai_gateway.services.requests import Requests
from ai_gateway.services.selecting import Selecting
from ai_gateway.services.sessions import Sessions
from ai_gateway.services.signing_in import SigningIn
from ai_gateway.web.console.access import admin_of, sign_in_router
from ai_gateway.web.console.alerts import alerts_router
from ai_gateway.web.console.analytics import analytics_router
from ai_gateway.web.console.helicone_prompts import helicone_prompts_router
from ai_gateway.web.console.helicone_requests import helicone_requests_router
from ai_gateway.web.console.helicone_sums import helicone_sums_router
from ai_gateway.web.console.pages.alert_places import alert_places_pages
from ai_gateway.web.console.pages.alerts import alerts_pages
from ai_gateway.web.console.pages.models import models_page
from ai_gateway.web.console.pages.overview import overview_page
from ai_gateway.web.console.pages.playground import playground_page
from ai_gateway.web.console.pages.prompt_versions import prompt_metrics_page, prompt_versions_pages
from ai_gateway.web.console.pages.prompts import prompts_pages
from ai_gateway.web.console.pages.providers import providers_page
from ai_gateway.web.console.pages.requests import requests_page
from ai_gateway.web.console.pages.sessions import sessions_page
from ai_gateway.web.console.pages.values import properties_page, users_page
from ai_gateway.web.console.prompts import prompts_router
from ai_gateway.web.console.refusals import ADMIN_KEY, HELICONE_REFUSALS, REFUSALS
from ai_gateway.web.console.rendering import STATIC, Pages, static_version
from ai_gateway.web.console.requests import requests_router
from ai_gateway.web.console.security import SecurityHeaders
from ai_gateway.web.console.sessions import sessions_router
from ai_gateway.web.failures import FAILURES, as_json, told

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Console:
    """What the console shows and changes. `gateway_url` is where the gateway is, unless it is here."""

    signing_in: SigningIn
    library: Library
    previews: Previews
    analytics: Analytics
    requests: Requests
    desk: Desk
    places: Places
    configurations: Configurations
    lender: KeyLender
    gateway_url: str = ""


def create_console(console: Console) -> ASGIApp:
    pages = Pages.of(console.gateway_url)

    async def failed(request: Request, error: Exception) -> Response:
        if request.url.path.startswith((API, "/v1/")):
            return await as_json(request, error)
        failure = told(request, error)
        if isinstance(failure, AuthenticationFailed):
            return _to_login(request)
        if request.headers.get("hx-request"):
            return await as_json(request, error)
        return pages.page(request, "failed.html", status=failure.status, failure=failure)

    app = FastAPI(
        title="ai-gateway",
        description="Requests, costs, prompts and alerts of this gateway. Authenticate with an admin key.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        exception_handlers=dict.fromkeys(FAILURES, failed),
        middleware=[Middleware(GZipMiddleware)],
    )
    app.router.redirect_slashes = False
    admin = admin_of(console.signing_in)
    sessions, selecting = Sessions(console.requests), Selecting(console.requests)

    async def editor(request: Request) -> Editor:
        caller = await admin(request)
        return Editor(caller.organization, caller.name, "console" if hasattr(request.state, "csrf") else "api")

    app.include_router(sign_in_router(console.signing_in, pages))
    api = APIRouter(prefix=API, responses=REFUSALS, dependencies=[ADMIN_KEY])
    helicone = APIRouter(responses=HELICONE_REFUSALS, dependencies=[ADMIN_KEY])
    api.include_router(prompts_router(console.library, console.previews, editor))
    api.include_router(requests_router(console.requests, admin))
    api.include_router(alerts_router(console.desk, console.places, editor))
    api.include_router(sessions_router(sessions, admin))
    api.include_router(analytics_router(console.analytics, admin))
    helicone.include_router(helicone_prompts_router(console.library, editor))
    helicone.include_router(helicone_requests_router(selecting, console.analytics, admin))
    helicone.include_router(helicone_sums_router(selecting, console.analytics, admin))
    app.include_router(api)
    app.include_router(helicone)
    app.include_router(overview_page(console.analytics, admin, pages))
    app.include_router(requests_page(console.requests, admin, pages))
    app.include_router(sessions_page(sessions, admin, pages))
    app.include_router(users_page(console.analytics, admin, pages))
    app.include_router(properties_page(console.analytics, admin, pages))
    app.include_router(models_page(console.analytics, console.configurations, admin, pages))
    app.include_router(providers_page(console.analytics, console.configurations, admin, pages))
    app.include_router(playground_page(console.lender, console.configurations, console.requests, admin, pages))
    app.include_router(
        prompts_pages(console.library, console.previews, console.analytics, console.configurations, admin, pages)
    )
    app.include_router(prompt_versions_pages(console.library, admin, pages))
    app.include_router(prompt_metrics_page(console.library, console.analytics, admin, pages))
    app.include_router(alerts_pages(console.desk, admin, pages))
    app.include_router(alert_places_pages(console.desk, admin, pages))
    app.mount(f"/static/{static_version()}", _ForEver(directory=STATIC))
    app.mount("/static", StaticFiles(directory=STATIC))
    return SecurityHeaders(app, console.gateway_url)


class _ForEver(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _to_login(request: Request) -> Response:
    """For who then comes back to the same page; what a page fetches says which page that is."""
    part = request.headers.get("hx-request")
    shown = urlsplit(request.headers.get("hx-current-url", "/") if part else str(request.url))
    here = shown.path + (f"?{shown.query}" if shown.query else "")
    login = "/login" if here == "/" else f"/login?next={quote(here)}"
    return Response(status_code=204, headers={"hx-redirect": login}) if part else RedirectResponse(login, 303)
