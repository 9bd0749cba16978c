"""Pages out of templates, and everything that they have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ai_gateway.core.alerts.wording import duration as spell_duration
from ai_gateway.web.console import formats
from ai_gateway.web.console.conversations import visible

HERE = Path(__file__).parent
STATIC = HERE / "static"


class Section(NamedTuple):
    """An entry of the navigation; `key` goes there after `g`."""

    name: str
    path: str
    icon: str
    key: str


SECTIONS = (
    Section("Overview", "/", "overview", "o"),
    Section("Requests", "/requests", "requests", "r"),
    Section("Sessions", "/sessions", "sessions", "s"),
    Section("Users", "/users", "users", "u"),
    Section("Properties", "/properties", "properties", "y"),
    Section("Models", "/catalog", "models", "m"),
    Section("Providers", "/providers", "providers", "p"),
    Section("Prompts", "/prompts", "prompts", "t"),
    Section("Playground", "/playground", "playground", "x"),
    Section("Alerts", "/alerts", "alerts", "a"),
)
"""In the order of the navigation."""

FILTERS: Mapping[str, Callable[..., object]] = {
    "money": formats.money,
    "exact_money": formats.exact_money,
    "count": formats.count,
    "short_count": formats.short_count,
    "duration": formats.duration,
    "percent": formats.percent,
    "moment": formats.moment,
    "visible": visible,
    "segment": partial(quote, safe=""),
}

FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "spell_duration": spell_duration,
    "change": formats.change,
    "rate": formats.rate,
    "tokens": formats.tokens,
}


@dataclass(frozen=True, slots=True)
class Pages:
    """`gateway_url` is where applications send their requests: another origin than the console's on AWS."""

    environment: Environment
    gateway_url: str

    @classmethod
    def of(cls, gateway_url: str) -> "Pages":
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(FILTERS)
        environment.globals.update(sections=SECTIONS, static=_addresses(static_version()), **FUNCTIONS)
        return cls(environment, gateway_url)

    def page(self, request: Request, template: str, status: int = 200, **context: object) -> Response:
        """A whole page."""
        return self._response(self.environment.get_template(template).render(self._context(request, context)), status)

    def part(self, request: Request, template: str, block: str, status: int = 200, **context: object) -> Response:
        """One block of a template, for the page to put in its place."""
        found = self.environment.get_template(template)
        variables = found.new_context(self._context(request, context))
        return self._response("".join(found.blocks[block](variables)), status)

    def gateway_of(self, request: Request) -> str:
        return self.gateway_url or str(request.base_url).rstrip("/")

    def _context(self, request: Request, context: Mapping[str, object]) -> dict[str, object]:
        state = request.state
        return {
            "request": request,
            "path": request.url.path,
            "query": request.query_params,
            "admin": getattr(state, "admin", None),
            "csrf": getattr(state, "csrf", ""),
            "gateway_url": self.gateway_of(request),
            **context,
        }

    def _response(self, text: str, status: int) -> Response:
        # Surrogates come from JSON that escapes half a character.
        return HTMLResponse(text.encode("utf-8", "replace"), status, {"cache-control": "no-store"})


def static_version() -> str:
    """Of all files in `static`. It stands in their addresses, so that browsers may keep them for ever, and as a folder
    of them, so that scripts find one another beside themselves and are loaded once.
    """
    digest = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _addresses(version: str) -> Callable[[str], str]:
    return lambda name: f"/static/{version}/{name}"
